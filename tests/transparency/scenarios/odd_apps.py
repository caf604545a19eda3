"""Apps whose parts count, or refuse, being looked at."""

from __future__ import annotations

import base64
import threading
from typing import Any

import flask
from flask import Flask, g, session
from flask.json.tag import JSONTag
from werkzeug.routing import BaseConverter, Rule

from tests.transparency.driving import environ_for, send
from tests.transparency.hostile import HostileName, calls_of_hostile_values
from tests.transparency.scenario import Watch, raised, scenario

_asked: list[Any] = []


class CountingConfig(flask.Config):
    """Counts what is asked of it."""

    def __getitem__(self, key: str) -> Any:
        _asked.append(["getitem", key])
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        _asked.append(["get", key])
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        _asked.append(["contains", key])
        return super().__contains__(key)


@scenario
def a_configuration_that_counts(watch: Watch) -> Any:
    class Own(Flask):
        config_class = CountingConfig

    app = Own("app")
    app.secret_key = "secret"
    app.add_url_rule("/", "index", lambda: g.setdefault("a", "index"))
    app.add_url_rule("/session", "session", lambda: session.setdefault("a", "session"))
    watch(app)
    _asked.clear()
    first = send(app.wsgi_app)
    answers = [first.plain]
    # One is no cookie of Flask's, one is signed with another key.
    for cookie in ("session=x", "session=eyJhIjoxfQ.ZVPxAA.hG4LXFRbN7aPAMuhb5V_1xxxxxx"):
        answers.append(send(app.wsgi_app, "/session", cookie=cookie).plain)
    with app.app_context():
        g.a = 1
    return [answers, list(_asked)]


class CountingApp(Flask):
    """Counts which of its attributes are asked for."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            _asked.append(name)
        return super().__getattribute__(name)

    def __eq__(self, other: object) -> bool:
        _asked.append("eq")
        return self is other

    def __hash__(self) -> int:
        _asked.append("hash")
        return 7


@scenario
def an_app_that_counts(watch: Watch) -> Any:
    app = CountingApp("app")
    app.secret_key = "secret"
    app.add_url_rule("/", "index", lambda: session.setdefault("a", g.setdefault("a", "index")))
    watch(app)
    _asked.clear()
    answers = [send(app.wsgi_app).plain, send(app.wsgi_app, cookie="session=eyJhIjoxfQ.ZVPxAA.x").plain]
    with app.app_context():
        g.a = 1
    with app.test_request_context():
        session["a"] = 1
    return [answers, list(_asked)]


class CountingTag(JSONTag):
    """A type of the app's own in sessions."""

    key = " own"

    def check(self, value: Any) -> bool:
        return False

    def to_python(self, value: Any) -> Any:
        _asked.append(value)
        return {}


@scenario
def a_serializer_that_counts(watch: Watch) -> Any:
    """A cookie that is signed well, and of which the app's own code makes an empty session."""
    app = Flask("app")
    app.secret_key = "secret"
    app.add_url_rule("/", "index", lambda: str(sorted(session)))
    interface: Any = app.session_interface
    watch(app)
    serializer, tags = interface.serializer, interface.serializer.tags
    before = dict(tags), list(serializer.order)
    serializer.register(CountingTag)
    try:
        _asked.clear()
        cookie = interface.get_signing_serializer(app).dumps({"a": 1})
        signer = interface.get_signing_serializer(app).make_signer(salt=interface.salt)
        own = signer.sign(base64.urlsafe_b64encode(b'{" own":1}').rstrip(b"=")).decode()
        answers = [send(app.wsgi_app, cookie=f"session={each}").plain for each in (cookie, own)]
        watch.stop()  # whatever is worked out only when somebody wants to know
        return [answers, list(_asked)]
    finally:
        serializer.order[:] = before[1]
        tags.clear()
        tags.update(before[0])


@scenario
def an_app_that_was_not_used_yet(watch: Watch) -> Any:
    """Watching begins: nothing of the app is worked out that it would have worked out later."""
    app = Flask("app")
    before = sorted(vars(app))
    watch(app, warm_up=False)
    seen = [before, sorted(vars(app)), vars(app)["_got_first_request"]]
    with app.app_context():
        seen.append(sorted(vars(app)))
    return seen


class HostileError(Exception):
    """Does not want to be looked at."""

    def __str__(self) -> str:
        calls_of_hostile_values.append("error __str__")
        return "hostile"

    def __repr__(self) -> str:
        calls_of_hostile_values.append("error __repr__")
        return "hostile"

    def __getattribute__(self, name: str) -> Any:
        if name not in (
            "__class__",
            "__traceback__",
            "__cause__",
            "__context__",
            "__notes__",
            "with_traceback",
        ):
            calls_of_hostile_values.append(f"error {name}")
        return super().__getattribute__(name)


