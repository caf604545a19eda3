"""Several apps in one process, and one inside another; some are watched, some are not."""

from __future__ import annotations

from typing import Any

import flask
from flask import Flask, current_app, g, session
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, scenario


def _app(name: str) -> tuple[Flask, list[Any]]:
    app = Flask(name)
    app.secret_key = "secret"
    app.config["SESSION_COOKIE_NAME"] = name
    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append([name, sorted(g), error]))

    @app.get("/")
    def index() -> str:
        g.name = current_app.name
        session["name"] = name
        return f"{current_app.name} {flask.request.path} {flask.request.script_root}"

    return app, torn


@scenario
def mounted_under_each_other(watch: Watch) -> Any:
    outer, torn_outer = _app("outer")
    inner, torn_inner = _app("inner")
    watch(outer)
    watch(inner)
    both = DispatcherMiddleware(outer.wsgi_app, {"/inner": inner.wsgi_app})
    return [[send(both, path).plain for path in ("/", "/inner/", "/inner", "/none")], torn_outer, torn_inner]


@scenario
def one_calls_another_within_a_request(watch: Watch) -> Any:
    outer, torn_outer = _app("outer")
    inner, torn_inner = _app("inner")

    @outer.get("/call")
    def call() -> dict[str, Any]:
        g.mine = 1
        with inner.test_client() as client:
            text = client.get("/").get_data(as_text=True)
            within = [current_app.name, sorted(g)]
        itself = outer.test_client().get("/").get_data(as_text=True)
        with inner.app_context():
            g.theirs = 1
            by_hand = [current_app.name, sorted(g)]
        return {"text": text, "within": within, "itself": itself, "by hand": by_hand, "mine": sorted(g)}

    watch(outer)
    watch(inner)
    return [send(outer.wsgi_app, "/call").plain, torn_outer, torn_inner]


@scenario
def one_that_is_watched_beside_one_that_is_not(watch: Watch) -> Any:
    watched, torn = _app("watched")
    other, torn_other = _app("other")
    send(other.wsgi_app)
    watch(watched)
    answers: list[Any] = [send(app.wsgi_app).plain for app in (watched, other, watched, other)]
    with other.app_context():
        g.a = 1
        with watched.test_request_context():
            g.setdefault("b", 2)
            session["c"] = 1
            with other.test_request_context():
                session["d"] = 1
                answers.append([dict(session), sorted(g)])
            answers.append([dict(session), sorted(g)])
    return [answers, torn, torn_other]


@scenario
def apps_that_come_and_go(watch: Watch) -> Any:
    """An app may live at the address of one that is gone."""
    answers = []
    for number in range(20):
        app, torn = _app(f"app{number % 3}")
        watch(app)
        answers.append([send(app.wsgi_app).plain, torn])
        del app
    return answers


@scenario
def an_app_that_shares_a_session_interface(watch: Watch) -> Any:
    first, torn_first = _app("first")
    second, torn_second = _app("second")
    second.session_interface = first.session_interface
    watch(first)
    return [send(first.wsgi_app).plain, send(second.wsgi_app).plain, torn_first, torn_second]
