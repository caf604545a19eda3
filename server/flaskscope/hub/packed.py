"""A stretch of events in less memory than they take as they are."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import Any, Final, cast

from flaskscope.events import KINDS, Event

_NAMES: Final[dict[Any, str]] = {kind: name for name, kind in KINDS.items()}


class PackedEvents:
    """Events with consecutive numbers, put away.

    A third of what an event takes are the objects of its number and its time and the garbage collector's note of it.
    Here numbers are counted again, times are in an array, and the rest is a plain tuple, which the collector need not
    visit while there is nothing but text and numbers in it. Safe to use from any thread: it never changes.

    Args:
        events: At least one, without a gap.
    """

    __slots__ = ("_rests", "_times", "first")

    def __init__(self, events: list[Event]) -> None:
        #: The number of the first of them.
        self.first = events[0][0]
        self._times = array("q", [event[1] for event in events])
        self._rests: list[tuple[Any, ...]] = [event[2:] for event in events]

    def __len__(self) -> int:
        return len(self._rests)

    def events(self, begin: int = 0, end: int | None = None) -> list[Event]:
        """Return those from index *begin* up to, not including, *end*, as they were."""
        return self._made(range(*slice(begin, end).indices(len(self))))

    def of(self, kinds: Collection[type[Event]]) -> list[Event]:
        """Return those of certain *kinds*, in order."""
        names = {_NAMES[kind] for kind in kinds}
        return self._made([at for at, rest in enumerate(self._rests) if rest[0] in names])

    def _made(self, places: Sequence[int]) -> list[Event]:
        # As `_make` does it, without counting the fields again.
        make = cast(Any, tuple.__new__)
        first, times, rests = self.first, self._times, self._rests
        return [make(KINDS[rests[at][0]], (first + at, times[at], *rests[at])) for at in places]
