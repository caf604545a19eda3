"""``flaskscope tail`` beside a real server."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskscope.events import KINDS
from tests.commands.command import Running, run


def visit(dashboard: str, path: str = "/login") -> None:
    urllib.request.urlopen(dashboard.partition("/_flaskscope")[0] + path, timeout=10).close()


@pytest.fixture
def tail(folder: Path, dashboard: str) -> Iterator[Running]:
    running = Running(folder, "tail", "--url", dashboard)
    yield running
    running.kill()


def test_events_come_as_they_happen_with_their_line_of_code(tail: Running, dashboard: str) -> None:
    visit(dashboard)

    tail.wait_for(r"g\.set +g\.user = 'ada'  \(\S+/shop\.py:11\)")
    tail.wait_for(r"session\.saved +written: it was modified")
    visit(dashboard)
    tail.wait_for(r"(?s)(request\.finished.*){2}")

    assert 0 == tail.interrupt()
    assert "Traceback" not in tail.output


def test_json_is_one_event_a_line_with_all_its_fields(folder: Path, dashboard: str) -> None:
    visit(dashboard)

    done = run(folder, "tail", "--url", dashboard, "--no-follow", "-f", "json")

    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert list(range(1, len(events) + 1)) == [event["number"] for event in events]
    assert all(list(KINDS[event["kind"]]._fields) == list(event) for event in events)


def test_after_leaves_out_what_one_has(folder: Path, dashboard: str) -> None:
    visit(dashboard)

    done = run(folder, "tail", "--url", dashboard, "--no-follow", "--after", "3", "-f", "json")

    assert 4 == json.loads(done.stdout.splitlines()[0])["number"]


def test_a_server_that_ends_ends_it(folder: Path) -> None:
    server = Running(folder, "run", "--app", "shop", "--port", "0")
    tail = Running(folder, "tail", "--url", server.wait_for(r"http://\S+"))
    try:
        visit(server.wait_for(r"http://\S+"))
        tail.wait_for("request.finished")
        server.kill()

        assert 0 == tail.wait()
    finally:
        server.kill()
        tail.kill()
