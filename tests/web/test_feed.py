"""Where other processes send their events: who may, what is refused, and how it ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Peer, Served  # type: ignore[import-not-found]

Connect = Callable[..., "Peer"]

FEED = "/_flaskscope/feed"
HELLO = json.loads((Path(__file__).parents[1] / "wire" / "hello.json").read_text())


def events(first: int, last: int) -> dict[str, Any]:
    rows = [
        [number, 0, "g.set", 1, None, None, "user", ["1", "int", None, 0]]
        for number in range(first, last + 1)
    ]
    return {"v": 1, "type": "events", "from": first, "to": last, "lanes": [], "sites": [], "rows": rows}


def feed(served: Served, connect: Connect, **options: Any) -> Peer:
    options["headers"] = {"Origin": None, **options.get("headers", {})}
    return connect(served, path=FEED, **options)


def asking(served: Served, connect: Connect) -> Peer:
    """A page that wants to know of other processes."""
    page = connect(served)
    page.until("hello")
    page.send({"v": 1, "type": "follow", "after": 0, "run": None, "processes": True})
    return page


def test_events_of_a_process_arrive_at_pages_that_ask_and_at_no_other(
    served: Served, connect: Connect
) -> None:
    page, other = asking(served, connect), connect(served)
    other.until("hello")
    process = feed(served, connect)
    process.send(HELLO)
    assert {"v": 1, "type": "follow", "after": 0, "run": HELLO["run"]} == process.message()
    process.send(events(1, 3))

    told = page.until("process")
    assert (HELLO["run"], "live", HELLO["lanes"]) == (told["run"], told["state"], told["lanes"])
    assert {**events(1, 3), "run": HELLO["run"]} == page.until("events")
    process.send_frame(8, (1000).to_bytes(2, "big"))
    assert "ended" == page.until("process")["state"]

    served.get("/")
    first = other.message()
    assert ("events", 1, None) == (first["type"], first["from"], first.get("run"))


def test_a_process_that_comes_back_is_told_where_it_was(served: Served, connect: Connect, wait: Any) -> None:
    process = feed(served, connect)
    process.send(HELLO)
    process.message()
    process.send(events(1, 30))
    page = asking(served, connect)
    page.until("events")
    process.socket.close()
    assert "away" == page.until("process")["state"]

    process = feed(served, connect)
    process.send(HELLO)

    assert 30 == process.message()["after"]


def test_a_page_of_another_site_may_not(served: Served, connect: Connect) -> None:
    assert 403 == feed(served, connect, headers={"Origin": "http://elsewhere.example"}).status
    assert 403 == feed(served, connect, headers={"Host": "elsewhere.example"}).status


def test_the_token_is_needed_where_there_is_one(serve: Callable[..., Served], connect: Connect) -> None:
    served = serve({"FLASKSCOPE_TOKEN": "a-token-that-is-long-enough"})

    assert 401 == feed(served, connect).status
    bearer = {"Authorization": "Bearer a-token-that-is-long-enough"}
    assert 101 == feed(served, connect, headers=bearer).status


@pytest.mark.parametrize(
    "sent",
    [
        ["nonsense"],
        [events(1, 1)],
        [{**HELLO, "run": "<script>"}],
        [HELLO, events(2, 3)],
        [HELLO, events(1, 3), events(3, 4)],
        [HELLO, {**events(1, 3), "to": 9}],
        [HELLO, "[" * 10_000],
    ],
)
def test_what_is_not_whole_is_answered_and_ends_it(served: Served, connect: Connect, sent: list[Any]) -> None:
    process = feed(served, connect)
    for message in sent:
        process.send(message)

    assert process.until("error")["remedy"]
    assert 1008 == process.close_code()
    assert 200 == served.get("/")[0]


def test_a_message_too_long_ends_it(served: Served, connect: Connect) -> None:
    process = feed(served, connect)
    process.send(HELLO)
    process.message()
    process.send_frame(1, b" " * (8 * 1024 * 1024 + 1))

    assert 1009 == process.close_code()


def test_a_flood_is_slowed_down_not_cut_off(served: Served, connect: Connect) -> None:
    """Unlike a page, a process has much to say."""
    process = feed(served, connect)
    process.send(HELLO)
    process.message()
    for number in range(1, 1_001):
        process.send(events(number, number))

    page = asking(served, connect)
    while page.until("events")["to"] < 1_000:
        pass


def test_nothing_is_left_behind(served: Served, connect: Connect, wait: Callable[..., None]) -> None:
    before = threading.active_count()
    for number in range(10):
        process = feed(served, connect)
        process.send({**HELLO, "run": f"run{number}"})
        process.message()
        process.socket.close()

    wait(lambda: threading.active_count() <= before, f"{before} -> {threading.enumerate()}")


def test_the_end_of_the_server_is_said(served: Served, connect: Connect) -> None:
    process = feed(served, connect)
    process.send(HELLO)
    process.message()

    served.scope.hub.stop()

    assert 1012 == process.close_code()


def test_a_process_on_another_machine_learns_the_time_and_pages_how_sure_it_is(
    served: Served, connect: Connect
) -> None:
    page = asking(served, connect)
    process = feed(served, connect)
    process.send(HELLO)
    process.message()
    clock = page.until("process")["clock"]
    assert (None, None, None) == (clock["offset_ms"], clock["uncertainty_ms"], clock["by"])

    before = time.time() * 1e3
    process.send({"v": 1, "type": "clock", "asked_ns": "17", "offset_ms": None, "uncertainty_ms": None})
    answer = process.message()
    assert ("clock", "17") == (answer["type"], answer["asked_ns"])
    assert before - 1_000 < answer["unix_ms"] < time.time() * 1e3 + 1_000
    process.send({"v": 1, "type": "clock", "asked_ns": "18", "offset_ms": -2.5, "uncertainty_ms": 0.75})

    clock = page.until("process")["clock"]
    assert (-2.5, 0.75, "hub") == (clock["offset_ms"], clock["uncertainty_ms"], clock["by"])


def test_a_process_that_falls_silent_is_away(
    served: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host was switched off: nothing tells that the connection is no more."""
    monkeypatch.setattr("flaskscope.web.feed.SILENCE_SECONDS", 0.3)
    page = asking(served, connect)
    process = feed(served, connect)
    process.send({**HELLO, "beats": True})
    process.message()
    assert "live" == page.until("process")["state"]

    assert "away" == page.until("process")["state"]
