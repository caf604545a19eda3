"""Request contexts on their way onto the stack and off it.

Pushing the context of a request is four events (app context pushed, request context pushed, session opened, URL
matched), and leaving it four more (session saved, response ready, both popped). A record costs its hook the more the
less often it runs, since its code is cold each time; so a whole passage is told as one record, by the hook that ends
it.

Whatever else happens in the same thread in the middle of a passage (a receiver of a signal writes to ``g``, a URL
converter reads the session, a teardown function runs) is recorded in its place: every other hook asks for the passage
to be told as far as it has come, before its own record. So records always stand in the order in which things happened.

Up to Flask 3.1, where a request has two contexts; see `flaskscope.record.merged` for 3.2.
"""

from __future__ import annotations

from typing import Any, Final

from flaskscope.record.channel import (
    APP_POPPED,
    APP_PUSHED,
    REQUEST_ENTERED,
    REQUEST_FINISHED,
    REQUEST_LEFT,
    REQUEST_MATCHED,
    REQUEST_POPPED,
    REQUEST_PUSHED,
    SESSION_OPENED,
    SESSION_SAVED,
    Channel,
)

#: A passage is a list, which costs a third of an object; these are its places.
#:
#: * *CHANNEL*, *THREAD*, and *ENTERING*: whether it goes onto the stack.
#: * *TOLD*: how many of its parts were told already, 0 to 4. *OUTER*: the passage it happens in the middle of.
#: * *ADDRESS*: of the request context that enters, or of the app context that leaves with it.
#: * *NUMBER*: of the request context.
#: * *REQUEST*, *APP*: what the records of the two contexts hold after their numbers; ``None`` while unknown, and
#:   ``()`` for an app context that another one is used instead of.
#: * *SESSION*: what the record of the opened or saved session holds after its place.
#: * *END*: what was matched, or the status of the response.
#: * *…_AT*: when each happened; 0 while it has not.
(
    CHANNEL,
    THREAD,
    ENTERING,
    TOLD,
    OUTER,
    ADDRESS,
    NUMBER,
    REQUEST,
    APP,
    SESSION,
    END,
    REQUEST_AT,
    APP_AT,
    SESSION_AT,
    END_AT,
) = range(15)

Passage = list[Any]

#: The passage that each thread is in.
passages: Final[dict[int, Passage]] = {}


def begin_passage(channel: Channel, thread: int, number: int | None, *, entering: bool) -> Passage:
    """Return a new passage of *thread*, in the middle of whatever passage it is in."""
    outer = passages.get(thread)
    if outer is not None:
        tell_parts(outer)
    passage = passages[thread] = [
        channel, thread, entering, 0, outer, 0, number, None, None, None, None, 0, 0, 0, 0
    ]  # fmt: skip
    return passage


def end_passage(passage: Passage, at: int) -> None:
    """Record what was not told yet of *passage*, as one record if that is all of it."""
    thread = passage[THREAD]
    outer = passage[OUTER]
    if outer is None:
        passages.pop(thread, None)
    else:
        passages[thread] = outer
    if passage[TOLD]:
        tell_parts(passage)
    else:
        channel = passage[CHANNEL]
        kind = REQUEST_ENTERED if passage[ENTERING] else REQUEST_LEFT
        channel.append((channel.next_order(), at, thread, kind, *passage[NUMBER:]))


def tell_passage(thread: int) -> None:
    """Record what has happened so far of the passage that *thread* is in, part by part.

    Called before any other record of the same thread.
    """
    passage = passages.get(thread)
    if passage is not None:
        tell_parts(passage)


def tell_parts(passage: Passage) -> None:
    """Record the parts of *passage* that have happened and were not told yet, each as a record of its own."""
    channel, thread = passage[CHANNEL], passage[THREAD]
    for index, (at, kind, rest) in enumerate(_parts(passage[ENTERING], *passage[NUMBER:]), start=1):
        if at and index > passage[TOLD]:
            channel.append((channel.next_order(), at, thread, kind, *rest))
            passage[TOLD] = index


def records_of_passage(record: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the records that a passage told at once stands for, in order."""
    order, _, thread, kind = record[:4]
    parts = _parts(kind == REQUEST_ENTERED, *record[4:])
    return [(order, at, thread, part, *rest) for at, part, rest in parts if at]


def _parts(
    entering: bool,
    number: int | None,
    request: tuple[Any, ...] | None,
    app: tuple[Any, ...] | None,
    session: tuple[Any, ...] | None,
    end: tuple[Any, ...] | None,
    request_at: int,
    app_at: int,
    session_at: int,
    end_at: int,
) -> tuple[tuple[int, int, tuple[Any, ...]], ...]:
    """Return time, kind and the rest of the record of each part, in the order in which they happen."""
    here = (number, None, 0)
    if entering:
        return (
            (app_at, APP_PUSHED, app or ()),
            (request_at, REQUEST_PUSHED, (number, *(request or ()))),
            (session_at, SESSION_OPENED, (*here, *(session or ()))),
            (end_at, REQUEST_MATCHED, (*here, *(end or ()))),
        )
    return (
        (session_at, SESSION_SAVED, (*here, *(session or ()))),
        (end_at, REQUEST_FINISHED, (*here, *(end or ()))),
        (request_at, REQUEST_POPPED, (number, *(request or ()))),
        (app_at, APP_POPPED, app or ()),
    )
