"""Events that need little more than their record: of ``g``, of requests, of failed uses, of ourselves."""

from __future__ import annotations

import threading
from typing import Any

from flaskscope.events import (
    AccessFailed,
    ExceptionRaised,
    GDeleted,
    GMissed,
    GRead,
    GSet,
    RecorderFailed,
    RecorderResumed,
    RequestFinished,
    RequestMatched,
    RequestStarted,
    ThreadStarted,
)
from flaskscope.record import channel, threads
from flaskscope.record.numbering.state import State, new
from flaskscope.snapshot import kept_as_snapshot, snapshots_of_text


def _g_set(state: State, record: tuple[Any, ...]) -> None:
    # What `State.head` does, written out: an app may do this a hundred times in a request.
    _, at_ns, thread, _, context, code, instruction, name, kept = record
    state.last_number = number = state.last_number + 1
    lane = (state.lanes.usual.get(thread) or state.lane_of(record)).lane.id
    sites = state.sites
    site = sites.known.get((id(code), instruction)) or sites.number_of(code, instruction)
    value = (snapshots_of_text.get(kept) if type(kept) is str else None) or kept_as_snapshot(kept)
    state.out.append(new(GSet, (number, at_ns - state.started_ns, "g.set", lane, context, site, name, value)))


def _g_deleted(state: State, record: tuple[Any, ...]) -> None:
    state.out.append(new(GDeleted, (*state.head(record, "g.deleted"), record[7])))


def _g_missed(state: State, record: tuple[Any, ...]) -> None:
    if state.without and state.leaves_out("g.missed"):
        return
    state.out.append(new(GMissed, (*state.head(record, "g.missed"), record[7], record[8])))


def _g_read(state: State, record: tuple[Any, ...]) -> None:
    if state.without and state.leaves_out("g.read"):
        return
    state.out.append(new(GRead, (*state.head(record, "g.read"), record[7])))


def _request_matched(state: State, record: tuple[Any, ...]) -> None:
    endpoint, rule, failure = record[7:10]
    # A request that matches no rule is told in any case: something went wrong there.
    if failure is not None or not state.leaves_out("request.matched"):
        state.out.append(RequestMatched(*state.head(record, "request.matched"), endpoint, rule, failure))
    entry = state.contexts.get(record[4])
    if entry is not None and entry.about["how"] in ("request", "test client"):
        # Matching is the last thing a push does, and Flask dispatches the request right after it.
        method, path = str(entry.about["method"]), str(entry.about["path"])
        state.out.append(RequestStarted(*state.head(record, "request.started"), method, path))


def _request_finished(state: State, record: tuple[Any, ...]) -> None:
    session = state.sessions.get(record[4])
    if session is not None:
        session.finished = True
    head = state.head(record, "request.finished")
    entry = state.contexts.get(record[4])
    state.out.append(RequestFinished(*head, record[7], 0 if entry is None else head[1] - entry.pushed_at_ns))


def _exception(state: State, record: tuple[Any, ...]) -> None:
    type_, message = record[7]
    state.out.append(ExceptionRaised(*state.head(record, "exception"), type_, message, record[8]))


def _access_failed(state: State, record: tuple[Any, ...]) -> None:
    proxy, message, importing, needs, thread_name, via, runner = record[7:14]
    state.lanes.of(record[2], thread_name or "")
    head = state.head(record, "access.failed")
    state.out.append(AccessFailed(*head, proxy, message, importing, needs, via, runner))


def _thread_started(state: State, record: tuple[Any, ...]) -> None:
    name, what, child = record[7:10]
    entry = state.contexts.get(record[4])
    # A job may begin when the thread that gave it to a pool is over and another one has its identity.
    parent = state.lane_of(record) if entry is None or what == threads.THREAD else entry.lane
    if what == threads.LENT:
        state.lanes.lend(child, parent)
    elif what == threads.RETURNED:
        state.lanes.lend(child, None)
    elif what == threads.JOB or child.identity != threads.NOT_STARTED:
        lane = state.lanes.start(child, name).lane.id
        head = state.head(record, "thread.started")
        state.out.append(ThreadStarted(*head[:3], parent.lane.id, *head[4:], name or parent.lane.name, lane))


def _recorder_failed(state: State, record: tuple[Any, ...]) -> None:
    hook, text, occurrences, off = record[7:11]
    state.out.append(RecorderFailed(*state.head(record, "recorder.failed"), hook, text, occurrences, off))


def resumed(state: State, at_ns: int, paused_ns: int) -> None:
    """Add the event that recording goes on at *at_ns*, in the lane of the main thread: it belongs to none."""
    lane = state.lanes.of(threading.main_thread().ident or 0).lane.id
    number, at = state.next_number(), at_ns - state.started_ns
    state.out.append(RecorderResumed(number, at, "recorder.resumed", lane, None, None, paused_ns))


MAKERS = {
    channel.G_SET: _g_set,
    channel.G_DELETED: _g_deleted,
    channel.G_MISSED: _g_missed,
    channel.G_READ: _g_read,
    channel.REQUEST_MATCHED: _request_matched,
    channel.REQUEST_FINISHED: _request_finished,
    channel.EXCEPTION: _exception,
    channel.ACCESS_FAILED: _access_failed,
    channel.THREAD_STARTED: _thread_started,
    channel.RECORDER_FAILED: _recorder_failed,
}
