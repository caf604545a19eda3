"""Events of requests whose way onto the stack, or off it, was told as one record: see `flaskscope.record.passages`.

They are nearly all events there are, so they are made straight from it. What is not as usual goes part by part.
"""

from __future__ import annotations

from typing import Any

from flaskscope.events import ContextPushed, RequestFinished, RequestMatched, RequestStarted, SessionOpened
from flaskscope.record import channel
from flaskscope.record.flask_versions import MERGED
from flaskscope.record.lanes import LaneState, PushedContext, shared_sees
from flaskscope.record.numbering import contexts, plain, sessions
from flaskscope.record.numbering.state import SessionState, State, new
from flaskscope.record.passages import (
    APP_NUMBER,
    APP_PART,
    END_AT,
    REQUEST_AT,
    REQUEST_PART,
    SAVED_AT,
    STATUS,
    method_of,
    page_of,
    record_of_saving,
    records_of_passage,
    text_of,
)

#: What the parts of a passage are told by.
_PARTS = {**contexts.MAKERS, **sessions.MAKERS, **plain.MAKERS}


def _entered(state: State, record: tuple[Any, ...]) -> None:
    _, at, thread, _, number = record[:5]
    (started, app, names, name, how, method, path, fired, (interface, is_null)) = record[7:16]
    (items, size, cookie, endpoint, rule) = record[16:]
    lane = state.lanes.of(thread, name or "")
    if state.lanes.abandoned:
        contexts.report_abandoned(state, started)
    # What such a context sees is itself, unless something was left pushed below it.
    is_alone = not lane.stack and lane.under is None
    began, ended = started - state.started_ns, at - state.started_ns
    method = method_of(method)
    if not path.isascii():
        path = contexts.path_as_text(path)

    first, lane_id = state.last_number + 1, lane.lane.id
    made = []  # all or none of them: numbers have no gaps
    about: dict[str, Any] = {
        "id": app,
        "type": "app",
        "how": "request",
        "app": state.app_name,
        "thread": name,
        "pushes": 1,
        "implicit": True,
    }
    if names:
        contexts.add_names(about, names)
    _put_on(state, lane, PushedContext(app, "app", lane, began, None, about))
    about["sees"] = shared_sees(app, None) if is_alone else state.sees(lane)
    made.append(new(ContextPushed, (first, began, "context.pushed", lane_id, app, None, about)))
    about = {
        "id": number,
        "type": "request",
        "how": how,
        "app": state.app_name,
        "thread": name,
        "pushes": 1,
        "method": method,
        "path": path,
    }
    if fired is not None:
        about["fired"] = fired
    _put_on(state, lane, PushedContext(number, "request", lane, began, None, about))
    about["sees"] = shared_sees(app, number) if is_alone else state.sees(lane)
    made.append(new(ContextPushed, (first + 1, began, "context.pushed", lane_id, number, None, about)))

    page = page_of(fired)
    browser = None if cookie is None else state.browsers.holding(cookie, page)
    state.sessions[number] = SessionState(browser, page)
    rest = sessions.opened((interface, is_null, items, size, cookie), browser)
    made.append(new(SessionOpened, (first + 2, ended, "session.opened", lane_id, number, None, *rest)))
    last = first + 2
    if not state.without or not state.leaves_out("request.matched"):
        last += 1
        of_rule = text_of(endpoint), text_of(rule), None
        made.append(new(RequestMatched, (last, ended, "request.matched", lane_id, number, None, *of_rule)))
    if how in ("request", "test client"):
        last += 1
        head = last, ended, "request.started", lane_id, number, None
        made.append(new(RequestStarted, (*head, method, path)))
    state.last_number = last
    state.out += made


def _put_on(state: State, lane: LaneState, entry: PushedContext) -> None:
    state.contexts[entry.number] = entry
    lane.stack.append(entry)


def _left(state: State, record: tuple[Any, ...]) -> None:
    number, app = record[4], record[APP_NUMBER]
    entry, lanes = state.contexts.get(number), state.lanes
    if (
        entry is None
        or not app
        or not (record[END_AT] and record[REQUEST_AT])
        or record[REQUEST_PART] is not None
        or record[APP_PART] is not None
        or MERGED
        or lanes.has_tasks
    ):
        _in_parts(state, record)
        return
    if record[SAVED_AT]:
        sessions.saved(state, record_of_saving(record))
    lane = lanes.of(record[2])
    lane_id, started_ns, out = lane.lane.id, state.started_ns, state.out
    session = state.sessions.get(number)
    if session is not None:
        session.finished = True
    at = record[END_AT] - started_ns
    head = state.next_number(), at, "request.finished", lane_id, number, None
    out.append(new(RequestFinished, (*head, record[STATUS], at - entry.pushed_at_ns)))
    for context, left_at in ((number, record[REQUEST_AT]), (app, record[1])):
        if lane.teardown is not None:
            contexts.finish_teardown(state, lane, left_at, None)
        at = left_at - started_ns
        head = state.next_number(), at, "context.popped", lane_id, context, None
        contexts.pop(state, lane, head, 0, None, None, None)


def _in_parts(state: State, record: tuple[Any, ...]) -> None:
    for part in records_of_passage(record):
        _PARTS[part[3]](state, part)


MAKERS = {channel.REQUEST_ENTERED: _entered, channel.REQUEST_LEFT: _left}
