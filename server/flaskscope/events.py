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

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

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


class ContextPushed(NamedTuple):
    """A context was put on the stack. *about* describes it (this is the only event that does).

    Keys of *about*: ``id`` (its number), ``type`` (``app``, ``request``, or ``both`` for the merged context of
    Flask 3.2), ``how`` (``request``, ``by hand``, ``test client``, ``cli``, ``copy``, ``stream``), ``app`` (the
    application's name), ``thread`` (the thread's name), ``pushes`` (how often it is pushed now, from 1),
    ``sees`` (`Sees`, after the push). Only where they apply: ``reused`` (the app context already pushed, which
    a request context uses instead of a new one; Flask up to 3.1), ``implicit`` (an app context that Flask
    pushed for a request context), ``method`` and ``path`` (of its request), ``fired`` (the number a dashboard
    gave the request it fired), ``copied`` (the context whose request this one shares), ``g`` (pairs of a name
    that is already in its ``g`` and its `Snapshot`), ``g_unseen`` (what cannot be seen of its ``g``, in a few words:
    the app has a class of its own for it).
    """

    number: int
    at_ns: int
    kind: Literal["context.pushed"]
    lane: int
    context: int
    site: int | None
    about: dict[str, Any]


class ContextPopped(NamedTuple):
    """A context left the stack and its teardown functions have run.

    *duration_ns* counts from its first push. *unhandled* is the exception its code raised and nobody caught,
    *failure* the one that popping itself raised. *pushes* is how often it is still pushed: 0 means it is gone.
    """

    number: int
    at_ns: int
    kind: Literal["context.popped"]
    lane: int
    context: int
    site: int | None
    duration_ns: int
    unhandled: Failure | None
    failure: Failure | None
    pushes: int
    sees: Sees


class ContextAbandoned(NamedTuple):
    """The thread of a context ended while it was still pushed. Its teardown functions never ran.

    Of a task or a greenlet it is told once Python has let go of the context, which may take a garbage collection.
    *site* is where it was pushed; *at_ns* when it was noticed: within a second while somebody watches, else when the
    events are next asked for.
    """

    number: int
    at_ns: int
    kind: Literal["context.abandoned"]
    lane: int
    context: int
    site: int | None


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


class SessionOpened(NamedTuple):
    """The session of a request was opened.

    *interface* is the class of the session interface. *origin* is ``new`` (no cookie came), ``cookie``,
    ``refused`` (a cookie came but its content was not accepted: bad signature, expired, key changed), ``null``
    (no secret key: nothing can be saved) or ``given`` (handed over, as a copied context does). *items* are its
    entries, at most 32. *browser* is a small number for whoever holds the cookie; ``None`` while it has none.
    *size* is the number of entries. *refusal* is why a cookie was refused: ``signature`` (signed with another key, or
    altered), ``expired``, ``format`` (it is no session cookie of Flask's), or ``None`` where nobody knows.
    """

    number: int
    at_ns: int
    kind: Literal["session.opened"]
    lane: int
    context: int | None
    site: int | None
    interface: str
    origin: str
    items: list[tuple[str, Snapshot]]
    browser: int | None
    size: int
    refusal: str | None = None


class SessionRead(NamedTuple):
    """A key of the session was asked for; *found* is false when it was not there."""

    number: int
    at_ns: int
    kind: Literal["session.read"]
    lane: int
    context: int | None
    site: int | None
    key: str
    found: bool


class SessionChanged(NamedTuple):
    """A key of the session was given a value. Nothing is saved yet.

    *late* is true when nothing will be: the session had already been saved, or its response had left.
    """

    number: int
    at_ns: int
    kind: Literal["session.changed"]
    lane: int
    context: int | None
    site: int | None
    key: str
    value: Snapshot
    late: bool = False


class SessionDeleted(NamedTuple):
    """A key was taken out of the session; *key* is ``*`` when it was cleared. *late* as in `SessionChanged`."""

    number: int
    at_ns: int
    kind: Literal["session.deleted"]
    lane: int
    context: int | None
    site: int | None
    key: str
    late: bool = False


