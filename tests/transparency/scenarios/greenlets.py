"""Greenlets: each with contexts of its own, in one thread."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import flask
from flask import Flask, copy_current_request_context, g, request, session

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario


def _app() -> tuple[Flask, list[Any]]:
    app = Flask("app")
    app.secret_key = "secret"
    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append([sorted(g), error]))
    return app, torn


@scenario
def interleaved(watch: Watch) -> Any:
    gevent: Any = import_module("gevent")
    app, torn = _app()
    watch(app)

    def work(number: int) -> Any:
        seen = []
        with app.test_request_context(f"/{number}"):
            for step in range(3):
                g.step = step
                session["number"] = number
                gevent.sleep(0)
                seen.append([request.path, g.step, session["number"]])
        return seen

    greenlets = [gevent.spawn(work, number) for number in range(4)]
    gevent.joinall(greenlets, timeout=20)
    return [[greenlet.value for greenlet in greenlets], torn, flask.has_request_context()]


@scenario
def of_a_request(watch: Watch) -> Any:
    gevent: Any = import_module("gevent")
    app, torn = _app()

    @app.get("/")
    def index() -> dict[str, Any]:
        g.a = 1

        @copy_current_request_context
        def copied() -> Any:
            g.b = 2
            gevent.sleep(0)
            return [request.path, sorted(g)]

        def bare() -> Any:
            return raised(lambda: request.path).get("text")

        greenlets = [gevent.spawn(copied), gevent.spawn(bare)]
        gevent.joinall(greenlets, timeout=20)
        return {"values": [greenlet.value for greenlet in greenlets], "g": sorted(g)}

    watch(app)
    return [send(app.wsgi_app).plain, torn]


@scenario
def killed_with_a_context_pushed(watch: Watch) -> Any:
    gevent: Any = import_module("gevent")
    app, torn = _app()
    watch(app)

    def work() -> None:
        with app.app_context():
            g.a = 1
            gevent.sleep(60)

    def leave() -> None:
        app.app_context().push()

    greenlets = [gevent.spawn(work), gevent.spawn(leave)]
    gevent.sleep(0)
    gevent.sleep(0)
    gevent.killall(greenlets, timeout=20)
    return [[greenlet.dead for greenlet in greenlets], torn, flask.has_app_context()]


@scenario
def named_when_somebody_asks(watch: Watch) -> Any:
    """Gevent gives a greenlet its number when its name is first asked for: by the app, not by who watches it."""
    gevent: Any = import_module("gevent")
    app, torn = _app()
    watch(app)

    def work() -> Any:
        with app.app_context():
            g.a = 1
            gevent.sleep(0)
            raised(lambda: request.path)
        before = "Greenlet-" in repr(gevent.getcurrent())
        return [before, gevent.getcurrent().name.partition("-")[0]]

    greenlets = [gevent.spawn(work) for _ in range(3)]
    gevent.joinall(greenlets, timeout=20)
    return [[greenlet.value for greenlet in greenlets], torn]
