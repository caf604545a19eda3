"""The only store of events: numbered, bounded, and honest about what left."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from flaskscope.errors import shown
from flaskscope.events import Event
from flaskscope.hub.packed import PackedEvents

#: Events kept unless told otherwise; the oldest leave first.
DEFAULT_CAPACITY = 100_000

#: The newest events, which those who watch are reading, are kept as they are. When there are more, the oldest of them
#: are put away, so many at a time. They are few, so that the garbage collector does not take them for some that stay.
KEPT_AS_THEY_ARE = 256
#: That is more when more come at once, up to this: they are about to be read.
MOST_KEPT_AS_THEY_ARE = 8_192
PACKED_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the journal: *missed* events that are gone, then *events* without a gap."""

    missed: int
    events: list[Event]


class Journal:
    """The latest *capacity* events, in the order of their numbers.

    Safe to use from any thread. Adding and reading take a time that does not grow with how many are kept.

    Args:
        capacity: How many events to keep; at least 1.

    Raises:
        ValueError: If *capacity* is below 1.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        if capacity < 1:
            raise ValueError(f"capacity is {capacity}: a journal that keeps nothing. Make it at least 1.")
        self._capacity = capacity
        #: Oldest first, each of `PACKED_AT_ONCE` events. Of the first, some may have left already.
        self._packed: deque[PackedEvents] = deque()
        #: The events after those, up to the newest.
        self._newest: list[Event] = []
        #: A journal that joins a recording which had begun before has its first event after this.
        self._origin = 0
        self._last = 0
        self._lock = threading.Lock()

    @property
    def capacity(self) -> int:
        """How many events are kept at most."""
        return self._capacity

    @property
    def last(self) -> int:
        """The number of the newest event, 0 before there is one."""
        return self._last

    @property
    def first(self) -> int:
        """The number of the oldest event that is still kept; last + 1 when there is none."""
        return self.bounds()[0]

    def bounds(self) -> tuple[int, int]:
        """Return `first` and `last` as they are at one moment."""
        with self._lock:
            return self._begin(), self._last

    def add(self, events: list[Event]) -> None:
        """Keep *events*, whose numbers go on where the last ones ended; the first ever may have any number.

        Raises:
            ValueError: If they do not; nothing is kept then. Only the two ends are looked at.
        """
        if not events:
            return
        with self._lock:
            first, last = events[0][0], events[-1][0]
            if self._last == self._origin:
                self._origin = self._last = first - 1
            if first != self._last + 1 or last - first + 1 != len(events):
                raise ValueError(
                    f"{len(events)} events numbered {shown(first)} to {shown(last)} cannot follow number "
                    f"{self._last}: the numbers of a recording have no gaps."
                )
            self._newest.extend(events)
            self._last = last
            self._let_go()
            self._pack(min(max(KEPT_AS_THEY_ARE, len(events)), MOST_KEPT_AS_THEY_ARE))

    def read(self, after: int, limit: int) -> Page:
        """Return at most *limit* events that come after number *after*, and how many before those are gone."""
        with self._lock:
            begin, last = self._begin(), self._last
            first = max(after + 1, begin)
            end = min(first + limit, last + 1)
            missed = max(0, min(begin, last + 1) - (after + 1))
            packed, newest = self._stretch(first, end) if end > first else ([], [])
        found: list[Event] = []
        for stretch in packed:
            found += stretch.events(max(first - stretch.first, 0), max(end - stretch.first, 0))
        return Page(missed, found + newest if found else newest)

    def events(self) -> list[Event]:
        """Return all events that are kept, oldest first."""
        return self.read(0, self._capacity).events

    def of(self, kinds: Collection[type[Event]]) -> list[Event]:
        """Return the events of certain *kinds* that are kept, oldest first."""
        with self._lock:
            begin = self._begin()
            packed, newest = list(self._packed), list(self._newest)
        found = [event for stretch in packed for event in stretch.of(kinds)]
        found += [event for event in newest if type(event) in kinds]
        return [event for event in found if event[0] >= begin]

    def _begin(self) -> int:
        return max(self._last - self._capacity, self._origin) + 1

    def _let_go(self) -> None:
        """Forget what is older than the journal keeps."""
        begin = self._begin()
        while self._packed and self._packed[0].first + PACKED_AT_ONCE <= begin:
            self._packed.popleft()
        if not self._packed:
            # Of many at once, most need not be packed first.
            del self._newest[: begin - self._newest[0][0]]

    def _pack(self, kept: int) -> None:
        """Put away the oldest events of those that are kept as they are, as far as there are more than *kept*."""
        newest = self._newest
        spare = len(newest) - kept
        if spare < PACKED_AT_ONCE:
            return
        spare -= spare % PACKED_AT_ONCE
        for at in range(0, spare, PACKED_AT_ONCE):
            self._packed.append(PackedEvents(newest[at : at + PACKED_AT_ONCE]))
        del newest[:spare]

    def _stretch(self, first: int, end: int) -> tuple[list[PackedEvents], list[Event]]:
        """Return what holds the events *first* up to, not including, *end*, all of which are kept."""
        begin = self._newest[0][0]
        packed: list[PackedEvents] = []
        if first < begin:
            oldest = self._packed[0].first
            at, stop = (first - oldest) // PACKED_AT_ONCE, (end - 1 - oldest) // PACKED_AT_ONCE + 1
            packed = list(islice(self._packed, at, stop))
        return packed, self._newest[max(first - begin, 0) : max(end - begin, 0)]
