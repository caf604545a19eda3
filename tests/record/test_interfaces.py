"""Session interfaces and sessions that are written in other ways than Flask's own."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import pytest
from flask import Flask, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin

from flaskscope.events import SessionOpened, SessionSaved
from flaskscope.record.recorder import Recording, attach
from tests.record.story import kinds, of

_stock = SecureCookieSessionInterface()


class _Static(SecureCookieSessionInterface):
    @staticmethod
    def open_session(app: Any, request: Any) -> Any:
        return _stock.open_session(app, request)

    @classmethod
    def save_session(cls, app: Any, session: Any, response: Any) -> None:
        _stock.save_session(app, session, response)


class _Saver:
    def __call__(self, app: Any, session: Any, response: Any) -> None:
        _stock.save_session(app, session, response)


class _Objects(SecureCookieSessionInterface):
    save_session: Any = _Saver()
    open_session: Any = functools.partialmethod(SecureCookieSessionInterface.open_session)


class _OfNoRelation:
    """Has what Flask calls, and nothing else."""

    def open_session(self, app: Any, request: Any) -> Any:
        return _stock.open_session(app, request)

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        _stock.save_session(app, session, response)

    def is_null_session(self, obj: object) -> bool:
        return False


class _Calling(SecureCookieSessionInterface):
    def open_session(self, app: Any, request: Any) -> Any:
        return super().open_session(app, request)


class _PlainSession(dict[str, Any], SessionMixin):
    """A dict whose methods are those of dict."""


class _PlainInterface(SessionInterface):
    def open_session(self, app: Any, request: Any) -> Any:
        return _PlainSession()

    def save_session(self, app: Any, session: Any, response: Any) -> None: ...


@pytest.mark.parametrize("interface", [_Static, _Objects, _OfNoRelation])
def test_one_whose_methods_are_no_functions_works_as_before(app: Flask, interface: Any) -> None:
    app.session_interface = interface()

    with attach(app) as recording:
        client = app.test_client()
        assert ["1", "2"] == [client.get("/").text for _ in range(2)]

    assert 0 == recording.failures
    assert 2 == kinds(recording).count("request.finished")


def test_one_that_calls_its_base_is_told_once(app: Flask) -> None:
    app.session_interface = _Calling()

    with attach(app) as recording, attach(Flask("other")):
        app.test_client().get("/")

    assert ["_Calling"] == [opened.interface for opened in of(recording, SessionOpened)]
    assert 1 == len(of(recording, SessionSaved))


def test_its_methods_can_be_pickled_while_attached(app: Flask, recording: Recording) -> None:
    method = SecureCookieSessionInterface.make_null_session

    assert method is pickle.loads(pickle.dumps(method))


@pytest.mark.parametrize("name", ["get", "pop", "__getitem__"])
def test_wrong_calls_of_a_session_s_methods_read_as_before(app: Flask, name: str) -> None:
    app.session_interface = _PlainInterface()

    def message() -> str:
        with pytest.raises(TypeError) as caught:
            getattr(_PlainSession(), name)()
        return str(caught.value)

    bare = message()
    with attach(app):
        app.test_client().get("/")
        assert bare == message()


def test_methods_keep_their_names_texts_and_annotations(app: Flask) -> None:
    def described() -> list[Any]:
        return [
            [getattr(method, name, None) for name in ("__name__", "__qualname__", "__module__", "__doc__")]
            + [dict(getattr(method, "__annotations__", {}))]
            for method in (_PlainSession.get, SecureCookieSession.__setitem__, Flask.ensure_sync)
        ]

    app.session_interface = _PlainInterface()
    bare = described()
    with attach(app) as recording:
        with app.test_request_context():
            session["a"] = 1
        assert "session.changed" in kinds(recording)
        assert bare == described()
