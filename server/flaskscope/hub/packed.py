"""A stretch of events in less memory than they take as they are."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, TypeAlias

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
        names |= {simple for simple, (name, _) in _RESTORED.items() if name in names}
        return self._made([at for at, rest in enumerate(self._rests) if rest[0] in names])

    def _made(self, places: Sequence[int]) -> list[Event]:
        first, times, rests = self.first, self._times, self._rests
        made = []
        for at in places:
            rest = rests[at]
            simple = _RESTORED.get(rest[0])
            if simple is not None:
                kind, restore = simple
                rest = (kind, *rest[1:4], *restore(*rest[4:]))
            made.append(_new(KINDS[rest[0]], (first + at, times[at], *rest)))
        return made


def _rests(events: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return *events* without numbers and times, and without anything that the garbage collector has to visit."""
    simplifier_of = _SIMPLIFIED.get
    rests: list[tuple[Any, ...]] = []
    value_before: Any = rests  # which no event has
    plain_before: Any = None
    for event in events:
        kind = event[2]
        if kind == "g.set":
            # An app may do this a hundred times in a request.
            _, _, _, lane, context, site, name, value = event
            if value is not value_before and type(value) is Snapshot:
                value_before, plain_before = value, _share(value)
            if value is value_before:
                rests.append((_SET, lane, context, site, name, plain_before))
                continue
        simplify = simplifier_of(kind)
        # Where a recorder with a bug let something else through, it is kept as it is.
        rests.append((None if simplify is None else simplify(event)) or event[2:])
    return rests


def _share(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the plain tuple of *value*: the same one for equal ones."""
    plain = _shared.get(value)
    if plain is None:
        if len(_shared) >= MAX_SHARED:
            _shared.clear()
        plain = _shared[value] = value[:]
    return plain


# For each kind that comes with nearly every request and has more than text and numbers in it: a name for what it is
# when it is put away, how that is made of the event (not at all, if that is unusual), and how its fields come back.

_SET: Final = "g.set, simple"
_CHANGED: Final = "session.changed, simple"
_POPPED: Final = "context.popped, simple"
_PUSHED: Final = "context.pushed, simple"
_OPENED: Final = "session.opened, simple"
_SAVED: Final = "session.saved, simple"

_Rest: TypeAlias = tuple[Any, ...] | None


def _restore_set(name: Any, plain: Any) -> tuple[Any, ...]:
    return name, _new(Snapshot, plain)


def _simplify_changed(event: Any) -> _Rest:
    _, _, _, lane, context, site, key, value, late = event
    return (_CHANGED, lane, context, site, key, _share(value), late) if type(value) is Snapshot else None


def _restore_changed(key: Any, plain: Any, late: Any) -> tuple[Any, ...]:
    return key, _new(Snapshot, plain), late


def _simplify_popped(event: Any) -> _Rest:
    _, _, _, lane, context, site, duration_ns, unhandled, failure, pushes, sees, how = event
    if type(sees) is not Sees:
        return None
    # Each is of one request: there is nothing to share.
    return (_POPPED, lane, context, site, duration_ns, unhandled, failure, pushes, sees[:], how)


def _restore_popped(*rest: Any) -> tuple[Any, ...]:
    return (*rest[:4], _new(Sees, rest[4]), rest[5])


def _simplify_pushed(event: Any) -> _Rest:
    _, _, _, lane, context, site, about = event
    values = [*about.values()] if type(about) is dict else []
    if not values or type(values[-1]) is not Sees:
        return None
    values[-1] = values[-1][:]
    # Instead of the dictionary: its keys, which most have in common, and its values.
    return (_PUSHED, lane, context, site, _share(tuple(about)), *values)


def _restore_pushed(keys: Any, *values: Any) -> tuple[Any, ...]:
    about = dict(zip(keys, values, strict=True))
    about[keys[-1]] = _new(Sees, values[-1])
    return (about,)


def _simplify_opened(event: Any) -> _Rest:
    _, _, _, lane, context, site, interface, origin, items, *rest = event
    if type(items) is not list:
        return None
    plain = tuple([(item[0], _share(item[1])) for item in items if _is_entry(item)])
    return (
        (_OPENED, lane, context, site, interface, origin, plain, *rest) if len(plain) == len(items) else None
    )


def _is_entry(item: Any) -> bool:
    return type(item) is tuple and len(item) == 2 and type(item[1]) is Snapshot


def _restore_opened(interface: Any, origin: Any, items: Any, *rest: Any) -> tuple[Any, ...]:
    return interface, origin, [(key, _new(Snapshot, plain)) for key, plain in items], *rest


def _simplify_saved(event: Any) -> _Rest:
    _, _, _, lane, context, site, written, why, changed, *rest = event
    return (
        (_SAVED, lane, context, site, written, why, tuple(changed), *rest) if type(changed) is list else None
    )


def _restore_saved(written: Any, why: Any, changed: Any, *rest: Any) -> tuple[Any, ...]:
    return written, why, list(changed), *rest


_SIMPLIFIED: Final[dict[Any, Callable[[Any], _Rest]]] = {
    "session.changed": _simplify_changed,
    "context.popped": _simplify_popped,
    "context.pushed": _simplify_pushed,
    "session.opened": _simplify_opened,
    "session.saved": _simplify_saved,
}
_RESTORED: Final[dict[str, tuple[str, Callable[..., tuple[Any, ...]]]]] = {
    _SET: ("g.set", _restore_set),
    _CHANGED: ("session.changed", _restore_changed),
    _POPPED: ("context.popped", _restore_popped),
    _PUSHED: ("context.pushed", _restore_pushed),
    _OPENED: ("session.opened", _restore_opened),
    _SAVED: ("session.saved", _restore_saved),
}
