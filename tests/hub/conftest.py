"""A recording that tests feed by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flaskscope.events import Event, GSet, Lane, Site, Snapshot
from flaskscope.hub.hub import Hub
from flaskscope.hub.journal import Journal


def an_event(number: int, lane: int = 1) -> Event:
    return GSet(number, number * 1_000, "g.set", lane, 1, 1, "user", Snapshot("'ada'", "str", 3, 0))


class FedSource:
    """Hands on what `record` was told, when it is flushed: a recording without an app."""

    def __init__(self, journal: Journal) -> None:
        self.run = "0123456789abcdef"
        self.clock = (1, 2.0)
        self.stack = "separate"
        self.lanes = [Lane(1, "MainThread", 1)]
        self.sites = [Site(1, "/app.py", 1, "index")]
        self.dropped = 0
        self.failures = 0
        self.flushes = 0
        self.on_flush: Callable[[], None] = lambda: None
        self._journal = journal
        self._waiting = 0
        self._numbered = 0
        self._lock = threading.Lock()

    def record(self, count: int = 1) -> None:
        with self._lock:
            self._waiting += count

    def flush(self, limit: int | None = None) -> bool:
        self.flushes += 1
        self.on_flush()
        with self._lock:
            count = self._waiting if limit is None else min(self._waiting, limit)
            numbers = range(self._numbered + 1, self._numbered + count + 1)
            self._numbered, self._waiting = self._numbered + count, self._waiting - count
            self._journal.add([an_event(number) for number in numbers])
            return not self._waiting

    def open_contexts(self) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def make_event() -> Callable[..., Event]:
    return an_event


@pytest.fixture
def journal() -> Journal:
    return Journal(10_000)


@pytest.fixture
def source(journal: Journal) -> FedSource:
    return FedSource(journal)


@pytest.fixture
def hub(source: FedSource, journal: Journal) -> Iterator[Hub]:
    made = Hub(source, journal, batch_seconds=0.002)
    yield made
    made.stop()
