"""What events are made of: values as text, failures, lanes, lines of code."""

from __future__ import annotations

from typing import NamedTuple

#: Bits of `Snapshot.flags`.
TRUNCATED = 1  #: the text is shorter than the value
REDACTED = 2  #: the name looks secret, so that the value was never looked at
OPAQUE = 4  #: not a builtin type: named by its type, never looked into


class Snapshot(NamedTuple):
    """A value as it was at one moment, as text that is safe to show.

    *text* has at most `flaskscope.snapshot.MAX_TEXT` characters. *size* is ``len()`` of a string or container
    and ``None`` for anything else. *flags* is a sum of `TRUNCATED`, `REDACTED` and `OPAQUE`.
    """

    text: str
    type: str
    size: int | None
    flags: int


class Failure(NamedTuple):
    """An exception, by the name of its class and its message (at most 500 characters)."""

    type: str
    message: str


class Unhandled(NamedTuple):
    """An exception that left the code of a context, as `Failure`, and the line that raised it."""

    type: str
    message: str
    site: int | None = None


class Sees(NamedTuple):
    """What code in a lane reaches after an event: numbers of contexts, ``None`` where the proxy would raise.

    *g* is where ``g`` and ``current_app`` point, *request* where ``request`` and ``session`` do. Up to Flask
    3.1 the two are looked up apart from each other; from 3.2 on ``request`` is there only if the newest context
    itself carries one.
    """

    g: int | None
    request: int | None


class Lane(NamedTuple):
    """A thread, an asyncio task or a greenlet of a process; *process* is the operating system's number.

    *name* is the one that somebody gave it. Threads that nobody named are called after the function they run,
    ``Thread (send_mail) 1``, and take turns in their lanes; a task after its thread, ``MainThread › Task-3``. An async
    view runs in a thread of its own while the thread of its request waits: its events are in the lane of that one.
    """

    id: int
    name: str
    process: int


class Site(NamedTuple):
    """A line of code: *path* is absolute, *line* begins at 1, *function* is the qualified name."""

    id: int
    path: str
    line: int
    function: str


class Head(NamedTuple):
    """The first six fields of every event."""

    number: int
    at_ns: int
    kind: str
    lane: int
    context: int | None
    site: int | None
