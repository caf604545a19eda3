"""Requests: matched, started, finished, and the exceptions nobody handled."""

from __future__ import annotations

from flask import Flask

from flaskscope.events import ExceptionRaised, RequestFinished, RequestMatched, RequestStarted
from flaskscope.record.recorder import Recording
from tests.record.story import line_of, of


def test_a_match_tells_endpoint_and_rule(app: Flask, recording: Recording) -> None:
    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        return name

    app.test_client().get("/hello/ada")

    (matched,) = of(recording, RequestMatched)
    assert ("hello", "/hello/<name>", None) == (matched.endpoint, matched.rule, matched.failure)


def test_no_match_tells_why(app: Flask, recording: Recording) -> None:
    app.test_client().get("/nowhere")

    (matched,) = of(recording, RequestMatched)
    assert matched.endpoint is None
    assert matched.failure is not None
    assert matched.failure.type.endswith("NotFound")


def test_a_path_is_text_whatever_its_bytes(app: Flask, recording: Recording) -> None:
    app.test_client().get("/gr%C3%BC%C3%9Fe")

    assert ["/grüße"] == [started.path for started in of(recording, RequestStarted)]


def test_the_response_has_its_status_and_a_duration(app: Flask, recording: Recording) -> None:
    client = app.test_client()
    client.get("/")
    client.get("/nowhere")
    client.get("/boom")

    finished = of(recording, RequestFinished)
    assert [200, 404, 500] == [event.status for event in finished]
    assert all(event.duration_ns > 0 for event in finished)


def test_an_unhandled_exception_has_the_line_that_raised_it(app: Flask, recording: Recording) -> None:
    app.test_client().get("/boom")

    (raised,) = of(recording, ExceptionRaised)
    assert ("ZeroDivisionError", "it went wrong") == (raised.type, raised.message)
    assert 'raise ZeroDivisionError("it went wrong")' == line_of(recording, raised)


def test_a_handled_exception_is_none(app: Flask, recording: Recording) -> None:
    @app.errorhandler(ZeroDivisionError)
    def handle(error: ZeroDivisionError) -> str:
        return "handled"

    assert b"handled" == app.test_client().get("/boom").data
    assert [] == of(recording, ExceptionRaised)
