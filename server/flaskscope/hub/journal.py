"""The only store of events: numbered, bounded, and honest about what left."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flaskscope.errors import shown
from flaskscope.events import Event

#: Events kept unless told otherwise; the oldest leave first.
DEFAULT_CAPACITY = 100_000


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the journal: *missed* events that are gone, then *events* without a gap."""

    missed: int
    events: list[Event]


class Journal:
    """The latest *capacity* events, in the order of their numbers.

    Safe to use from any thread. Adding and reading move lists of references and never touch a single event, so
    that neither grows with what an event holds.

    Args:
        capacity: How many events to keep; at least 1.

    Raises:
        ValueError: If *capacity* is below 1.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        if capacity < 1:
            raise ValueError(f"capacity is {capacity}: a journal that keeps nothing. Make it at least 1.")
        self._capacity = capacity
        #: A ring: event *n* is in slot (n - 1 - origin) % capacity. It grows up to the capacity, then it is written
        #: over. The origin is 0, but for a journal that joins a recording which had begun before.
        self._slots: list[Event] = []
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
            return self._last - len(self._slots) + 1, self._last

    def add(self, events: list[Event]) -> None:
        """Keep *events*, whose numbers go on where the last ones ended; the first ever may have any number.

        Raises:
            ValueError: If they do not; nothing is kept then. Only the two ends are looked at.
        """
        if not events:
            return
        with self._lock:
            first, last = events[0][0], events[-1][0]
            if not self._slots:
                self._origin = self._last = first - 1
            if first != self._last + 1 or last - first + 1 != len(events):
                raise ValueError(
                    f"{len(events)} events numbered {shown(first)} to {shown(last)} cannot follow number "
                    f"{self._last}: the numbers of a recording have no gaps."
                )
            self._keep(events, last)
            self._last = last

    def read(self, after: int, limit: int) -> Page:
        """Return at most *limit* of the events newer than number *after*, oldest first.

        Pass 0 to read from the beginning. Events that already left are counted in the page, not hidden.
        """
        with self._lock:
            begin = self._last - len(self._slots) + 1
            first = max(after + 1, begin)
            end = min(first + limit, self._last + 1)
            missed = max(0, min(begin, self._last + 1) - (after + 1))
            return Page(missed, self._stretch(first, end) if end > first else [])

    def events(self) -> list[Event]:
        """Return all events that are kept, oldest first."""
        return self.read(0, self._capacity).events

    def _keep(self, events: list[Event], last: int) -> None:
        """Put *events*, the newest of which has number *last*, into their slots."""
        free = self._capacity - len(self._slots)
        self._slots.extend(events[:free])
        # A batch may be larger than the whole journal: only its end can stay.
        over = events[free:][-self._capacity :]
        at = (last - self._origin - len(over)) % self._capacity
        room = self._capacity - at
        self._slots[at : at + len(over[:room])] = over[:room]
        self._slots[: len(over[room:])] = over[room:]

    def _stretch(self, first: int, end: int) -> list[Event]:
        """Return the events *first* up to, not including, *end*; all of them are kept."""
        begin, stop = ((number - 1 - self._origin) % self._capacity for number in (first, end))
        if begin < stop:
            return self._slots[begin:stop]
        return self._slots[begin:] + self._slots[:stop]