@scenario
def exceptions_that_count(watch: Watch) -> Any:
    app = Flask("app")

    @app.get("/")
    def index() -> str:
        raise HostileError(HostileName("text"))

    @app.get("/handled")
    def handled() -> str:
        raise HostileError("handled")

    watch(app)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    calls_of_hostile_values.clear()
    seen: list[Any] = []
    for path in ("/", "/handled"):
        try:
            send(app.wsgi_app, path)
        except HostileError:
            seen.append([path, list(calls_of_hostile_values)])
        calls_of_hostile_values.clear()
    for make in (app.app_context, app.test_request_context):
        try:
            with make():
                raise HostileError("by hand")
        except HostileError:
            seen.append(list(calls_of_hostile_values))
        calls_of_hostile_values.clear()
        context = make()
        context.push()
        context.pop(HostileError("given"))
        seen.append(list(calls_of_hostile_values))
        calls_of_hostile_values.clear()
    return seen


class CountingCallable:
    """A callback that is an object, and counts what is asked of it."""

    def __init__(self, result: Any = None) -> None:
        object.__setattr__(self, "result", result)

    def __getattribute__(self, name: str) -> Any:
        if name not in ("__class__", "__name__", "result"):
            _asked.append(["callable", name])
        return object.__getattribute__(self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        _asked.append(["called", len(args), sorted(kwargs)])
        return object.__getattribute__(self, "result")

    __name__ = "counting"


@scenario
def callbacks_that_count(watch: Watch) -> Any:
    app = Flask("app")
    app.add_url_rule("/", "index", CountingCallable("index"))
    app.before_request(CountingCallable())
    app.teardown_request(CountingCallable())
    app.teardown_appcontext(CountingCallable())
    watch(app)
    _asked.clear()
    answer = send(app.wsgi_app).plain
    with app.app_context():
        pass
    return [answer, list(_asked)]


@scenario
def environs_of_odd_values(watch: Watch) -> Any:
    app = Flask("app")
    app.add_url_rule("/", "index", lambda: "index")
    watch(app)
    answers: list[Any] = []
    for name, value in (
        ("HTTP_USER_AGENT", None),
        ("HTTP_USER_AGENT", HostileName("Werkzeug/hostile")),
        ("HTTP_COOKIE", HostileName("session=hostile; other=1")),
        ("HTTP_COOKIE", ""),
        ("REQUEST_METHOD", HostileName("GET")),
        ("PATH_INFO", HostileName("/")),
        ("HTTP_X_FLASKSCOPE_FIRE", HostileName("mark")),
        ("HTTP_X_FLASKSCOPE_FIRE", 7),
        ("SERVER_SOFTWARE", None),
    ):
        environ = environ_for()
        environ[name] = value
        calls_of_hostile_values.clear()
        answer = raised(lambda environ=environ: send(app.wsgi_app, environ=environ).plain)
        answers.append([name, answer, list(calls_of_hostile_values)])
    environ = environ_for()
    for name in ("HTTP_COOKIE", "SERVER_SOFTWARE", "HTTP_USER_AGENT", "REMOTE_ADDR"):
        environ.pop(name, None)
    answers.append(send(app.wsgi_app, environ=environ).plain)
    return answers


@scenario
def endpoints_and_rules_of_odd_kinds(watch: Watch) -> Any:
    app = Flask("app")

    class OwnRule(Rule):
        def __getattribute__(self, name: str) -> Any:
            if name in ("endpoint", "rule"):
                _asked.append(["rule", name])
            return super().__getattribute__(name)

    class Own(BaseConverter):
        regex = ".*"

        def to_python(self, value: str) -> Any:
            return HostileName(value)

    app.url_rule_class = OwnRule
    app.url_map.converters["own"] = Own
    app.add_url_rule("/own/<own:value>", HostileName("endpoint"), lambda value: f"value {len(value)}")
    watch(app)
    _asked.clear()
    calls_of_hostile_values.clear()
    answer = send(app.wsgi_app, "/own/x").plain
    return [answer, list(_asked), list(calls_of_hostile_values)]


class OddThread(threading.Thread):
    """A thread without the attributes that threads have."""

    def __getattribute__(self, name: str) -> Any:
        if name == "_name":
            _asked.append("thread name")
        return super().__getattribute__(name)


@scenario
def threads_that_count(watch: Watch) -> Any:
    app = Flask("app")
    app.add_url_rule("/", "index", lambda: g.setdefault("a", "index"))
    watch(app)
    found: list[Any] = []

    def work() -> None:
        _asked.clear()
        found.append(send(app.wsgi_app).plain)
        with app.app_context():
            g.a = 1
        found.append(list(_asked))

    thread = OddThread(target=work)
    thread.start()
    thread.join(20)
    return found
