"""Events of ``g``."""

from __future__ import annotations

from typing import Literal, NamedTuple

from flaskscope.events.values import Snapshot


class GSet(NamedTuple):
    """A name in ``g`` was given a value."""

    number: int
    at_ns: int
    kind: Literal["g.set"]
    lane: int
    context: int | None
    site: int | None
    name: str
    value: Snapshot


class GDeleted(NamedTuple):
    """A name was taken out of ``g``, by ``del`` or by ``g.pop()``."""

    number: int
    at_ns: int
    kind: Literal["g.deleted"]
    lane: int
    context: int | None
    site: int | None
    name: str


class GMissed(NamedTuple):
    """A name was asked for and is not in ``g``. *how* is ``attribute``, ``get`` or ``pop``."""

    number: int
    at_ns: int
    kind: Literal["g.missed"]
    lane: int
    context: int | None
    site: int | None
    name: str
    how: str


class GRead(NamedTuple):
    """A name in ``g`` was read. Recorded only when reads of ``g`` were asked for."""

    number: int
    at_ns: int
    kind: Literal["g.read"]
    lane: int
    context: int | None
    site: int | None
    name: str
