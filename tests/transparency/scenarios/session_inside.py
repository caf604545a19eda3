"""Sessions whose values change inside, and sessions that are used when their response has left."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, session, stream_with_context
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from tests.transparency.driving import send
from tests.transparency.hostile import Hostile, LyingClass, calls_of_hostile_values
from tests.transparency.scenario import Watch, behind, raised, scenario


def _app() -> Flask:
    app = Flask("app")
    app.secret_key = "secret"
    return app


@scenario
def changes_inside_are_saved_or_lost_as_ever(watch: Watch) -> Any:
    app = _app()

    @app.get("/fill")
    def fill() -> str:
        session["cart"] = [{"tea": 1}]
        session["tags"] = {"a": [1]}
        return str(dict(session))

    @app.get("/inside")
    def inside() -> str:
        session["cart"][0]["tea"] += 1
        session["tags"]["a"].append(2)
        return str([session.modified, session.accessed, dict(session)])

    @app.get("/said")
    def said() -> str:
        session["cart"].append("milk")
        session.modified = True
        return str(dict(session))

    @app.get("/setdefault")
    def setdefault() -> str:
        session.setdefault("cart", []).append("honey")
        return str([session.modified, dict(session)])

    watch(app)
    answers, cookie = [], ""
    for path in ("/fill", "/inside", "/setdefault", "/said", "/inside", "/fill"):
        answer = send(app.wsgi_app, path, cookie=cookie)
        answers.append(answer.plain)
        cookie = answer.cookie or cookie
    return answers


class InMemory(SecureCookieSessionInterface):
    """Keeps what was put into its sessions, as it is."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def open_session(self, app: Flask, request: Any) -> SecureCookieSession:
        return SecureCookieSession(self.content)

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        self.content = dict(session)


@scenario
def hostile_values_inside_are_not_asked(watch: Watch) -> Any:
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    content = {
        "hostile": [Hostile(), {"a": Hostile()}, (LyingClass(),)],
        "cyclic": cyclic,
        "deep": deep,
        "wide": list(range(50_000)),
        "long": ["x" * 1_000_000, 10**5_000],
    }
    app = _app()
    app.session_interface = InMemory(content)

    @app.get("/")
    def index() -> str:
        session["wide"].append(1)
        session["hostile"].append(Hostile())
        return str([session.modified, len(session["wide"]), len(session["hostile"])])

    watch(app)
    calls_of_hostile_values.clear()
    answers = [send(app.wsgi_app).plain for _ in range(3)]
    return [answers, list(calls_of_hostile_values)]


@scenario
def a_session_that_somebody_keeps(watch: Watch) -> Any:
    app = _app()
    kept: list[Any] = []

    @app.get("/")
    def index() -> str:
        session["a"] = 1
        kept.append(behind(session))
        return ""

    watch(app)
    seen: list[Any] = [send(app.wsgi_app).plain, sys.getrefcount(kept[0])]
    for step in (
        lambda: kept[0].__setitem__("late", 2),
        lambda: kept[0].pop("a"),
        lambda: kept[0]["none"],
        lambda: kept[0].update(b=3),
        lambda: dict(kept[0]),
        lambda: [kept[0].modified, kept[0].accessed],
    ):
        seen.append(raised(step))
    reference = weakref.ref(kept[0])
    gc.collect()  # an exception that was raised above has its frames
    gc.disable()
    try:
        kept.clear()
        seen.append(reference() is None)
    finally:
        gc.enable()
    return seen


@scenario
def a_session_that_changes_while_its_response_is_streamed(watch: Watch) -> Any:
    app = _app()

    @app.get("/")
    def index() -> Response:
        session["before"] = [1]

        def rows() -> Iterator[str]:
            session["during"] = 2
            session["before"].append(3)
            yield str([dict(session), session.modified])

        return Response(stream_with_context(rows()))

    watch(app)
    first = send(app.wsgi_app)
    return [first.plain, send(app.wsgi_app, cookie=first.cookie).plain]
