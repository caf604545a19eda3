"""Tools that were there before: they put functions of their own around those that FlaskScope hooks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flask
import flask.ctx
import flask.sessions
from flask import Flask, g, session

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario

_REQUEST_CONTEXT = vars(flask.ctx).get("RequestContext")

#: What such a tool might want to know of.
_WRAPPED: list[tuple[Any, str]] = [
    (flask.ctx.AppContext, "push"),
    (flask.ctx.AppContext, "pop"),
    *([] if _REQUEST_CONTEXT is None else [(_REQUEST_CONTEXT, name) for name in ("push", "pop", "copy")]),
    (flask.ctx._AppCtxGlobals, "__setattr__"),
    (flask.ctx._AppCtxGlobals, "__delattr__"),
    (flask.ctx._AppCtxGlobals, "__getattr__"),
    (flask.ctx._AppCtxGlobals, "get"),
    (flask.ctx._AppCtxGlobals, "pop"),
    (flask.ctx._AppCtxGlobals, "setdefault"),
    (Flask, "ensure_sync"),
    (flask.sessions.SecureCookieSessionInterface, "open_session"),
    (flask.sessions.SecureCookieSessionInterface, "save_session"),
]

Wrap = Callable[[Any, list[Any]], Any]


def _given(args: tuple[Any, ...]) -> int:
    """Return how many arguments there were; from Flask 3.2 on ``pop(None)`` is ``pop()``."""
    return sum(arg is not None for arg in args)


def _says_what_it_wraps(original: Any, calls: list[Any]) -> Any:
    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        calls.append([original.__name__, _given(args), sorted(kwargs)])
        return original(*args, **kwargs)

    return wrapper


def _does_not_say(original: Any, calls: list[Any]) -> Any:
    def wrapper(self: Any, *args: Any) -> Any:
        calls.append([original.__name__, _given(args)])
        return original(self, *args)

    return wrapper


def _takes_its_place(original: Any, calls: list[Any]) -> Any:
    """Do what the original does without calling it; only of setting a name in ``g``."""
    if original.__name__ != "__setattr__":
        return original

    def set_name(self: Any, name: str, value: Any) -> None:
        calls.append(name)
        vars(self)[name.upper()] = value

    return set_name


@contextmanager
def _wrapped(wrap: Wrap) -> Iterator[list[Any]]:
    calls: list[Any] = []
    originals = [(owner, name, vars(owner)[name]) for owner, name in _WRAPPED]
    for owner, name, original in originals:
        setattr(owner, name, wrap(original, calls))
    try:
        yield calls
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def _used(watch: Watch, wrap: Wrap) -> Any:
    app = Flask("app")
    app.secret_key = "secret"

    @app.get("/")
    def index() -> str:
        g.a = 1
        g.b = 2
        session["a"] = g.get("a", 3)
        return f"{g.pop('none', 4)} {raised(g.pop, 'none')['type']} {g.setdefault('c', 5)} {sorted(g)}"

    @app.get("/fail")
    def fail() -> str:
        raise ZeroDivisionError

    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append(repr(error)))
    with _wrapped(wrap) as calls:
        watch(app)
        calls.clear()
        seen = [send(app.wsgi_app, path).plain for path in ("/", "/fail", "/none")]
        with app.app_context():
            g.a = 1
            delattr(g, sorted(g)[0])
        context = app.test_request_context()
        context.push()
        context.pop()
        watch.stop()
        left = [vars(owner)[name].__module__ for owner, name in _WRAPPED]
    return [seen, torn, calls, left, flask.has_app_context()]


@scenario
def that_say_what_they_wrap(watch: Watch) -> Any:
    return _used(watch, _says_what_it_wraps)


@scenario
def that_do_not_say_it(watch: Watch) -> Any:
    return _used(watch, _does_not_say)


@scenario
def that_take_the_place_of_it(watch: Watch) -> Any:
    return _used(watch, _takes_its_place)
