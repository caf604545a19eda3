"""The kinds of events and their fields: the language of the whole system.

An event is a named tuple, and the tuple itself is the row on the wire: the standard library's encoder writes
it as an array without another step, which is what keeps a watched app cheap. The first six fields are the same
for every kind (see `Head`), the rest is what the kind needs. Names are Flask's own.

Numbers, shared by all kinds:

* *number*: 1, 2, 3 … within one recording, without gaps. It is the order of events; times are not.
* *at_ns*: nanoseconds on the monotonic clock since the recording began. Two events may share one: of a usual request,
  both pushes have the time at which pushing began, and the opened session and the match that at which it ended.
* *lane*: the number of a `Lane` (a thread, a task or a greenlet of a process).
* *context*: the number of the context the event belongs to (``#7``), never used again for another one;
  ``None`` where there is none.
* *site*: the number of a `Site`, the line of the user's code that caused the event; ``None`` where no user
  code did (Flask itself pushed the context for a request, say).
"""

from __future__ import annotations

from typing import TypeAlias

from flaskscope.events.contexts import (
    ContextAbandoned,
    ContextPopped,
    ContextPushed,
    TeardownRan,
    ThreadStarted,
)
from flaskscope.events.g import GDeleted, GMissed, GRead, GSet
from flaskscope.events.recorder import RecorderFailed, RecorderResumed
from flaskscope.events.requests import (
    AccessFailed,
    ExceptionRaised,
    RequestFinished,
    RequestMatched,
    RequestStarted,
)
from flaskscope.events.sessions import (
    SessionChanged,
    SessionDeleted,
    SessionOpened,
    SessionRead,
    SessionSaved,
)
from flaskscope.events.values import (
    OPAQUE,
    REDACTED,
    TRUNCATED,
    Failure,
    Head,
    Lane,
    Sees,
    Site,
    Snapshot,
    Unhandled,
)

__all__ = [
    "KINDS",
    "Event",
    "TRUNCATED",
    "REDACTED",
    "OPAQUE",
    "Snapshot",
    "Failure",
    "Unhandled",
    "Sees",
    "Lane",
    "Site",
    "Head",
    "ContextPushed",
    "ContextPopped",
    "ContextAbandoned",
    "TeardownRan",
    "ThreadStarted",
    "GSet",
    "GDeleted",
    "GMissed",
    "GRead",
    "SessionOpened",
    "SessionRead",
    "SessionChanged",
    "SessionDeleted",
    "SessionSaved",
    "RequestStarted",
    "RequestMatched",
    "RequestFinished",
    "ExceptionRaised",
    "AccessFailed",
    "RecorderFailed",
    "RecorderResumed",
]

Event: TypeAlias = (
    ContextPushed
    | ContextPopped
    | ContextAbandoned
    | GSet
    | GDeleted
    | GMissed
    | GRead
    | SessionOpened
    | SessionRead
    | SessionChanged
    | SessionDeleted
    | SessionSaved
    | RequestStarted
    | RequestMatched
    | RequestFinished
    | ExceptionRaised
    | TeardownRan
    | AccessFailed
    | ThreadStarted
    | RecorderFailed
    | RecorderResumed
)

#: Every kind of event by the name it has on the wire, in the order a plain request shows them.
KINDS: dict[str, type[Event]] = {
    "context.pushed": ContextPushed,
    "session.opened": SessionOpened,
    "request.matched": RequestMatched,
    "request.started": RequestStarted,
    "g.set": GSet,
    "g.read": GRead,
    "g.missed": GMissed,
    "g.deleted": GDeleted,
    "session.read": SessionRead,
    "session.changed": SessionChanged,
    "session.deleted": SessionDeleted,
    "exception": ExceptionRaised,
    "session.saved": SessionSaved,
    "request.finished": RequestFinished,
    "teardown": TeardownRan,
    "context.popped": ContextPopped,
    "context.abandoned": ContextAbandoned,
    "access.failed": AccessFailed,
    "thread.started": ThreadStarted,
    "recorder.failed": RecorderFailed,
    "recorder.resumed": RecorderResumed,
}
