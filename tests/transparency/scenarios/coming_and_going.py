"""Being watched begins and ends at any moment, more than once, and for several apps in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import flask
from flask import Flask, g, request, session

from tests.transparency.driving import Browser, send
from tests.transparency.scenario import Watch, behind, raised, scenario


def _app(name: str = "app") -> tuple[Flask, list[Any]]:
    app = Flask(name)
    app.secret_key = "secret"
    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append([name, sorted(g), error]))

    @app.get("/")
    def index() -> dict[str, Any]:
        g.seen = g.get("seen", 0) + 1
        session["count"] = session.get("count", 0) + 1
        return {"count": session["count"], "none": getattr(g, "none", "none")}

    return app, torn


@scenario
def twice(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)
    watch(app)
    browser = Browser(app.wsgi_app)
    answers = [browser.send().plain for _ in range(2)]
    watch.stop()
    answers += [browser.send().plain for _ in range(2)]
    watch(app)
    return [answers, browser.send().plain, torn]


@scenario
def several_in_any_order(watch: Watch) -> Any:
    apps = [_app(name) for name in ("one", "two", "three")]
    for app, _ in apps:
        watch(app)
    answers = [send(app.wsgi_app).plain for app, _ in apps]
    watch.stop()
    for app, _ in reversed(apps):
        watch(app)
    answers += [send(app.wsgi_app).plain for app, _ in apps]
    return [answers, [torn for _, torn in apps]]


@scenario
def ending_within_a_request(watch: Watch) -> Any:
    app, torn = _app()

    @app.get("/stop")
    def stop() -> dict[str, Any]:
        g.before = 1
        session["before"] = 1
        watch.stop()
        g.after = 2
        session["after"] = 2
        del g.before
        return {"g": sorted(g), "session": dict(session), "missing": raised(lambda: g.none)["text"]}

    watch(app)
    browser = Browser(app.wsgi_app)
    return [[browser.send(path).plain for path in ("/", "/stop", "/")], torn]


@scenario
def beginning_within_a_request(watch: Watch) -> Any:
    app, torn = _app()

    @app.get("/begin")
    def begin() -> dict[str, Any]:
        g.before = 1
        session["before"] = 1
        own = [behind(g), behind(session)]
        watch(app, warm_up=False)
        g.after = g.before + 1
        session["after"] = session["before"] + 1
        return {
            "g": sorted(g),
            "session": dict(session),
            "same": [own[0] is behind(g), own[1] is behind(session)],
            "path": request.path,
        }

    browser = Browser(app.wsgi_app)
    return [[browser.send(path).plain for path in ("/", "/begin", "/")], torn]


@scenario
def ending_while_contexts_are_pushed(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)
    outer = app.app_context()
    outer.push()
    g.outer = 1
    inner = app.test_request_context("/inner")
    inner.push()
    session["inner"] = 1
    watch.stop()
    seen = [sorted(g), session["inner"], raised(lambda: g.none)]
    inner.pop()
    outer.pop()
    watch(app)
    with app.app_context():
        seen.append(sorted(g))
    return [seen, torn, flask.has_app_context()]


@scenario
def ending_while_a_body_is_sent(watch: Watch) -> Any:
    app, torn = _app()

    @app.get("/stream")
    def stream() -> Any:
        def parts() -> Iterator[str]:
            yield request.path
            watch.stop()
            g.late = 1
            yield request.path
            watch(app, warm_up=False)
            g.later = 1
            yield str(sorted(g))

        return flask.Response(flask.stream_with_context(parts()))

    watch(app)
    return [send(app.wsgi_app, "/stream").plain, send(app.wsgi_app).plain, torn]


@scenario
def others_replace_what_was_replaced(watch: Watch) -> Any:
    """Somebody else wraps the same function, and puts back what he found when that is no longer in use."""
    app, torn = _app()
    owner: Any = vars(flask.ctx).get("RequestContext", flask.ctx.AppContext)
    original = vars(owner)["push"]
    watch(app)
    calls: list[str] = []
    found = vars(owner)["push"]

    def push(self: Any) -> Any:
        calls.append("push")
        return found(self)

    answers = []
    try:
        owner.push = push
        answers.append(send(app.wsgi_app).plain)
        watch.stop()
        answers.append(send(app.wsgi_app).plain)
        same = vars(owner)["push"] is push
        owner.push = found
        watch(app)
        # How many frames a failing push passes through tells whether it was wrapped twice.
        with mock.patch.object(app.session_interface, "open_session", side_effect=OSError("no storage")):
            answers.append(raised(app.test_request_context().push))
        answers.append(send(app.wsgi_app).plain)
        watch.stop()
    finally:
        owner.push = original
    return [answers, calls, same, torn]
