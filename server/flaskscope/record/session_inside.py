"""What changed inside the values of a session, which no method of the session tells.

A session without containers, the usual one, costs nothing here: `items_of` meets every value anyway, and only one of a
changeable type is marked. At the save the same containers are marked again.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from flaskscope.record.channel import session_owners
from flaskscope.record.marks import CHANGEABLE, Marker
from flaskscope.snapshot import REDACTED_SNAPSHOT, IsSecret, keep

#: Entries of a session that are shown when it is opened, and looked into for changes inside.
MAX_ITEMS = 32


class Inside(NamedTuple):
    """A container among the values of a session when it was opened: its address, and the mark of what was in it."""

    address: int
    mark: int | None


Marks = dict[str, Inside]


def items_of(
    session: Any, is_secret: IsSecret, owner: tuple[Any, ...] | None = None
) -> list[tuple[str, Any]]:
    """Return what is in a session that is a ``dict``, at most `MAX_ITEMS` of it; note what can change inside.

    That is noted beside its owner: the one that is known, or else *owner*.
    """
    items: list[tuple[str, Any]] = []
    containers: dict[str, Any] | None = None
    for key, value in list(dict.items(session))[:MAX_ITEMS]:
        if type(key) is not str:
            continue
        if is_secret(key):
            items.append((key, REDACTED_SNAPSHOT))
            continue
        kept = keep(value, is_secret)
        items.append((key, kept))
        if kept is not value and id(type(value)) in CHANGEABLE:
            containers = containers or {}
            containers[key] = value
    if containers is not None:
        _mark(session, containers, session_owners.get(id(session)) or owner)
    return items


def _mark(session: Any, containers: dict[str, Any], owner: tuple[Any, ...] | None) -> None:
    if owner is not None and owner[2] is None:
        marker = Marker()
        marks = {key: Inside(id(value), marker.mark(value)) for key, value in containers.items()}
        session_owners[id(session)] = (*owner[:2], marks)


def changed_inside(session: Any, marks: Marks, is_secret: IsSecret) -> list[tuple[str, Any]]:
    """Return the keys whose container is the same as when the session was opened, but not what is in it.

    With each is a snapshot of what is in it now. A key that was given a new value is not among them: `SessionChanged`
    told of it.
    """
    marker = Marker()
    found = []
    get: Final = dict.get
    for key, (address, mark) in marks.items():
        value = get(session, key)
        if id(value) == address and mark is not None and marker.mark(value) not in (mark, None):
            found.append((key, keep(value, is_secret)))
    return found
