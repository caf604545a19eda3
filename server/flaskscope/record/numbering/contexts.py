"""Events of contexts: pushed, popped, abandoned, and the teardown functions that run in between."""

from __future__ import annotations

from typing import Any

from flaskscope.events import ContextAbandoned, ContextPopped, ContextPushed, Failure, TeardownRan, Unhandled
from flaskscope.record import channel
from flaskscope.record.flask_versions import MERGED
from flaskscope.record.lanes import LaneState, PushedContext
from flaskscope.record.numbering.state import Head, State, new
from flaskscope.snapshot import kept_as_snapshot


def _app_pushed(state: State, record: tuple[Any, ...]) -> None:
    *_, names = record
    _pushed(state, record, "app", {}, names)


def _request_pushed(state: State, record: tuple[Any, ...]) -> None:
    _pushed(state, record, "request", _request_of(record), None)


def _merged_pushed(state: State, record: tuple[Any, ...]) -> None:
    *_, names = record
    _pushed(state, record, "both", _request_of(record), names)


def _request_of(record: tuple[Any, ...]) -> dict[str, Any]:
    reused, method, path, fired, copied = record[10:15]
    about = {"method": method, "path": path if path.isascii() else path_as_text(path)}
    if reused is not None:
        about["reused"] = reused
    if fired is not None:
        about["fired"] = fired
    if copied is not None:
        about["copied"] = copied
    return about


def path_as_text(path: str) -> str:
    """Return a path of a WSGI environment as text: PEP 3333 carries its bytes as latin-1 characters."""
    try:
        return path.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return path


def _pushed(
    state: State,
    record: tuple[Any, ...],
    kind: str,
    of_request: dict[str, Any],
    names: list[tuple[str, Any]] | None,
) -> None:
    number, how, thread_name, pushes = record[4], record[7], record[8], record[9]
    lane = state.lanes.of(record[2], thread_name or "")
    if state.lanes.abandoned:
        report_abandoned(state, record[1])
    head = state.head(record, "context.pushed")
    about: dict[str, Any] = {
        "id": number,
        "type": kind,
        "how": "request" if how == "implicit" else how,
        "app": state.app_name,
        "thread": thread_name,
        "pushes": pushes,
    }
    if how == "implicit":
        about["implicit"] = True
    about |= of_request
    if names:
        add_names(about, names)
    entry = state.contexts.get(number)
    if entry is None:
        entry = state.contexts[number] = PushedContext(number, kind, lane, head[1], head[5], about)
    entry.pushes = pushes
    lane.stack.append(entry)
    about["sees"] = state.sees(lane)
    state.out.append(new(ContextPushed, (*head, about)))


def add_names(about: dict[str, Any], names: list[tuple[str, Any]]) -> None:
    """Add to *about* what is in a ``g`` already."""
    if names[0][0] is None:
        about["g_unseen"], names = names[0][1], names[1:]
    if names:
        about["g"] = [(name, kept_as_snapshot(value)) for name, value in names]


def _popped(state: State, record: tuple[Any, ...]) -> None:
    left, how, raised, failure = record[7:11]
    unhandled = None
    if raised is not None:
        type_, message, code, instruction = raised
        unhandled = Unhandled(type_, message, state.sites.number_of(code, instruction))
    lane = state.lane_of(record)
    # From 3.2 on popping raises when all of them have run, and which one it was has been told before.
    finish_teardown(state, lane, record[1], None if MERGED else failure)
    pop(state, lane, state.head(record, "context.popped"), left, unhandled, failure, how)


def pop(
    state: State,
    lane: LaneState,
    head: Head,
    left: int,
    unhandled: Unhandled | None,
    failure: Failure | None,
    how: str | None,
) -> None:
    """Add the event that the context of *head* was popped in *lane*, by *how*, and is pushed *left* times now."""
    number = head[4]
    entry = state.contexts.get(number)
    duration = 0
    if entry is not None:
        duration = head[1] - entry.pushed_at_ns
        entry.pushes = left
        stack = lane.stack
        if stack and stack[-1] is entry and entry.lane is lane:
            del stack[-1]
        else:
            _take_off(entry, lane)
        if left <= 0:
            del state.contexts[number]
            state.sessions.pop(number, None)
    rest = (duration, unhandled, failure, max(left, 0), state.sees(lane), how)
    state.out.append(new(ContextPopped, head + rest))


