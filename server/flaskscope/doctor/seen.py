"""What is remembered of one context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from flaskscope.events import SessionOpened, SessionSaved


class Write(NamedTuple):
    """A name that was put into a ``g``, or a key used of a session: by which event, at which line, in which context."""

    event: int
    site: int | None
    context: int
    request: int | None


class Miss(NamedTuple):
    """A name that was asked for in a ``g`` and was not there."""

    event: int
    at_ns: int
    site: int | None
    context: int
    name: str
    how: str


#: What all contexts have of which there is nothing to remember: thousands are remembered, and the garbage collector
#: visits each dictionary there is. Nobody may put anything in here.
NOTHING: Final[dict[Any, Any]] = {}


def _nothing() -> dict[Any, Any]:
    return NOTHING


@dataclass(slots=True, eq=False)
class Seen:
    """A context, as far as events told of it."""

    number: int
    type: str
    has_request: bool  #: whether it carries a request
    how: str  #: of its first push, or ``stream`` while one has it pushed
    lane: int
    thread: str
    event: int  #: of its first push
    site: int | None
    pushed_at_ns: int
    g: int | None  #: the context whose ``g`` code in it sees
    method: str | None = None
    path: str | None = None
    reused: int | None = None
    copied: int | None = None
    implicit: bool = False
    pushes: int = 1
    ways: list[str] | None = None  #: how each of its pushes came about, once it was pushed again
    names: dict[str, Write] = field(default_factory=_nothing)
    misses: Sequence[Miss] = ()
    reads: dict[str, Write] = field(default_factory=_nothing)  #: of its session, the first of each key
    writes: dict[str, Write] = field(default_factory=_nothing)
    opened: SessionOpened | None = None
    saved: SessionSaved | None = None
    request: int | None = None  #: the first context with a request whose code saw its ``g``
    pop_failed: bool = False  #: somebody tried to pop it, and could not
    looked_at: bool = False  #: a test client pushed it again after its request, for the test to look at it
    again: str | None = None  #: how it was pushed when it had been popped before
    told: bool = False  #: what is wrong with it has been told by the rule that knows it best
    popped: int | None = None  #: the event that ended it
    over: int | None = None  #: the context whose ``g`` was seen in its thread before it was pushed
    scattered: bool = False  #: it was pushed more than once, maybe in several threads
    #: By function: the event of its first run.
    teardowns: dict[tuple[str, int | None], int] = field(default_factory=_nothing)
