"""The hub: everyone who watches gets everything, or is told what is missing; nobody is slowed by another."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from flaskscope import wire
from flaskscope.events import Event, Lane, Site
from flaskscope.hub.frames import MAX_ROWS
from flaskscope.hub.hub import SETTLE_SECONDS, Hub
from flaskscope.hub.journal import Journal
from flaskscope.hub.subscriber import Subscriber

if TYPE_CHECKING:
    from conftest import FedSource  # type: ignore[import-not-found]

DEADLINE_SECONDS = 10.0


def read_to(subscriber: Subscriber, last: int) -> list[dict[str, Any]]:
    """All messages up to the one with event *last*."""
    messages: list[dict[str, Any]] = []
    end = time.monotonic() + DEADLINE_SECONDS
    while not messages or messages[-1].get("to", 0) < last:
        assert time.monotonic() < end, f"no event {last} in {messages[-3:]}"
        text = subscriber.next(0.1)
        if text is not None:
            messages.append(json.loads(text))
    return messages


def next_message(subscriber: Subscriber) -> dict[str, Any]:
    text = subscriber.next(DEADLINE_SECONDS)
    assert text is not None
    message: dict[str, Any] = json.loads(text)
    return message


def numbers(messages: list[dict[str, Any]]) -> list[int]:
    return [row[0] for message in messages for row in message.get("rows", [])]


def wait_until(condition: Any, what: str) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, what
        threading.Event().wait(0.005)


class TestSubscribing:
    def test_a_subscriber_gets_what_happens_from_its_coming_on(self, hub: Hub, source: FedSource) -> None:
        source.record(5)

        with hub.subscribe() as subscriber:
            source.record(3)
            assert [6, 7, 8] == numbers(read_to(subscriber, 8))

    def test_it_can_ask_for_what_was_before(self, hub: Hub, source: FedSource) -> None:
        source.record(5)

        with hub.subscribe() as subscriber:
            subscriber.seek(2)
            assert [3, 4, 5] == numbers(read_to(subscriber, 5))

    def test_a_long_past_comes_in_frames_of_bounded_length(self, hub: Hub, source: FedSource) -> None:
        source.record(5 * MAX_ROWS - 1)

        with hub.subscribe() as subscriber:
            subscriber.seek(0)
            messages = read_to(subscriber, 5 * MAX_ROWS - 1)

        assert list(range(1, 5 * MAX_ROWS)) == numbers(messages)
        assert max(len(message["rows"]) for message in messages) <= MAX_ROWS

    def test_a_lane_that_appears_later_is_told_before_its_events_are_read(
        self, hub: Hub, source: FedSource
    ) -> None:
        with hub.subscribe() as subscriber:
            source.record()
            first = read_to(subscriber, 1)
            source.lanes.append(Lane(2, "Thread-2", 1))
            source.record()
            second = read_to(subscriber, 2)

        assert [] == first[0]["lanes"]
        assert [[2, "Thread-2", 1]] == second[0]["lanes"]

    def test_frames_are_encoded_once_for_all_who_are_at_the_same_place(
        self, hub: Hub, source: FedSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[Sequence[Event]] = []
        encode = wire.encode_events

        def counting(events: Sequence[Event], lanes: Sequence[Lane], sites: Sequence[Site]) -> bytes:
            made.append(events)
            return encode(events, lanes, sites)

        monkeypatch.setattr(wire, "encode_events", counting)

        with ExitStack() as stack:
            subscribers = [stack.enter_context(hub.subscribe()) for _ in range(8)]
            for step in range(1, 21):
                source.record(3)
                for subscriber in subscribers:
                    read_to(subscriber, 3 * step)

        assert list(range(1, 61)) == [event[0] for batch in made for event in batch]


class TestLosing:
    def test_a_subscriber_that_stands_still_is_told_how_many_it_lost(
        self, hub: Hub, source: FedSource
    ) -> None:
        with hub.subscribe() as subscriber:
            source.record(25_000)
            wait_until(lambda: hub.framed == 25_000, "the pump did not come by")
            messages = read_to(subscriber, 25_000)

        assert {"type": "lost", "where": "stream", "from": 1, "to": 15_000, "count": 15_000} == {
            key: messages[0][key] for key in ("type", "where", "from", "to", "count")
        }
        assert list(range(15_001, 25_001)) == numbers(messages)

    def test_whoever_comes_back_too_late_is_told_so(self, hub: Hub, source: FedSource) -> None:
        source.record(12_000)

        with hub.subscribe() as subscriber:
            subscriber.seek(500)
            lost = next_message(subscriber)

        assert ("lost", "journal", 501, 2000, 1500) == tuple(
            lost[key] for key in ("type", "where", "from", "to", "count")
        )
        assert "10,000" in lost["why"]

    def test_events_that_never_got_a_number_are_counted_too(self, hub: Hub, source: FedSource) -> None:
        with hub.subscribe() as subscriber:
            source.record(2)
            read_to(subscriber, 2)
            source.dropped = 7
            lost = next_message(subscriber)

            assert ("recorder", 7, 3, 2) == tuple(lost[key] for key in ("where", "count", "from", "to"))
            source.record()
            assert [3] == numbers(read_to(subscriber, 3))

    def test_what_only_came_in_another_order_is_not_told_as_lost(self, hub: Hub, source: FedSource) -> None:
        """Two threads append in another order than they counted: one is missing for a moment."""
        with hub.subscribe() as subscriber:
            source.record(2)
            read_to(subscriber, 2)
            source.dropped = 1
            assert subscriber.next(SETTLE_SECONDS / 4) is None
            source.dropped = 0

            assert subscriber.next(2 * SETTLE_SECONDS) is None
            assert 0 == hub.dropped

    def test_losses_that_go_on_are_told_while_they_do(self, hub: Hub, source: FedSource) -> None:
        with hub.subscribe() as subscriber:
            end = time.monotonic() + 5
            told = None
            while told is None and time.monotonic() < end:
                source.dropped += 1
                told = subscriber.next(0.01)

        assert told is not None
        assert 0 < json.loads(told)["count"] < source.dropped

    def test_one_who_stands_still_does_not_hold_up_the_others(self, hub: Hub, source: FedSource) -> None:
        with hub.subscribe(), hub.subscribe() as other:
            received = []
            for step in range(1, 51):
                source.record(1_000)
                received += numbers(read_to(other, 1_000 * step))

        assert list(range(1, 50_001)) == received


class TestPublishing:
    def test_a_result_comes_after_the_events_that_came_before_it(self, hub: Hub, source: FedSource) -> None:
        with hub.subscribe() as subscriber:
            source.record(4)
            hub.publish(b'{"type":"result"}')

            types = [message["type"] for message in read_to(subscriber, 4)] + [
                next_message(subscriber)["type"]
            ]

        assert ["events", "result"] == types

    def test_everyone_gets_each_result_once(self, hub: Hub) -> None:
        with hub.subscribe() as one, hub.subscribe() as other:
            for number in range(3):
                hub.publish(b'{"type":"result","n":%d}' % number)

            for subscriber in (one, other):
                assert [0, 1, 2] == [next_message(subscriber)["n"] for _ in range(3)]
                assert subscriber.next(0.05) is None

    def test_a_result_of_before_is_not_sent_to_who_comes_after(self, hub: Hub) -> None:
        hub.publish(b'{"type":"result"}')

        with hub.subscribe() as subscriber:
            assert subscriber.next(0.05) is None


class TestPumping:
    def test_no_thread_runs_and_nothing_is_read_while_nobody_watches(
        self, hub: Hub, source: FedSource
    ) -> None:
        def is_pumping() -> bool:
            return any(thread.name == "flaskscope-pump" for thread in threading.enumerate())

        wait_until(lambda: not is_pumping(), "the pump of another test goes on")
        with hub.subscribe():
            assert is_pumping()
        wait_until(lambda: not is_pumping(), "the pump went on")

        flushes = source.flushes
        threading.Event().wait(0.05)
        assert flushes == source.flushes

    def test_it_runs_again_for_the_next_one(self, hub: Hub, source: FedSource) -> None:
        for number in range(1, 6):
            with hub.subscribe() as subscriber:
                source.record()
                assert [number] == numbers(read_to(subscriber, number))

    def test_a_recording_that_fails_is_logged_once_and_tried_again(
        self, hub: Hub, source: FedSource, caplog: pytest.LogCaptureFixture
    ) -> None:
        failures = iter(range(5))

        def fail() -> None:
            if next(failures, None) is not None:
                raise RuntimeError("broken")

        source.on_flush = fail
        with caplog.at_level(logging.ERROR), hub.subscribe() as subscriber:
            source.record()
            assert [1] == numbers(read_to(subscriber, 1))

        assert 1 == len(caplog.records)

    def test_of_a_flood_each_frame_is_sent_before_more_is_numbered(
        self, hub: Hub, source: FedSource, journal: Journal
    ) -> None:
        numbered_and_not_sent: list[int] = []
        with hub.subscribe() as subscriber:
            source.on_flush = lambda: numbered_and_not_sent.append(journal.last - hub.framed)
            source.record(5 * MAX_ROWS)

            messages = read_to(subscriber, 5 * MAX_ROWS)

        assert list(range(1, 5 * MAX_ROWS + 1)) == numbers(messages)
        assert {0} == set(numbered_and_not_sent)

    def test_stopping_wakes_everyone_at_once(self, hub: Hub) -> None:
        with hub.subscribe() as subscriber:
            threading.Timer(0.05, hub.stop).start()
            begun = time.monotonic()
            assert subscriber.next(DEADLINE_SECONDS) is None

        assert time.monotonic() - begun < DEADLINE_SECONDS / 2
        assert hub.stopping


def test_readers_that_come_and_go_get_everything_in_order(source: FedSource, journal: Journal) -> None:
    """Resuming after the last number, over random cuts, while events keep coming: nothing lost, nothing twice."""
    hub = Hub(source, journal, batch_seconds=0.001)
    total = 6_000
    done = threading.Event()

    def feed() -> None:
        for _ in range(total // 20):
            source.record(20)
            threading.Event().wait(0.001)
        done.set()

    threading.Thread(target=feed, daemon=True).start()
    received: list[int] = []
    cut = 0
    end = time.monotonic() + 30
    while len(received) < total:
        assert time.monotonic() < end, f"only {len(received)} of {total}"
        with hub.subscribe() as subscriber:
            subscriber.seek(received[-1] if received else 0)
            for _ in range(1 + cut % 3):
                text = subscriber.next(0.05)
                received += numbers([json.loads(text)]) if text else []
        cut += 1
    hub.stop()

    assert list(range(1, total + 1)) == received
    assert cut > 20