def _take_off(entry: PushedContext, lane: LaneState) -> None:
    """Take *entry* off its stack once. It may be popped in another *lane* than it was pushed in."""
    stack = entry.lane.stack if entry in entry.lane.stack else lane.stack
    for index in range(len(stack) - 1, -1, -1):
        if stack[index] is entry:
            del stack[index]
            return


def _teardown(state: State, record: tuple[Any, ...]) -> None:
    lane = state.lanes.of(record[2])
    finish_teardown(state, lane, record[1], None)
    site = None if record[5] is None else state.sites.number_of(record[5], record[6])
    lane.teardown = (record[1], record[7], record[8], site)


def _teardown_failed(state: State, record: tuple[Any, ...]) -> None:
    lane = state.lanes.of(record[2])
    # What a receiver of a signal raised, and not the function that ran last, is told by the pop alone.
    if lane.teardown is not None and lane.teardown[3] == state.sites.number_of(record[5], record[6]):
        finish_teardown(state, lane, record[1], record[7])


def finish_teardown(state: State, lane: LaneState, at_ns: int, failure: Failure | None) -> None:
    """Add the event that the teardown function has ended that ran in *lane*, if one did."""
    if lane.teardown is None:
        return
    started, name, level, site = lane.teardown
    lane.teardown = None
    if failure is None and state.leaves_out("teardown"):
        return
    context = None
    for entry in reversed(lane.stack):
        if entry.type in (level, "both"):
            context = entry.number
            break
    head = (state.next_number(), at_ns - state.started_ns, "teardown", lane.lane.id, context, site)
    state.out.append(new(TeardownRan, (*head, name, level, at_ns - started, failure)))


def report_abandoned(state: State, noticed_ns: int) -> None:
    """Add an event for each context left pushed by a thread that is known to be gone."""
    for lane in state.lanes.abandoned:
        for entry in list(lane.stack):
            abandon(state, entry, noticed_ns)
    state.lanes.abandoned.clear()


def abandon(state: State, entry: PushedContext, noticed_ns: int) -> None:
    """Add the event that *entry* was left pushed, unless it was popped after all."""
    lane = entry.lane
    kept = [other for other in lane.stack if other is not entry]
    if len(kept) == len(lane.stack):
        return
    lane.stack[:] = kept
    state.contexts.pop(entry.number, None)
    state.sessions.pop(entry.number, None)
    number, at_ns = state.next_number(), noticed_ns - state.started_ns
    state.out.append(
        ContextAbandoned(number, at_ns, "context.abandoned", lane.lane.id, entry.number, entry.site)
    )


def let_go(state: State, at_ns: int) -> None:
    """Add an event for each context that is pushed, as if it were popped at *at_ns*, newest first."""
    at = at_ns - state.started_ns
    for entry in sorted(state.lanes.pushed(), key=lambda entry: -entry.number):
        lane = entry.lane
        lane.stack[:] = [other for other in lane.stack if other is not entry]
        lane.teardown = None
        number, duration = state.next_number(), max(at - entry.pushed_at_ns, 0)
        sees = state.sees(lane)
        state.out.append(
            ContextPopped(
                number, at, "context.popped", lane.lane.id, entry.number, None, duration, None, None, 0, sees
            )
        )
    state.contexts.clear()
    state.sessions.clear()


MAKERS = {
    channel.APP_PUSHED: _app_pushed,
    channel.REQUEST_PUSHED: _request_pushed,
    channel.MERGED_PUSHED: _merged_pushed,
    channel.APP_POPPED: _popped,
    channel.REQUEST_POPPED: _popped,
    channel.MERGED_POPPED: _popped,
    channel.TEARDOWN: _teardown,
    channel.TEARDOWN_FAILED: _teardown_failed,
}
