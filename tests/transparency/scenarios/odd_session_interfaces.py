"""Session interfaces whose methods are no plain functions, and such as fail, open nothing, or come late."""

from __future__ import annotations

import functools
from typing import Any

import flask
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface, SessionInterface

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, behind, raised, scenario
from tests.transparency.scenarios.session_interfaces import (
    DictInterface,
    DictSession,
    OwnCookieInterface,
    calls,
    drive,
)


class StaticInterface(SessionInterface):
    """Its methods are not plain functions."""

    @staticmethod
    def open_session(app: Any, request: Any) -> Any:
        calls.append("static open")
        return DictSession()

    @classmethod
    def save_session(cls, app: Any, session: Any, response: Any) -> None:
        calls.append(["class save", cls.__name__, dict(session)])


@scenario
def methods_that_are_static_or_of_the_class(watch: Watch) -> Any:
    return drive(watch, StaticInterface())


def _open_with(kind: Any, self: Any, app: Any, request: Any) -> Any:
    calls.append("partial open")
    return kind()


class Callable:
    """Stands for a function, and is none: it is not bound when it is looked up on an object."""

    def __call__(self, app: Any, session: Any, response: Any) -> None:
        calls.append(["callable save", dict(session)])


class PartialInterface(SessionInterface):
    """Its methods are made by functools, and objects."""

    open_session = functools.partialmethod(_open_with, DictSession)
    save_session = Callable()


@scenario
def methods_that_are_objects(watch: Watch) -> Any:
    # ``partialmethod`` gives its first argument before ``self``.
    class Interface(PartialInterface):
        open_session = functools.partialmethod(
            lambda self, kind, app, request: _open_with(kind, self, app, request), DictSession
        )

    return drive(watch, Interface())


class DuckInterface:
    """Has what Flask calls, and nothing else."""

    def open_session(self, app: Any, request: Any) -> Any:
        return DictSession()

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        calls.append(["save", dict(session)])

    def is_null_session(self, obj: Any) -> bool:
        return False


@scenario
def an_interface_of_no_relation(watch: Watch) -> Any:
    return drive(watch, DuckInterface())


class OnInstance(SecureCookieSessionInterface):
    """Its methods are set on the instance."""

    def __init__(self) -> None:
        opened = super().open_session
        saved = super().save_session

        def open_session(app: Any, request: Any) -> Any:
            calls.append("own open")
            return opened(app, request)

        def save_session(app: Any, session: Any, response: Any) -> None:
            calls.append("own save")
            saved(app, session, response)

        self.open_session = open_session  # type: ignore[method-assign]
        self.save_session = save_session  # type: ignore[method-assign]


@scenario
def methods_set_on_the_instance(watch: Watch) -> Any:
    return drive(watch, OnInstance(), secret="secret")


@scenario
def interfaces_that_open_nothing(watch: Watch) -> Any:
    class Nothing(SecureCookieSessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            calls.append("open")

    class NothingAtAll(Nothing):
        def make_null_session(self, app: Any) -> Any:
            calls.append("null")
            return flask.sessions.NullSession({"from": "null"})

    class Odd(Nothing):
        null_session_class = DictSession  # type: ignore[assignment]

    return [drive(watch, made) for made in (Nothing(), NothingAtAll(), Odd())]


@scenario
def saving_that_fails(watch: Watch) -> Any:
    class Failing(SecureCookieSessionInterface):
        def save_session(self, app: Any, session: Any, response: Any) -> None:
            response.headers["X-Before"] = "1"
            raise OSError("no storage")

    app = Flask("app")
    app.secret_key = "secret"
    app.session_interface = Failing()
    app.add_url_rule("/", "index", lambda: session.update(a=1) or "index")
    watch(app)
    shown = send(app.wsgi_app).plain
    app.testing = True
    return [shown, raised(lambda: send(app.wsgi_app).plain)]


@scenario
def an_interface_that_is_replaced(watch: Watch) -> Any:
    app = Flask("app")
    app.secret_key = "secret"
    app.add_url_rule("/", "index", lambda: session.update(a=1) or type(behind(session)).__name__)
    watch(app)
    answers = [send(app.wsgi_app).plain]
    app.session_interface = DictInterface()
    answers.append(send(app.wsgi_app).plain)
    app.session_interface = OwnCookieInterface()
    answers.append(send(app.wsgi_app).plain)
    return answers
