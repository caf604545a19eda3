"""Events of contexts: pushed, popped, abandoned, their teardown functions, and threads that are started in them."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from flaskscope.events.values import Failure, Sees, Unhandled


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
    *failure* the one that popping itself raised. *pushes* is how often it is still pushed: 0 means it is gone. *how*
    tells who popped it, as in *about* of `ContextPushed`; ``None`` if Flask did, at the end of the request or
    with the request context it was pushed for.
    """

    number: int
    at_ns: int
    kind: Literal["context.popped"]
    lane: int
    context: int
    site: int | None
    duration_ns: int
    unhandled: Unhandled | None
    failure: Failure | None
    pushes: int
    sees: Sees
    how: str | None = None


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
