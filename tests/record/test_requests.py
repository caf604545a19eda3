"""Requests: matched, started, finished, and the exceptions that left a view."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, g, render_template, render_template_string
from jinja2 import FileSystemLoader
from werkzeug.exceptions import HTTPException

from flaskscope.events import ExceptionRaised, GMissed, RequestFinished, RequestMatched, RequestStarted
from flaskscope.record.recorder import Recording
from tests.record.story import kinds, line_of, of


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
    assert ("ZeroDivisionError", "it went wrong", False) == (raised.type, raised.message, raised.handled)
    assert 'raise ZeroDivisionError("it went wrong")' == line_of(recording, raised)


def test_one_in_a_template_has_the_line_of_the_template(
    app: Flask, recording: Recording, tmp_path: Path
) -> None:
    app.jinja_loader = FileSystemLoader(tmp_path)
    page = tmp_path / "page.html"
    page.write_text("<p>\n{{ g.user.name }}\n</p>", encoding="utf-8")

    @app.get("/page")
    def show() -> str:
        return render_template("page.html")

    @app.get("/text")
    def text() -> str:
        return render_template_string("{{ g.user.name }}")

    app.test_client().get("/page")
    app.test_client().get("/text")

    in_file, in_text = of(recording, ExceptionRaised)
    assert in_file.site is not None
    site = recording.sites[in_file.site - 1]
    assert (str(page), 2) == (site.path, site.line)
    assert 'return render_template_string("{{ g.user.name }}")' == line_of(recording, in_text)
    # A frame of a template has the line of what it was compiled to.
    lines = [line_of(recording, missed) for missed in of(recording, GMissed)]
    assert ['return render_template("page.html")', line_of(recording, in_text)] == lines


@pytest.mark.parametrize("kind", [ZeroDivisionError, Exception])
def test_a_handled_exception_says_so_before_its_handler_runs(
    app: Flask, recording: Recording, kind: type[Exception]
) -> None:
    @app.errorhandler(kind)
    def handle(error: Exception) -> str:
        g.handled = True
        return "handled"

    assert b"handled" == app.test_client().get("/boom").data

    (raised,) = of(recording, ExceptionRaised)
    assert ("ZeroDivisionError", "it went wrong", True) == (raised.type, raised.message, raised.handled)
    assert 'raise ZeroDivisionError("it went wrong")' == line_of(recording, raised)
    assert ["exception", "g.set"] == [kind for kind in kinds(recording) if kind in ("exception", "g.set")]


def test_a_handler_that_fails_leaves_two(app: Flask, recording: Recording) -> None:
    @app.errorhandler(ZeroDivisionError)
    def handle(error: ZeroDivisionError) -> str:
        raise LookupError("the handler, too")

    app.test_client().get("/boom")

    told = [(raised.type, raised.handled) for raised in of(recording, ExceptionRaised)]
    assert [("ZeroDivisionError", True), ("LookupError", False)] == told


def test_an_answer_is_no_exception(app: Flask, recording: Recording) -> None:
    """404 and its like, and the one in which Flask wraps what nobody handled."""

    @app.errorhandler(404)
    @app.errorhandler(500)
    def answer(error: HTTPException) -> tuple[str, int]:
        return "an answer", error.code or 0

    client = app.test_client()
    client.get("/nowhere")
    client.get("/boom")

    assert [False] == [raised.handled for raised in of(recording, ExceptionRaised)]
