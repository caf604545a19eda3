"""Request contexts on their way onto the stack and off it.

Pushing the context of a request is four events (app context pushed, request context pushed, session opened, URL
matched), and leaving it four more (session saved, response ready, both popped). A record costs its hook the more the
less often it runs, since its code is cold each time; so a whole passage is told as one record, by the hook that ends
it.

Nothing is worked out before the end: meanwhile a passage is a list with little more than the context in it. A passage
that is told as one record is the usual one, made by `Flask.wsgi_app` and without a failure; any other is told part by
part.

Whatever else happens in the same thread in the middle of a passage (a receiver of a signal writes to ``g``, a URL
converter reads the session, a teardown function runs) is recorded in its place: every other hook asks for the passage
to be told as far as it has come, before its own record. So records always stand in the order in which things happened.

Up to Flask 3.1, where a request has two contexts; see `flaskscope.record.merged` for 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter_ns as now
from typing import Any, Final

from flaskscope.record import flask_versions
from flaskscope.record.channel import (
    APP_POPPED,
    APP_PUSHED,
    OF_APP_NUMBER,
    OF_CHANNEL,
    OF_G,
    OF_NUMBER,
    OF_SESSION,
    REQUEST_ENTERED,
    REQUEST_FINISHED,
    REQUEST_LEFT,
    REQUEST_MATCHED,
    REQUEST_POPPED,
    REQUEST_PUSHED,
    SESSION_OPENED,
    SESSION_SAVED,
    Channel,
    g_owners,
    in_progress,
    owner_in_progress,
    session_owners,
)
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.pushers import MAX_METHOD, how_by_wsgi, names_in, request_of_environ, thread_name
from flaskscope.snapshot import describe_exception

#: A passage is a list, which costs a third of an object; these are its places. The first seven are those of any
#: record, with something else where the place in the code would be; a passage that leaves becomes its record as it is.
#:
#: * *KIND*: whether it goes onto the stack (REQUEST_ENTERED) or leaves it (REQUEST_LEFT).
#: * *NUMBER*: of the request context. *TOLD*: how many of its parts were told already, 0 to 4, or `IN_PARTS`.
#: * *OUTER*: the passage it happens in the middle of.
(_ORDER, _AT, THREAD, KIND, NUMBER, CHANNEL, TOLD, OUTER) = range(8)

#: Entering: the request context itself, when its push began, the app context that is pushed for it (``None`` before;
#: its number once that is known, 0 if one is used that is there already), what is in its ``g``, by whom it is pushed
#: (``None`` for `Flask.wsgi_app`, else code, instruction, how, the app context that is reused, and the context it is
#: a copy of), whether it had a session before, and how often it was pushed before.
(CONTEXT, STARTED_AT, APP, NAMES, WAY, HAD_SESSION, PUSHED_BEFORE) = range(8, 15)

#: Leaving: in the place of *CONTEXT* the app context that leaves with it, ``None`` if none does, and its number; what
#: is known of the saved session; the status of the response (before, the address of that); when the request context
#: left; and what the records of the two contexts hold after the number, if that is not just that they are gone.
(
    APP_NUMBER,
    SAVED_AT,
    MODIFIED,
    ACCESSED,
    COOKIE,
    SIZE,
    ENTRIES,
    END_AT,
    STATUS,
    REQUEST_AT,
    REQUEST_PART,
    APP_PART,
    APP_AT,
) = range(9, 22)

#: *TOLD*: no part yet, but it will be part by part; and of a passage that leaves, once that the request context is
#: gone was told.
IN_PARTS: Final = -1
REQUEST_IS_TOLD: Final = 3

Passage = list[Any]

#: The passage that each thread is in.
passages: Final[dict[int, Passage]] = {}

#: Characters kept of an endpoint or a rule.
MAX_RULE = 500

#: What a popped record holds of a context that is gone and left no trouble: code, instruction, pushes left, who popped
#: it, the exception its code raised, the one that popping raised.
GONE: Final = (None, 0, 0, None, None, None)

_session_of = flask_versions.session_of
_attribute_of = object.__getattribute__


def begin_leaving(channel: Channel, me: int, number: int, outer: Passage | None) -> Passage:
    """Return a new passage off the stack, in the middle of *outer*."""
    passage = passages[me] = [
        0, 0, me, REQUEST_LEFT, number, channel, 0, outer, None, None, 0, None, None, None, None, None, 0, 0, 0, None,
        None, 0,
    ]  # fmt: skip
    return passage


def tell_passage(thread: int) -> None:
    """Record what has happened so far of the passage that *thread* is in, part by part.

    Called before any other record of the same thread.
    """
    passage = passages.get(thread)
    if passage is not None:
        tell_parts(passage)


def tell_parts(passage: Passage) -> None:
    """Record the parts of *passage* that have happened and were not told yet, each as a record of its own."""
    if passage[KIND] == REQUEST_ENTERED:
        own_app_context(passage)
        _tell_entering(passage)
    else:
        for index, part in enumerate(_parts_of_leaving(passage), start=1):
            if part[0] and index > passage[TOLD]:
                _append(passage, *part)
                passage[TOLD] = index


def end_passage(passage: Passage) -> None:
    """Take *passage* from its thread, which is in the one around it again, if there is one."""
    if passage[OUTER] is None:
        passages.pop(passage[THREAD], None)
    else:
        passages[passage[THREAD]] = passage[OUTER]


def own_app_context(passage: Passage) -> None:
    """Number the app context that is pushed for the passage that enters, if it is there and has no number yet."""
    context = passage[APP]
    if context is None or type(context) is int:
        return
    channel = passage[CHANNEL]
    passage[TOLD] = passage[TOLD] or IN_PARTS
    passage[APP] = number = channel.next_context()
    channel.remember(context, number)
    g_owners[id(context.g)] = (channel, number)
    passage[NAMES] = names_in(context.g, channel)


def owner_in_passage(used: object) -> tuple[Any, ...] | None:
    """Return who owns a ``g`` or a session that is *used*, if no table tells that.

    Its request may be in progress; or its context is still on its way onto the stack: who owns them is noted when that
    is pushed, since they are seldom used before, by the receiver of a signal or the converter of a URL.
    """
    me = get_ident()
    held = in_progress.get(me)
    if held is not None:
        # The usual one, before all requests are looked through.
        if held[OF_G] is used:
            return held[OF_CHANNEL], held[OF_APP_NUMBER]
        if held[OF_SESSION] is used:
            return held[OF_CHANNEL], held[OF_NUMBER], None
    passage = passages.get(me)
    if passage is None or passage[KIND] != REQUEST_ENTERED:
        return owner_in_progress(used) if in_progress else None
    own_app_context(passage)
    if used is not None and _session_of(passage[CONTEXT]) is used:
        session_owners[id(used)] = passage[CHANNEL], number_of(passage), None
        return session_owners[id(used)]
    return g_owners.get(id(used)) or owner_in_progress(used)


def number_of(passage: Passage) -> int:
    """Return the number of the request context that enters, a new one if it has none yet."""
    own_app_context(passage)  # which was there before, so that its number is the smaller
    number: int | None = passage[NUMBER]
    if number is None:
        channel = passage[CHANNEL]
        number = passage[NUMBER] = channel.next_context()
        channel.numbers[id(passage[CONTEXT])] = number
    return number


def _append(passage: Passage, at: int, kind: int, rest: tuple[Any, ...]) -> None:
    channel = passage[CHANNEL]
    me = passage[THREAD]
    channel.append((channel.next_order(), at, lane_key(me) if current_tasks else me, kind, *rest))


def _tell_entering(passage: Passage) -> None:
    """Tell what the context that is being pushed shows of how far that has come."""
    context, way = passage[CONTEXT], passage[WAY]
    thread, told = passage[THREAD], passage[TOLD]
    if told < 1 and passage[APP]:
        app = (passage[APP], None, 0, "implicit", thread_name(thread), 1, passage[NAMES])
        _append(passage, passage[STARTED_AT], APP_PUSHED, app)
        passage[TOLD] = 1
    if told < 2 and len(context._cv_tokens) > passage[PUSHED_BEFORE]:
        environ = _attribute_of(context.request, "environ")
        code, instruction, how, reused, copied = way or (None, 0, how_by_wsgi(environ), None, None)
        if passage[APP] == 0 and reused is None:
            reused = 0
        rest = (number_of(passage), code, instruction, how, thread_name(thread), passage[PUSHED_BEFORE] + 1)
        _append(passage, now(), REQUEST_PUSHED, (*rest, reused, *request_of_environ(environ), copied))
        passage[TOLD] = 2
    if passage[TOLD] == 2 and not passage[HAD_SESSION]:
        session = _session_of(context)
        if session is not None:
            session_owners[id(session)] = passage[CHANNEL], passage[NUMBER], None
            environ = _attribute_of(context.request, "environ")
            opened = passage[CHANNEL].sessions.opened(passage[CHANNEL], session, environ)
            _append(passage, now(), SESSION_OPENED, (passage[NUMBER], None, 0, *opened))
            passage[TOLD] = 3


def tell_matched(passage: Passage) -> None:
    """Tell what the URL of the context was matched with, after everything else of its push."""
    context = passage[CONTEXT]
    if context.url_adapter is None or passage[NUMBER] is None:
        return
    # Past any __getattribute__ of the app's own class of requests.
    rule = _attribute_of(context.request, "url_rule")
    failure = _attribute_of(context.request, "routing_exception")
    endpoint, pattern = (
        (None, None) if rule is None else (_attribute_of(rule, "endpoint"), _attribute_of(rule, "rule"))
    )
    matched = (
        endpoint[:MAX_RULE] if type(endpoint) is str else None,
        pattern[:MAX_RULE] if type(pattern) is str else None,
        None if failure is None else describe_exception(failure),
    )
    _append(passage, now(), REQUEST_MATCHED, (passage[NUMBER], None, 0, *matched))


def records_of_passage(record: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the records that a passage told at once stands for, in order."""
    order, at, thread, kind, number = record[:5]
    if kind == REQUEST_LEFT:
        passage = [*record]
        passage[APP_AT] = at
        parts = _parts_of_leaving(passage)
        return [(order, part_at, thread, part, *rest) for part_at, part, rest in parts if part_at]
    (started, app, names, name, how, method, path, fired, (interface, is_null)) = record[7:16]
    (items, size, cookie, endpoint, rule) = record[16:]
    page, method = page_of(fired), method_of(method)
    # Each: order, time, thread, kind, context, code, instruction, …
    return [
        (order, started, thread, APP_PUSHED, app, None, 0, "implicit", name, 1, names),
        (
            order,
            started,
            thread,
            REQUEST_PUSHED,
            number,
            None,
            0,
            how,
            name,
            1,
            None,
            method,
            path,
            fired,
            None,
        ),
        (order, at, thread, SESSION_OPENED, number, None, 0, interface, is_null, items, size, cookie, page),
        (order, at, thread, REQUEST_MATCHED, number, None, 0, text_of(endpoint), text_of(rule), None),
    ]


