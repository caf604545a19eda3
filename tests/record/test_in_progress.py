"""What is held of a request while it runs, and what an app pays only if it has use for it."""

from __future__ import annotations

import contextvars
import gc
import threading
import weakref
from typing import Any

import pytest
from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSessionInterface

from flaskscope.events import ContextPopped, GSet, RequestFinished, SessionChanged, TeardownRan
from flaskscope.record.channel import g_owners, in_progress, session_owners
from flaskscope.record.flask_versions import MERGED
from flaskscope.record.passages import passages
from flaskscope.record.recorder import attach
from tests.record.story import kinds, of


def an_app() -> Flask:
    app = Flask("watched")
    app.secret_key = "for tests"
    return app


def test_nothing_of_a_request_is_held_after_it() -> None:
    app = an_app()

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        session["visits"] = 1
        return ""

    with attach(app) as recording:
        app.test_client().get("/")

        assert ({}, {}, {}) == (in_progress, g_owners, session_owners)
        assert {"g.set", "session.changed"} <= set(kinds(recording))


def test_another_thread_that_was_given_them_is_told_with_their_contexts() -> None:
    app = an_app()

    @app.get("/")
    def index() -> str:
        names, items = g._get_current_object(), session._get_current_object()  # type: ignore[attr-defined]

        def elsewhere() -> None:
            names.user = "ada"
            items["visits"] = 1

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return ""

    with attach(app) as recording:
        app.test_client().get("/")

        (was_set,), (changed,) = of(recording, GSet), of(recording, SessionChanged)
        pushed = {event.context for event in recording.events() if event.kind == "context.pushed"}
        assert {was_set.context, changed.context} <= pushed
        assert changed.late is False


def test_an_app_without_teardown_functions_does_not_pay_for_seeing_them() -> None:
    app = an_app()
    app.add_url_rule("/", view_func=lambda: "")
    untouched = vars(Flask)["ensure_sync"]

    with attach(app) as recording:
        app.test_client().get("/")
        assert vars(Flask)["ensure_sync"] is untouched

        app.teardown_appcontext_funcs.append(lambda error: None)
        app.test_client().get("/")

        assert vars(Flask)["ensure_sync"] is not untouched
        assert 1 == len(of(recording, TeardownRan))
    assert vars(Flask)["ensure_sync"] is untouched


class Lingers(Request):
    """A request whose end another thread can wait for, and hold up."""

    ending = threading.Event()
    may_end = threading.Event()

    def close(self) -> None:
        self.ending.set()
        assert self.may_end.wait(30)
        super().close()


class SavesSlowly(SecureCookieSessionInterface):
    """A session that another thread can hold up while it is saved."""

    saving = threading.Event()
    may_save = threading.Event()

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        self.saving.set()
        assert self.may_save.wait(30)
        super().save_session(app, session, response)


@pytest.mark.parametrize("when", ["popping", "saving"])
def test_recording_that_ends_in_the_middle_of_a_request_keeps_nothing_of_it(when: str) -> None:
    app = an_app()
    held = []
    for event in (Lingers.ending, Lingers.may_end, SavesSlowly.saving, SavesSlowly.may_save):
        event.clear()
    begins, may_go_on = Lingers.ending, Lingers.may_end
    if when == "popping":
        app.request_class = Lingers
    else:
        app.session_interface = SavesSlowly()
        begins, may_go_on = SavesSlowly.saving, SavesSlowly.may_save

    @app.get("/")
    def index() -> str:
        session["visits"] = 1
        held.append(weakref.ref(g._get_current_object()))
        return ""

    recording = attach(app)
    thread = threading.Thread(target=lambda: app.test_client().get("/"))
    thread.start()
    assert begins.wait(30)
    recording.detach()
    may_go_on.set()
    thread.join()
    gc.collect()

    assert (0, {}, {}) == (recording.failures, passages, in_progress)
    assert held[0]() is None


def test_a_view_that_saves_the_session_itself_leaves_nothing_behind() -> None:
    app = an_app()

    @app.get("/")
    def index() -> Response:
        session["visits"] = 1
        response = Response("")
        app.session_interface.save_session(app, session._get_current_object(), response)  # type: ignore[attr-defined]
        return response

    with attach(app) as recording:
        app.test_client().get("/")

        assert {} == passages
        assert 2 == kinds(recording).count("session.saved")


def test_a_request_in_a_context_of_its_own_is_told_apart_from_the_one_around_it() -> None:
    """The same thread, but another `contextvars.Context`: what Flask keeps there is empty again."""
    app = an_app()

    @app.get("/")
    def index() -> str:
        g.before = True
        if "inner" not in request.args:
            contextvars.Context().run(app.test_client().get, "/?inner")
        g.after = True
        return ""

    with attach(app) as recording:
        app.test_client().get("/")

        pushed = [event.context for event in recording.events() if event.kind == "context.pushed"]
        assert sorted(pushed) == sorted(event.context for event in of(recording, ContextPopped))
        assert len(set(pushed)) == len(pushed) == (2 if MERGED else 4)
        assert ["before", "before", "after", "after"] == [event.name for event in of(recording, GSet)]
        assert 2 == len({event.context for event in of(recording, GSet)})


def test_a_response_that_keeps_its_status_in_a_way_of_its_own_is_sent() -> None:
    app = an_app()
    app.response_class = type("Fixed", (Response,), {"status": "200 OK", "status_code": 200})
    app.get("/")(app.response_class)

    with attach(app) as recording:
        assert 200 == app.test_client().get("/").status_code

        (finished,) = of(recording, RequestFinished)
        assert 0 == finished.status
