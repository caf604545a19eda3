"""Flask's own session: what each use of it sets, and what the browser gets."""

# mypy: disable-error-code="call-overload, func-returns-value, list-item, dict-item"
# What is called wrongly on purpose cannot be right for a type checker.

from __future__ import annotations

import copy
import pickle
from typing import Any

import flask
from flask import Flask, session

from tests.transparency.driving import send
from tests.transparency.hostile import Hostile, HostileName, LyingClass, calls_of_hostile_values
from tests.transparency.scenario import Watch, behind, raised, scenario


def signing_app(name: str = "app") -> Flask:
    app = Flask(name)
    app.secret_key = "secret"
    return app


@scenario
def a_count_over_requests(watch: Watch) -> Any:
    app = signing_app()

    @app.get("/")
    def index() -> str:
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    watch(app)
    answers = []
    cookie = ""
    for _ in range(4):
        answer = send(app.wsgi_app, cookie=cookie)
        answers.append(answer.plain)
        cookie = answer.cookie
    return answers


@scenario
def cookies_that_are_refused(watch: Watch) -> Any:
    app = signing_app()
    app.add_url_rule("/", "index", lambda: dict(session))
    app.add_url_rule("/set", "set", lambda: session.update(a=1) or "set")
    watch(app)
    cookie = send(app.wsgi_app, "/set").cookie
    return [
        send(app.wsgi_app, cookie=value).plain
        for value in (
            cookie,
            cookie[:-3] + "abc",
            "session=",
            "session=x",
            "session=.",
            "other=1; " + cookie + "; session=second",
            "xsession=1",
            'session="quoted"',
            "ä=ö; " + cookie,
            cookie.upper(),
        )
    ]


@scenario
def permanent_and_refreshed(watch: Watch) -> Any:
    answers = []
    for refresh in (True, False):
        app = signing_app()
        app.config.update(
            SESSION_REFRESH_EACH_REQUEST=refresh, SESSION_COOKIE_PATH="/p", SESSION_COOKIE_SECURE=True
        )

        @app.get("/p/set")
        def set_permanent() -> str:
            session.permanent = True
            return "set"

        app.add_url_rule("/p/nothing", "nothing", lambda: "nothing")
        app.add_url_rule("/p/clear", "clear", lambda: session.clear() or "cleared")
        watch(app)
        first = send(app.wsgi_app, "/p/set")
        answers += [first.plain]
        answers += [
            send(app.wsgi_app, path, cookie=first.cookie).plain for path in ("/p/nothing", "/p/clear")
        ]
    return answers


@scenario
def changed_after_it_was_saved(watch: Watch) -> Any:
    app = signing_app()
    order: list[Any] = []

    @app.get("/")
    def index() -> flask.Response:
        def parts() -> Any:
            session["late"] = 1
            order.append([dict(session), session.modified])
            yield "late"

        return flask.Response(flask.stream_with_context(parts()))

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        session["later"] = 1
        order.append(dict(session))

    watch(app)
    return [send(app.wsgi_app).plain, order]


@scenario
def its_identity_and_type(watch: Watch) -> Any:
    app = signing_app()
    watch(app)
    with app.test_request_context() as context:
        own = behind(session)
        session["a"] = 1
        return [
            own is context.session,
            type(own),
            type(own).__mro__,
            sorted(vars(own)),
            isinstance(session, dict),
            type(own) is flask.sessions.SecureCookieSession,
            dir(own),
            sorted(vars(context)),
            type(app.session_interface),
            vars(app.session_interface),
            dir(app.session_interface),
            type(app.session_interface) is flask.sessions.SecureCookieSessionInterface,
            sorted(vars(app)),
            app.session_interface.is_null_session(own),
            session == own,
            repr(session),
        ]


@scenario
def copies_and_pickles(watch: Watch) -> Any:
    app = signing_app()
    watch(app)
    interface = app.session_interface
    seen: list[Any] = [
        pickle.dumps(interface),
        [
            type(made)
            for made in (
                copy.copy(interface),
                copy.deepcopy(interface),
                pickle.loads(pickle.dumps(interface)),
            )
        ],
    ]
    with app.test_request_context():
        session["a"] = [1]
        own = behind(session)
        seen += [
            raised(pickle.dumps, own),
            raised(lambda: type(copy.copy(own))),
            raised(lambda: dict(copy.deepcopy(own))),
        ]
        made = flask.sessions.SecureCookieSession({"x": 1})
        made["y"] = 2
        made.pop("x")
        seen += [dict(made), made.modified, made.accessed, made == {"y": 2}]
    return seen


@scenario
def hostile_values_are_left_alone(watch: Watch) -> Any:
    app = signing_app()
    watch(app)
    with app.test_request_context():
        calls_of_hostile_values.clear()
        for number, value in enumerate((Hostile(), LyingClass())):
            key = f"key{number}"
            session[key] = value
            session.get(key)
            session[key]
            session.setdefault(key, value)
            session.setdefault(key + "x", value)
            session.update({key: value, key + "y": [value]})
            session.pop(key)
            del session[key + "x"]
            session.pop(key + "y")
        del value
        values = list(calls_of_hostile_values)
        calls_of_hostile_values.clear()
        name = HostileName("name")
        session[name] = 1
        session[name]
        session.get(name)
        session.setdefault(name, 2)
        assert name in session
        session.update({name: 3})
        session.pop(name)
        session[(1, 2)] = 3  # type: ignore[index]
        session.pop((1, 2))
        return [values, list(calls_of_hostile_values), sorted(map(str, session))]


@scenario
def values_that_cannot_be_signed(watch: Watch) -> Any:
    app = signing_app()

    @app.get("/")
    def index() -> str:
        session["object"] = object()
        return "index"

    watch(app)
    return send(app.wsgi_app).plain


@scenario
def values_of_every_kind_that_is_signed(watch: Watch) -> Any:
    import datetime
    import uuid

    from markupsafe import Markup

    app = signing_app()

    @app.get("/set")
    def set_all() -> str:
        session.update(
            tuple=(1, 2),
            bytes=b"\x00\xff",
            markup=Markup("<b>"),
            uuid=uuid.UUID(int=7),
            when=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
            nested={"a": [{"b": (1,)}]},
            large="x" * 5000,
        )
        return "set"

    app.add_url_rule("/get", "get", lambda: repr(sorted(session.items())))
    watch(app)
    first = send(app.wsgi_app, "/set")
    return [first.plain, send(app.wsgi_app, "/get", cookie=first.cookie).plain]


@scenario
def changed_while_it_is_looked_at(watch: Watch) -> Any:
    """Updating a session from itself, and from something that changes it."""
    app = signing_app()
    watch(app)

    class Changing(dict):  # type: ignore[type-arg]
        def keys(self) -> Any:
            session["by keys"] = 1
            return ["x"]

        def __getitem__(self, key: str) -> Any:
            session["by getitem"] = 1
            if key == "fail":
                raise LookupError(key)
            return key

    with app.test_request_context():
        session["a"] = 1
        session.update(session)
        session.update(Changing())
        seen = [dict(session), raised(lambda: session.update(5)), raised(lambda: session.update([(1, 2, 3)]))]
        session.update({1: 2}, k="v")
        return [seen, repr(session), session.modified]
