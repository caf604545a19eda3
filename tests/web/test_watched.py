"""Over a real server: recording only while somebody watches, and paths that are left out."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable

import flask.ctx

from tests.web.conftest import DEADLINE_SECONDS, Peer, Served

WATCHED = {"FLASKSCOPE_RECORD": "watched"}


def kinds(served: Served, after: int = 0) -> list[str]:
    _, _, body = served.get(f"/_flaskscope/events?after={after}")
    return [json.loads(line)["kind"] for line in body.splitlines()]


class TestWatched:
    def test_nothing_is_recorded_until_a_page_is_open_and_again_when_it_is_gone(
        self, serve: Callable[..., Served], connect: Callable[..., Peer], wait: Callable[..., None]
    ) -> None:
        bare = flask.ctx.AppContext.push
        served = serve(WATCHED)
        assert bare is flask.ctx.AppContext.push
        served.get("/")
        assert [] == kinds(served)

        with connect(served) as page:
            assert 1 == page.until("hello")["last"]
            page.follow(0)
            served.get("/")
            told: list[str] = []
            while "context.popped" not in told:
                told += [row[2] for row in page.until("events")["rows"]]
            assert "recorder.resumed" == told[0]
            assert {"context.pushed", "g.set", "session.saved"} <= set(told)

        wait(lambda: served.scope.recording.is_paused, "nobody watches, and it is still recorded")
        assert bare is flask.ctx.AppContext.push
        before = len(kinds(served))
        served.get("/")
        assert before == len(kinds(served))

    def test_whoever_follows_the_events_watches(
        self, serve: Callable[..., Served], wait: Callable[..., None]
    ) -> None:
        served = serve(WATCHED)
        url = f"http://127.0.0.1:{served.port}/_flaskscope/events?follow=1"
        with urllib.request.urlopen(url, timeout=DEADLINE_SECONDS) as lines:
            wait(lambda: not served.scope.recording.is_paused, "somebody watches, and nothing is recorded")
            served.get("/")
            first, second = json.loads(lines.readline()), json.loads(lines.readline())

        assert ["recorder.resumed", "context.pushed"] == [first["kind"], second["kind"]]
        assert 2 == second["number"]

    def test_a_page_that_is_loaded_anew_interrupts_nothing(
        self, serve: Callable[..., Served], connect: Callable[..., Peer]
    ) -> None:
        served = serve(WATCHED)
        for _ in range(3):
            with connect(served) as page:
                page.until("hello")
                served.get("/")

        assert 1 == kinds(served).count("recorder.resumed")


def test_excluded_paths_are_not_told_of(serve: Callable[..., Served]) -> None:
    served = serve({"FLASKSCOPE_EXCLUDE": "/health,/api/*/ping"})
    for path in ("/health", "/", "/health/deep", "/api/1/ping", "/healthy"):
        served.get(path)

    _, _, body = served.get("/_flaskscope/events")
    events = [json.loads(line) for line in body.splitlines()]
    paths = [event["about"]["path"] for event in events if "path" in event.get("about", {})]
    assert ["/", "/healthy"] == paths
    assert list(range(1, len(events) + 1)) == [event["number"] for event in events]
