"""A stretch of events in less memory than they take as they are."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import Any, Final, cast

from flaskscope.events import KINDS, Event, Sees, Snapshot

_NAMES: Final[dict[Any, str]] = {kind: name for name, kind in KINDS.items()}

#: Plain tuples with what snapshots and the like have in them, by those. Past the limit all are forgotten.
MAX_SHARED = 1_024

_shared: Final[dict[Any, tuple[Any, ...]]] = {}

#: Where the kinds that come most have something with a class of its own, counted in what `_rest` returns.
_INSIDE: Final[dict[str, tuple[int, type[Any]]]] = {
    "g.set": (5, Snapshot),
    "session.changed": (5, Snapshot),
    "context.popped": (8, Sees),
}


class PackedEvents:
    """Events with consecutive numbers, put away.

    A third of what an event takes are the objects of its number and its time and the garbage collector's note of it.
    Here numbers are counted again, times are in an array, and the rest is a plain tuple. As long as there is nothing
    but text, numbers and other plain tuples in it, the collector need not visit it: it would visit all of a hundred
    thousand whenever a quarter as many have come, in the thread of whatever request is served then. Safe to use from
    any thread: it never changes.

    Args:
        events: At least one, without a gap.
    """

    __slots__ = ("_rests", "_times", "first")

    def __init__(self, events: list[Event]) -> None:
        #: The number of the first of them.
        self.first = events[0][0]
        self._times = array("q", [event[1] for event in events])
        self._rests = [_rest(event) for event in events]

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
        made = []
        for at in places:
            rest = rests[at]
            inside = _INSIDE.get(rest[0])
            if inside is not None and type(rest[inside[0]]) is tuple:
                place, cls = inside
                rest = (*rest[:place], make(cls, rest[place]), *rest[place + 1 :])
            made.append(make(KINDS[rest[0]], (first + at, times[at], *rest)))
        return made


def _rest(event: Event) -> tuple[Any, ...]:
    """Return *event* without its number and its time, and without anything that the garbage collector has to visit."""
    inside = _INSIDE.get(event[2])
    if inside is None:
        return event[2:]
    place = inside[0] + 2
    value: Any = event[place]
    if type(value) is not inside[1]:  # a recorder with a bug let it through
        return event[2:]
    plain = _shared.get(value)
    if plain is None:
        if len(_shared) >= MAX_SHARED:
            _shared.clear()
        plain = _shared[value] = value[:]
    return (*event[2:place], plain, *event[place + 1 :])
