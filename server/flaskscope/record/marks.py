"""What a container looks like inside, as one number: two that differ tell that it was changed in between.

Flask notices ``session["cart"] = …``, but not ``session["cart"].append(…)``. A copy of each container would cost memory
and keep the app's objects alive; a number does neither. As with snapshots, only exact builtin types are looked into, so
that no code of the app's runs: anything else is taken by its address, which changes when another object takes its place
and stays when the object itself changes.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections import deque
from itertools import islice
from typing import Any, Final

#: Values looked at in all for the marks of one session. A change beyond them that leaves all sizes the same is missed.
MAX_MARKED = 300

#: Containers looked at inside each other; of a deeper one only its size counts. It also ends a cycle.
MAX_MARK_DEPTH = 20

#: Characters or bytes looked at from each end of a long text, bits of a large number, and what is a small one.
MAX_END = 1_000
MAX_BITS = 10_000
SMALL = 2**62

#: The types whose content can change inside, or hold something that can, by their addresses: to ask for the type itself
#: would ask the metaclass of the app's class for its hash.
CHANGEABLE: Final = frozenset(id(kind) for kind in (list, dict, set, tuple, deque, bytearray))

#: Types whose hash is their content, and whose code is Python's own.
_HASHED: Final = frozenset(
    id(kind) for kind in (type(None), bool, complex, range, datetime.date, datetime.timedelta, uuid.UUID)
)
_WITH_ZONE: Final = frozenset(id(kind) for kind in (datetime.datetime, datetime.time))
_TEXTS: Final = frozenset(id(kind) for kind in (str, bytes))
_ORDERED: Final = frozenset(id(kind) for kind in (list, tuple, deque))
_UNORDERED: Final = frozenset(id(kind) for kind in (set, frozenset))


class Marker:
    """Makes the marks of one session, at one moment: together they look at `MAX_MARKED` values at most.

    Not safe to use from several threads at once.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_MARKED

    def mark(self, value: Any) -> int | None:
        """Return a number for what is in *value* now; ``None`` if another thread changed it meanwhile.

        Numbers are comparable within one process only.
        """
        try:
            return self._of(value, 0)
        except RuntimeError:
            return None

    def _of(self, value: Any, depth: int) -> int:
        self._left -= 1
        is_a: type = type(value)
        # The usual ones first, each told apart from its like of another type.
        if is_a is str and len(value) <= 2 * MAX_END:
            return hash(value)
        if is_a is int and -SMALL < value < SMALL:
            odd: int = 4 * value + 1  # Python gives -1 and -2 the same hash
            return odd
        kind = id(is_a)
        if is_a is dict:
            return self._of_mapping(value, depth)
        if kind in _ORDERED:
            return hash(
                (kind, len(value), *[self._of(entry, depth + 1) for entry in self._seen(value, depth)])
            )
        if kind in _TEXTS:
            return hash((kind, len(value), value[:MAX_END], value[-MAX_END:]))
        if is_a is int:
            short = value.bit_length() <= MAX_BITS
            return hash((kind, value)) if short else hash((kind, value.bit_length(), id(value)))
        if is_a is float:
            return hash((kind, repr(value)))
        if kind in _HASHED or (
            kind in _WITH_ZONE and (value.tzinfo is None or type(value.tzinfo) is datetime.timezone)
        ):
            return hash((kind, value))
        if is_a is decimal.Decimal:
            return hash((kind, value.as_tuple()))
        if is_a is bytearray:
            return hash((kind, len(value), bytes(value[:MAX_END]), bytes(value[-MAX_END:])))
        if kind in _UNORDERED:
            total = 0
            for entry in self._seen(value, depth):
                total ^= hash((kind, self._of(entry, depth + 1)))  # small numbers alone would cancel out
            return hash((kind, len(value), total))
        return hash((kind, id(value)))

    def _of_mapping(self, value: dict[Any, Any], depth: int) -> int:
        # As of a set: the order in which keys were added is no content.
        total = 0
        for key, entry in self._seen(value.items(), depth):
            total ^= hash((self._of(key, depth + 1), self._of(entry, depth + 1)))
        return hash((id(dict), len(value), total))

    def _seen(self, entries: Any, depth: int) -> islice[Any]:
        return islice(entries, max(self._left, 0) if depth < MAX_MARK_DEPTH else 0)