def page_of(fired: str | None) -> str | None:
    """Return the dashboard that marked a request as *fired* by it."""
    return None if fired is None or "-" not in fired else fired.partition("-")[0]


def method_of(method: object) -> str:
    """Return the method of a request as events carry it."""
    return (text_of(method) or "")[:MAX_METHOD]


def text_of(value: object) -> str | None:
    """Return an endpoint or a rule as events carry it, ``None`` if it is no text."""
    return value[:MAX_RULE] if type(value) is str else None


def _parts_of_leaving(passage: Passage) -> tuple[tuple[int, int, tuple[Any, ...]], ...]:
    """Return time, kind and the rest of the record of each part, in the order in which they happen."""
    number = passage[NUMBER]
    return (
        (passage[SAVED_AT], SESSION_SAVED, (number, None, 0, *_saving(passage))),
        (passage[END_AT], REQUEST_FINISHED, (number, None, 0, passage[STATUS])),
        (passage[REQUEST_AT], REQUEST_POPPED, (number, *(passage[REQUEST_PART] or GONE))),
        (passage[APP_AT], APP_POPPED, (passage[APP_NUMBER], *(passage[APP_PART] or GONE))),
    )


def _saving(passage: Sequence[Any]) -> tuple[Any, ...]:
    size = passage[SIZE]
    return passage[MODIFIED], passage[ACCESSED], passage[COOKIE], size, size == 0, passage[ENTRIES]


def record_of_saving(record: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the first of the records that a passage off the stack stands for."""
    order, _, thread, _, number = record[:5]
    return order, record[SAVED_AT], thread, SESSION_SAVED, number, None, 0, *_saving(record)
