"""What examining the events gives reaches everyone who watches, after the events it rests on."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from flaskscope.events import Event
from flaskscope.hub.hub import Hub
from flaskscope.hub.journal import Journal
from flaskscope.hub.subscriber import Subscriber

WAIT_SECONDS = 10


class Examiner:
    """Finds a problem in every event whose number ends with 0."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, events: list[Event]) -> list[bytes]:
        self.seen += [event.number for event in events]
        return [
            json.dumps({"type": "problem", "event": event.number}).encode()
            for event in events
            if event.number % 10 == 0
        ]


@pytest.fixture
def examiner() -> Examiner:
    return Examiner()


@pytest.fixture
def examined_hub(source: Any, journal: Journal, examiner: Examiner) -> Iterator[Hub]:
    made = Hub(source, journal, batch_seconds=0.002, examine=examiner)
    yield made
    made.stop()


def next_message(subscriber: Subscriber) -> dict[str, Any]:
    message = subscriber.next(WAIT_SECONDS)
    assert message is not None
    return dict(json.loads(message))


def test_a_problem_comes_after_the_events_it_rests_on(examined_hub: Hub, source: Any) -> None:
    with examined_hub.subscribe() as subscriber:
        source.record(10)

        last, message = 0, next_message(subscriber)
        while message["type"] == "events":
            last, message = message["to"], next_message(subscriber)

    assert {"type": "problem", "event": 10} == message
    assert 10 == last


def test_one_who_comes_later_is_told_as_well(examined_hub: Hub, source: Any) -> None:
    with examined_hub.subscribe() as first:
        source.record(10)
        while next_message(first)["type"] != "problem":
            pass

        with examined_hub.subscribe() as second:
            message = next_message(second)

    assert {"type": "problem", "event": 10} == message


def test_what_happened_before_anybody_watched_is_examined_too(
    examined_hub: Hub, source: Any, examiner: Examiner
) -> None:
    source.record(25)

    with examined_hub.subscribe() as subscriber:
        found = [next_message(subscriber)["event"] for _ in range(2)]

    assert [10, 20] == found
    assert list(range(1, 26)) == examiner.seen


def test_with_nobody_watching_nothing_is_examined(examined_hub: Hub, source: Any, examiner: Examiner) -> None:
    source.record(25)
    examined_hub.flush()

    assert [] == examiner.seen


def test_what_shows_only_at_the_end_comes_once_after_all_else(
    source: Any, journal: Journal, examiner: Examiner
) -> None:
    ends = [b'{"type": "problem", "event": "the last"}']
    hub = Hub(source, journal, batch_seconds=0.002, examine=examiner, conclude=lambda: ends)
    with hub.subscribe() as subscriber:
        source.record(10)
        hub.flush()
        hub.conclude()
        was_examined = hub.is_examined
        found = [next_message(subscriber)]
        while found[-1].get("event") != "the last":
            found.append(next_message(subscriber))
        more = subscriber.next(0.05)
        is_examined = hub.is_examined
    hub.stop()

    assert not was_examined
    assert [10, "the last"] == [each["event"] for each in found if each["type"] == "problem"]
    assert more is None
    assert is_examined


def test_an_examiner_that_fails_costs_nobody_an_event(
    source: Any, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(events: list[Event]) -> list[bytes]:
        raise ZeroDivisionError("the doctor is ill")

    hub = Hub(source, journal, batch_seconds=0.002, examine=fail)
    with caplog.at_level(logging.ERROR), hub.subscribe() as subscriber:
        source.record(3)
        first = next_message(subscriber)
        source.record(3)
        second = next_message(subscriber)
    hub.stop()

    assert ["events", "events"] == [first["type"], second["type"]]
    assert 1 == sum("doctor failed" in record.message for record in caplog.records)
