"""A stretch of events in less memory than they take as they are."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from flaskscope.events import KINDS, Event, Sees, Snapshot

_NAMES: Final[dict[Any, str]] = {kind: name for name, kind in KINDS.items()}

#: Plain tuples with what snapshots have in them, by those, and keys that come together. Past the limit all of them are
#: forgotten.
MAX_SHARED = 1_024

_shared: Final[dict[Any, tuple[Any, ...]]] = {}

#: As `_make` does it, without counting the fields again.
_new: Final[Any] = tuple.__new__


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
        self._rests = _rests(events)

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
        first, times, rests = self.first, self._times, self._rests
        made = []
        for at in places:
            rest = rests[at]
            restore = _RESTORED.get(rest[0])
            if restore is not None:
                rest = restore(rest)
            made.append(_new(KINDS[rest[0]], (first + at, times[at], *rest)))
        return made


def _rests(events: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return *events* without numbers and times, and without anything that the garbage collector has to visit."""
    simplifier_of = _SIMPLIFIED.get
    rests: list[tuple[Any, ...]] = []
    value_before = plain_before = None
    for event in events:
        kind = event[2]
        if kind == "g.set":
            # An app may do this a hundred times in a request.
            _, _, _, lane, context, site, name, value = event
            if value is not value_before:
                value_before, plain_before = value, _plain_value(value)
            rests.append((kind, lane, context, site, name, plain_before))
            continue
        simplify = simplifier_of(kind)
        rests.append(event[2:] if simplify is None else simplify(event))
    return rests


def _plain_value(value: Any) -> Any:
    """Return the plain tuple of a snapshot: the same one for equal ones."""
    # Where a recorder with a bug let something else through, it is kept as it is.
    return _share(value) if type(value) is Snapshot else value


def _plain_sees(value: Any) -> Any:
    # Each is of one request: there is nothing to share.
    return value[:] if type(value) is Sees else value


def _share(value: tuple[Any, ...]) -> tuple[Any, ...]:
    plain = _shared.get(value)
    if plain is None:
        if len(_shared) >= MAX_SHARED:
            _shared.clear()
        plain = _shared[value] = value[:]
    return plain


def _back(plain: Any, cls: type[Any]) -> Any:
    return _new(cls, plain) if type(plain) is tuple else plain


# For each kind that comes with nearly every request and has more than text and numbers in it: the event without number
# and time as a plain tuple of those, and back again.


def _simplify_set(event: Any) -> tuple[Any, ...]:
    return (*event[2:7], _plain_value(event[7]))


def _restore_set(rest: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*rest[:5], _back(rest[5], Snapshot))


def _simplify_changed(event: Any) -> tuple[Any, ...]:
    return (*event[2:7], _plain_value(event[7]), event[8])


def _restore_changed(rest: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*rest[:5], _back(rest[5], Snapshot), rest[6])


def _simplify_popped(event: Any) -> tuple[Any, ...]:
    return (*event[2:10], _plain_sees(event[10]), event[11])


def _restore_popped(rest: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*rest[:8], _back(rest[8], Sees), rest[9])


def _simplify_pushed(event: Any) -> tuple[Any, ...]:
    about = event[6]
    if type(about) is not dict:
        return event[2:]  # type: ignore[no-any-return]
    # Instead of the dictionary: its keys, which most have in common, and then its values.
    return (*event[2:6], _share(tuple(about)), *[_plain_sees(value) for value in about.values()])


def _restore_pushed(rest: tuple[Any, ...]) -> tuple[Any, ...]:
    keys = rest[4]
    if type(keys) is not tuple:
        return rest
    about = dict(zip(keys, rest[5:], strict=True))
    if "sees" in about:
        about["sees"] = _back(about["sees"], Sees)
    return (*rest[:4], about)


def _simplify_opened(event: Any) -> tuple[Any, ...]:
    items = event[8]
    if type(items) is not list or not all(_is_entry(item) for item in items):
        return event[2:]  # type: ignore[no-any-return]
    return (*event[2:8], tuple([(key, _share(value)) for key, value in items]), *event[9:])


def _restore_opened(rest: tuple[Any, ...]) -> tuple[Any, ...]:
    items = rest[6]
    if type(items) is not tuple:
        return rest
    return (*rest[:6], [(key, _new(Snapshot, plain)) for key, plain in items], *rest[7:])


def _is_entry(item: Any) -> bool:
    return type(item) is tuple and len(item) == 2 and type(item[1]) is Snapshot


def _simplify_saved(event: Any) -> tuple[Any, ...]:
    changed = event[8]
    return event[2:] if type(changed) is not list else (*event[2:8], tuple(changed), *event[9:])


def _restore_saved(rest: tuple[Any, ...]) -> tuple[Any, ...]:
    changed = rest[6]
    return rest if type(changed) is not tuple else (*rest[:6], list(changed), *rest[7:])


_SIMPLIFIED: Final[dict[Any, Callable[[Any], tuple[Any, ...]]]] = {
    "g.set": _simplify_set,
    "session.changed": _simplify_changed,
    "context.popped": _simplify_popped,
    "context.pushed": _simplify_pushed,
    "session.opened": _simplify_opened,
    "session.saved": _simplify_saved,
}
_RESTORED: Final[dict[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]]] = {
    "g.set": _restore_set,
    "session.changed": _restore_changed,
    "context.popped": _restore_popped,
    "context.pushed": _restore_pushed,
    "session.opened": _restore_opened,
    "session.saved": _restore_saved,
}
