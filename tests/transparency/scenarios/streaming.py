"""Bodies that are made while they are sent."""

# mypy: disable-error-code="arg-type, call-arg"
# What is called wrongly on purpose cannot be right for a type checker.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask
from flask import Flask, g, request, session, stream_with_context

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario


def _app() -> tuple[Flask, list[Any]]:
    app = Flask("app")
    app.secret_key = "secret"
    order: list[Any] = []
    app.teardown_request(lambda error: order.append(["request", error]))
    app.teardown_appcontext(lambda error: order.append(["app", sorted(g), error]))

    def parts(fail: bool = False) -> Iterator[str]:
        try:
            order.append("began")
            yield request.path
            g.streamed = 1
            yield str(session.get("a"))
            if fail:
                raise ValueError("while streaming")
            yield "end"
        finally:
            order.append(["ended", flask.has_request_context()])

    @app.get("/bare")
    def bare() -> Any:
        g.view = 1
        return flask.Response(parts())

    @app.get("/with")
    def with_context() -> Any:
        session["a"] = 1
        g.view = 1
        return flask.Response(stream_with_context(parts()))

    @app.get("/fail")
    def fail() -> Any:
        return flask.Response(stream_with_context(parts(fail=True)))

    @app.get("/decorated")
    def decorated() -> Any:
        @stream_with_context
        def stream(text: str) -> Iterator[str]:
            yield text
            yield request.path

        return flask.Response(stream("text"))

    return app, order


@scenario
def read_to_the_end(watch: Watch) -> Any:
    app, order = _app()
    watch(app)
    answers = [send(app.wsgi_app, path).plain for path in ("/with", "/decorated")]
    return [answers, order, flask.has_request_context()]


@scenario
def without_its_context(watch: Watch) -> Any:
    app, order = _app()
    watch(app)
    return [raised(lambda: send(app.wsgi_app, "/bare").plain), order]


@scenario
def abandoned_halfway(watch: Watch) -> Any:
    app, order = _app()
    watch(app)
    seen = []
    for path in ("/with", "/bare", "/decorated"):
        for chunks in (0, 1):
            seen.append(
                [path, raised(lambda path=path, chunks=chunks: send(app.wsgi_app, path, chunks=chunks).plain)]
            )
            seen.append([len(order), flask.has_request_context()])
    return [seen, order]


@scenario
def never_closed(watch: Watch) -> Any:
    """A server that drops the body without closing it: Python ends the generator."""
    app, order = _app()
    watch(app)
    body = app.wsgi_app(_environ("/with"), lambda status, headers, exc_info=None: lambda data: None)
    iterator = iter(body)
    first = next(iterator)
    del body, iterator
    return [first, order, flask.has_request_context()]


def _environ(path: str) -> dict[str, Any]:
    from tests.transparency.driving import environ_for

    return environ_for(path)


@scenario
def failing_while_it_is_sent(watch: Watch) -> Any:
    app, order = _app()
    watch(app)
    return [raised(lambda: send(app.wsgi_app, "/fail").plain), order, flask.has_request_context()]


@scenario
def outside_a_request(watch: Watch) -> Any:
    app, order = _app()
    watch(app)

    def wrap() -> Any:
        return list(stream_with_context(iter("ab")))

    def call() -> Any:
        @stream_with_context
        def parts() -> Iterator[str]:
            yield "a"

        return list(parts())

    seen = [raised(wrap), raised(call)]
    with app.app_context():
        seen.append(raised(wrap))
    with app.test_request_context("/by hand"):
        kept = stream_with_context(part + request.path for part in "ab")
    seen.append(raised(lambda: list(kept)))
    return [seen, order, flask.has_request_context()]
