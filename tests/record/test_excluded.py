"""Requests that are not to be told of leave nothing; all others are told as ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, Response, appcontext_pushed, g, session, stream_with_context

from flaskscope.events import ContextPopped, ContextPushed, GSet
from flaskscope.record.numbering.excluded import ExcludedPaths
from flaskscope.record.recorder import Recording, attach
from tests.record.story import of


@pytest.fixture
def recording(app: Flask) -> Iterator[Recording]:
    @app.get("/health")
    @app.get("/health/deep")
    @app.get("/healthy")
    def health() -> str:
        g.checked = True
        session["checked"] = True
        with app.app_context():
            g.inner = 1
        return ""

    with attach(app, exclude=["/health", "/tenants/*/ping"]) as recording:
        yield recording
        assert 0 == recording.failures


def paths(recording: Recording) -> list[str]:
    return [event.about["path"] for event in of(recording, ContextPushed) if "path" in event.about]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/static", True),
        ("/static/css/a.css", True),
        ("/statics", False),
        ("/api/7/ping", True),
        ("/api/7/ping/deep", True),
        ("/api/7/pong", False),
        ("/caf\u00c3\u00a9", True),  # a path of a WSGI environment, whose bytes are latin-1 characters
        ("/", False),
        (None, False),
    ],
)
def test_a_path_and_all_below_it_is_excluded(path: str | None, expected: bool) -> None:
    assert expected == (path in ExcludedPaths(["/static/", "/api/*/ping", "/café"]))


def test_the_root_excludes_everything() -> None:
    assert "/any" in ExcludedPaths(["/"])
    assert "/" in ExcludedPaths(["/"])


def test_nothing_of_it_is_told_and_no_number_is_missing(app: Flask, recording: Recording) -> None:
    client = app.test_client()
    for path in ("/", "/health", "/", "/health/deep", "/healthy"):
        client.get(path)

    events = recording.events()
    assert ["/", "/", "/healthy"] == paths(recording)
    assert list(range(1, len(events) + 1)) == [event.number for event in events]
    assert 0 == recording.dropped
    assert [] == recording.open_contexts()
    pushed, popped = of(recording, ContextPushed), of(recording, ContextPopped)
    assert sorted(event.context for event in pushed) == sorted(event.context for event in popped)


def test_what_a_receiver_does_before_its_path_is_known_is_not_told(app: Flask, recording: Recording) -> None:
    def note(sender: Flask) -> None:
        g.noted = True

    with appcontext_pushed.connected_to(note, app):
        client = app.test_client()
        for path in ("/health", "/"):
            client.get(path)

    assert ["/"] == paths(recording)
    assert ["noted", "user"] == [event.name for event in of(recording, GSet)]


def test_a_streamed_one_is_not_told_when_it_is_pushed_again(app: Flask, recording: Recording) -> None:
    @app.get("/health/stream")
    def stream() -> Response:
        def rows() -> Iterator[str]:
            g.row = 1
            yield "a row"

        return Response(stream_with_context(rows()))

    app.test_client().get("/health/stream").get_data()
    app.test_client().get("/")

    assert ["/"] == paths(recording)
    assert ["user"] == [event.name for event in of(recording, GSet)]


def test_what_another_thread_does_meanwhile_is_told(app: Flask, recording: Recording) -> None:
    @app.get("/health/slow")
    def slow() -> str:
        other = threading.Thread(target=lambda: app.test_client().get("/"))
        other.start()
        other.join()
        return ""

    app.test_client().get("/health/slow")

    assert ["/"] == paths(recording)
    assert ["user"] == [event.name for event in of(recording, GSet)]


def test_one_left_pushed_hides_no_later_request_of_its_thread(app: Flask, recording: Recording) -> None:
    def leave() -> None:
        context = app.test_request_context("/health")
        context.push()
        left.append(context)

    left: list[object] = []
    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
    for _ in range(3):  # one of them may well get its identity
        later = threading.Thread(target=lambda: app.test_client().get("/"))
        later.start()
        later.join()

    assert ["/"] * 3 == paths(recording)