class SessionSaved(NamedTuple):
    """Flask offered the session to its interface to save.

    *written* says whether a cookie went into the response, *why* in a few words why or why not. *changed* are
    the keys that differ from when it was opened. *cookie_bytes* is the length of the
    ``Set-Cookie`` header, name and attributes included; 0 if it tells the browser to drop the cookie.
    *late* is true when the response had already left. *browser* as in `SessionOpened`. *nested* are the keys whose
    value changed inside since it was opened, though nothing was assigned to them, with what is in them now. *lost* is
    whether those changes are gone: ``None`` when there are none, or when the interface wrote no cookie and may keep
    sessions elsewhere.
    """

    number: int
    at_ns: int
    kind: Literal["session.saved"]
    lane: int
    context: int | None
    site: int | None
    written: bool
    why: str
    changed: list[str]
    cookie_bytes: int | None
    late: bool
    browser: int | None
    nested: Sequence[tuple[str, Snapshot]] = ()
    lost: bool | None = None


class RequestStarted(NamedTuple):
    """Flask begins to dispatch a request."""

    number: int
    at_ns: int
    kind: Literal["request.started"]
    lane: int
    context: int | None
    site: int | None
    method: str
    path: str


class RequestMatched(NamedTuple):
    """The URL was matched. *endpoint* and *rule* are ``None`` when nothing matched; *failure* says why."""

    number: int
    at_ns: int
    kind: Literal["request.matched"]
    lane: int
    context: int | None
    site: int | None
    endpoint: str | None
    rule: str | None
    failure: Failure | None


class RequestFinished(NamedTuple):
    """The response is ready. *duration_ns* counts from the push of its context."""

    number: int
    at_ns: int
    kind: Literal["request.finished"]
    lane: int
    context: int | None
    site: int | None
    status: int
    duration_ns: int


class ExceptionRaised(NamedTuple):
    """An exception left a view or a callback and nobody handled it. *site* is the line that raised it."""

    number: int
    at_ns: int
    kind: Literal["exception"]
    lane: int
    context: int | None
    site: int | None
    type: str
    message: str


class TeardownRan(NamedTuple):
    """One teardown function ran. *level* is ``request`` or ``app``, after the decorator that registered it."""

    number: int
    at_ns: int
    kind: Literal["teardown"]
    lane: int
    context: int | None
    site: int | None
    name: str
    level: str
    duration_ns: int
    failure: Failure | None


class AccessFailed(NamedTuple):
    """``current_app``, ``g``, ``request`` or ``session`` was used with nothing behind it.

    Or ``app_ctx`` or ``request_ctx``, which extensions use. *message* is the first line of Flask's own. *importing* is
    true when it happened while a module was being imported. *needs* is the type of context that was missing, ``app``
    or ``request``. *via* is the package that used it where *site*, the nearest line of the user's, did not itself.
    *runner* is the kind of job it happened in, ``Celery task`` say, where a job runner called it.
    """

    number: int
    at_ns: int
    kind: Literal["access.failed"]
    lane: int
    context: int | None
    site: int | None
    proxy: str
    message: str
    importing: bool
    needs: str
    via: str | None = None
    runner: str | None = None


class ThreadStarted(NamedTuple):
    """A thread was started, or a job given to a `ThreadPoolExecutor`, by code that had a context pushed.

    *lane*, *context* and *site* are those of that code, *context* the newest one it had. *thread* is the name of the
    thread, *child* its lane. A job is told when it begins, which may be after its context was popped.
    """

    number: int
    at_ns: int
    kind: Literal["thread.started"]
    lane: int
    context: int | None
    site: int | None
    thread: str
    child: int | None


class RecorderFailed(NamedTuple):
    """FlaskScope itself failed in a hook; the app was not touched by it.

    *hook* is the place, *traceback* ours, *occurrences* how often it has happened, *off* whether the hook has turned
    itself off for it.
    """

    number: int
    at_ns: int
    kind: Literal["recorder.failed"]
    lane: int
    context: int | None
    site: int | None
    hook: str
    traceback: str
    occurrences: int
    off: bool


class RecorderResumed(NamedTuple):
    """FlaskScope records again, after nothing was recorded for *paused_ns*: nobody was watching.

    Contexts that were pushed when recording stopped are told as popped then: what became of them was not seen. Of those
    pushed meanwhile nothing is known.
    """

    number: int
    at_ns: int
    kind: Literal["recorder.resumed"]
    lane: int
    context: int | None
    site: int | None
    paused_ns: int


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
