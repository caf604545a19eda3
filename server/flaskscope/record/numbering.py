"""Turns what the hooks recorded into numbered events.

A record is a flat tuple: (order, at_ns, thread, kind, context, code, instruction, …). Here the thread becomes a lane,
the code a site, kept values become snapshots; durations are taken between a push and its pop; and what each lane's
proxies reach is worked out from what is pushed there.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from types import CodeType
from typing import Any

from flaskscope import events as ev
from flaskscope.record import channel as ch
from flaskscope.record import flask_versions
from flaskscope.record.callsite import function_of, line_of
from flaskscope.record.lanes import Lanes, LaneState, PushedContext
from flaskscope.snapshot import kept_as_snapshot

#: Browsers that are told apart by their cookie; of more, the one not seen for longest gets a new number.
MAX_BROWSERS = 10_000

#: Lines of code that get a number. Code is finite, but an app may make code; past the limit events have no site.
MAX_SITES = 20_000


class Numbering:
    """Makes events of records, in order. Not safe to use from two threads at once."""

    def __init__(self, app_name: str, started_ns: int) -> None:
        self.lanes = Lanes()
        self.sites: list[ev.Site] = []
        self.last_number = 0
        self.lost = 0  # records that left the ring before they were numbered
        self._app_name = app_name
        self._started_ns = started_ns
        self._last_order = 0
        self._site_numbers: dict[tuple[int, int], int | None] = {}
        self._codes: list[CodeType] = []  # keeps numbered code alive, so that its address stays its own
        self._contexts: dict[int, PushedContext] = {}
        self._sessions: dict[int, _SessionState] = {}
        self._browsers: OrderedDict[int, int] = OrderedDict()
        self._last_browser = 0
        self._out: list[ev.Event] = []

    def events_of(self, records: list[tuple[Any, ...]]) -> list[ev.Event]:
        """Return the events of *records*, numbered on from the last call."""
        self._out = out = []
        make = self._make
        for record in records:
            order = record[0]
            if order != self._last_order + 1:
                self._skip(order)
            self._last_order = max(order, self._last_order)
            if self.lanes.abandoned:
                self._abandon(record[1])
            make[record[3]](self, record)
        return out

    def events_of_ended_threads(self, alive: set[int]) -> list[ev.Event]:
        """Return an event for each context whose thread is not among those *alive*."""
        self._out = out = []
        self.lanes.leave(alive)
        if self.lanes.abandoned:
            self._abandon(time.perf_counter_ns())
        return out

    def _skip(self, order: int) -> None:
        # Two threads may append in another order than they counted; only what never comes is lost.
        if order > self._last_order + 1:
            self.lost += order - self._last_order - 1
        else:
            self.lost = max(0, self.lost - 1)

    def _number(self) -> int:
        self.last_number += 1
        return self.last_number

    def _at(self, record: tuple[Any, ...]) -> int:
        at: int = record[1] - self._started_ns
        return at

    def _site(self, code: CodeType | None, instruction: int) -> int | None:
        if code is None:
            return None
        key = (id(code), instruction)
        try:
            return self._site_numbers[key]
        except KeyError:
            pass
        # A line has several instructions; all of them are one site.
        line = (id(code), -2 - line_of(code, instruction))
        number = self._site_numbers.get(line)
        if number is None and len(self.sites) < MAX_SITES:
            number = self._site_numbers[line] = len(self.sites) + 1
            self._codes.append(code)
            self.sites.append(ev.Site(number, code.co_filename, -2 - line[1], function_of(code)))
        if len(self._site_numbers) < 4 * MAX_SITES:
            self._site_numbers[key] = number
        return number

    def _sees(self, lane: LaneState) -> ev.Sees:
        return lane.sees(merged=flask_versions.MERGED)

    # Contexts

    def _pushed(self, record: tuple[Any, ...], kind: str) -> None:
        number, how, thread_name, pushes = record[4], record[7], record[8], record[9]
        lane = self.lanes.of(record[2], thread_name)
        if self.lanes.abandoned:
            self._abandon(record[1])
        at, site = self._at(record), self._site(record[5], record[6])
        about: dict[str, Any] = {
            "id": number,
            "type": kind,
            "how": how,
            "app": self._app_name,
            "thread": thread_name,
        }
        if how == "implicit":
            about["how"], about["implicit"] = "request", True
        about["pushes"] = pushes
        names = record[10] if kind == "app" else record[15] if kind == "both" else None
        if kind != "app":
            reused, method, path, fired, copied = record[10:15]
            about["method"], about["path"] = method, _as_text(path)
            if reused is not None:
                about["reused"] = reused
            if fired is not None:
                about["fired"] = fired
            if copied is not None:
                about["copied"] = copied
        if names:
            about["g"] = [(name, kept_as_snapshot(value)) for name, value in names]
        known = self._contexts.get(number)
        if known is not None:
            known.pushes = pushes
            lane.stack.append(known)
        else:
            entry = PushedContext(number, kind, lane, at, site, about, pushes)
            self._contexts[number] = entry
            lane.stack.append(entry)
        about["sees"] = self._sees(lane)
        self._out.append(
            ev.ContextPushed(self._number(), at, "context.pushed", lane.lane.id, number, site, about)
        )

    def _app_pushed(self, record: tuple[Any, ...]) -> None:
        self._pushed(record, "app")

    def _request_pushed(self, record: tuple[Any, ...]) -> None:
        self._pushed(record, "request")

    def _merged_pushed(self, record: tuple[Any, ...]) -> None:
        self._pushed(record, "both")

    def _popped(self, record: tuple[Any, ...]) -> None:
        number, left, unhandled, failure = record[4], record[7], record[8], record[9]
        lane = self.lanes.of(record[2])
        at = self._at(record)
        self._finish_teardown(lane, at, failure)
        known = self._contexts.get(number)
        duration = 0
        if known is not None:
            duration = at - known.pushed_at_ns
            known.pushes = left
            stack = known.lane.stack if known in known.lane.stack else lane.stack
            for index in range(len(stack) - 1, -1, -1):
                if stack[index] is known:
                    del stack[index]
                    break
            if left <= 0:
                del self._contexts[number]
                self._sessions.pop(number, None)
        self._out.append(
            ev.ContextPopped(
                self._number(),
                at,
                "context.popped",
                lane.lane.id,
                number,
                self._site(record[5], record[6]),
                duration,
                unhandled,
                failure,
                max(left, 0),
                self._sees(lane),
            )
        )

    def _abandon(self, noticed_ns: int) -> None:
        at = noticed_ns - self._started_ns
        for lane in self.lanes.abandoned:
            for entry in lane.stack:
                self._contexts.pop(entry.number, None)
                self._sessions.pop(entry.number, None)
                self._out.append(
                    ev.ContextAbandoned(
                        self._number(), at, "context.abandoned", lane.lane.id, entry.number, entry.site
                    )
                )
            lane.stack.clear()
        self.lanes.abandoned.clear()

    def _teardown(self, record: tuple[Any, ...]) -> None:
        lane = self.lanes.of(record[2])
        self._finish_teardown(lane, self._at(record), None)
        lane.teardown = (self._at(record), record[7], record[8], self._site(record[5], record[6]))

    def _finish_teardown(self, lane: LaneState, at: int, failure: ev.Failure | None) -> None:
        """The teardown function that runs in *lane* has ended: the next one begins, or the pop is done."""
        if lane.teardown is None:
            return
        started, name, level, site = lane.teardown
        lane.teardown = None
        types = ("request", "both") if level == "request" else ("app", "both")
        context = next((entry.number for entry in reversed(lane.stack) if entry.type in types), None)
        self._out.append(
            ev.TeardownRan(
                self._number(),
                at,
                "teardown",
                lane.lane.id,
                context,
                site,
                name,
                level,
                at - started,
                failure,
            )
        )

    # g

    def _g_set(self, record: tuple[Any, ...]) -> None:
        self._out.append(
            ev.GSet(
                self._number(),
                record[1] - self._started_ns,
                "g.set",
                self.lanes.of(record[2]).lane.id,
                record[4],
                self._site(record[5], record[6]),
                record[7],
                kept_as_snapshot(record[8]),
            )
        )

    def _g_deleted(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.GDeleted(*self._head(record, "g.deleted"), record[7]))

    def _g_missed(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.GMissed(*self._head(record, "g.missed"), record[7], record[8]))

    def _g_read(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.GRead(*self._head(record, "g.read"), record[7]))

    def _head(self, record: tuple[Any, ...], kind: str) -> tuple[Any, ...]:
        return (
            self._number(),
            record[1] - self._started_ns,
            kind,
            self.lanes.of(record[2]).lane.id,
            record[4],
            self._site(record[5], record[6]),
        )

    # Session

    def _session_opened(self, record: tuple[Any, ...]) -> None:
        number, interface, is_null, items, size, cookie = record[4], *record[7:12]
        browser = None
        if cookie is not None:
            browser = self._browser_with(cookie)
        if is_null:
            origin = "null"
        elif cookie is None:
            origin = "new"
        elif size == 0:
            origin = "refused"
        else:
            origin = "cookie"
        if number is not None:
            self._sessions[number] = _SessionState(browser)
        self._out.append(
            ev.SessionOpened(
                *self._head(record, "session.opened"),
                interface,
                origin,
                [(key, kept_as_snapshot(value)) for key, value in items or ()],
                browser,
                max(size, 0),
            )
        )

    def _session_read(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.SessionRead(*self._head(record, "session.read"), record[7], record[8]))

    def _session_changed(self, record: tuple[Any, ...]) -> None:
        self._note_change(record)
        self._out.append(
            ev.SessionChanged(*self._head(record, "session.changed"), record[7], kept_as_snapshot(record[8]))
        )

    def _session_deleted(self, record: tuple[Any, ...]) -> None:
        self._note_change(record)
        self._out.append(ev.SessionDeleted(*self._head(record, "session.deleted"), record[7]))

    def _note_change(self, record: tuple[Any, ...]) -> None:
        state = self._sessions.get(record[4])
        if state is not None and record[7] not in state.changed:
            state.changed.append(record[7])

    def _session_saved(self, record: tuple[Any, ...]) -> None:
        modified, accessed, cookie, size, cleared, entries = record[7:13]
        state = self._sessions.get(record[4]) or _SessionState(None)
        written = size is not None and not cleared
        browser = state.browser
        if written and cookie is not None:
            if browser is None:
                browser = self._new_browser()
            self._remember_browser(cookie, browser)
            state.browser = browser
        if cleared:
            why = "it was emptied, so the browser is told to drop its cookie"
        elif written:
            why = "it was modified" if modified else "it is permanent and refreshed with each response"
        elif modified:
            why = (
                "it was modified, but its interface wrote no cookie"
                if entries
                else "it is empty and was before"
            )
        elif accessed:
            why = "it was read, not modified"
        else:
            why = "nobody touched it"
        self._out.append(
            ev.SessionSaved(
                *self._head(record, "session.saved"),
                written or cleared,
                why,
                list(state.changed),
                size,
                False,
                browser,
            )
        )

    def _browser_with(self, cookie: int) -> int:
        browser = self._browsers.get(cookie)
        if browser is None:
            browser = self._new_browser()
        self._remember_browser(cookie, browser)
        return browser

    def _new_browser(self) -> int:
        self._last_browser += 1
        return self._last_browser

    def _remember_browser(self, cookie: int, browser: int) -> None:
        self._browsers[cookie] = browser
        self._browsers.move_to_end(cookie)
        if len(self._browsers) > MAX_BROWSERS:
            self._browsers.popitem(last=False)

    # Requests

    def _request_matched(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.RequestMatched(*self._head(record, "request.matched"), *record[7:10]))
        entry = self._contexts.get(record[4])
        if entry is not None and entry.about["how"] in ("request", "test client"):
            # Matching is the last thing a push does, and Flask dispatches the request right after it.
            self._out.append(
                ev.RequestStarted(
                    *self._head(record, "request.started"),
                    str(entry.about["method"]),
                    str(entry.about["path"]),
                )
            )

    def _request_finished(self, record: tuple[Any, ...]) -> None:
        entry = self._contexts.get(record[4])
        duration = 0 if entry is None else self._at(record) - entry.pushed_at_ns
        self._out.append(ev.RequestFinished(*self._head(record, "request.finished"), record[7], duration))

    def _exception(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.ExceptionRaised(*self._head(record, "exception"), *record[7]))

    # The rest

    def _access_failed(self, record: tuple[Any, ...]) -> None:
        self.lanes.of(record[2], record[11])
        self._out.append(ev.AccessFailed(*self._head(record, "access.failed"), *record[7:11]))

    def _thread_started(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.ThreadStarted(*self._head(record, "thread.started"), record[7], None))

    def _recorder_failed(self, record: tuple[Any, ...]) -> None:
        self._out.append(ev.RecorderFailed(*self._head(record, "recorder.failed"), *record[7:11]))

    _make: dict[int, Callable[[Numbering, tuple[Any, ...]], None]] = {
        ch.APP_PUSHED: _app_pushed,
        ch.REQUEST_PUSHED: _request_pushed,
        ch.MERGED_PUSHED: _merged_pushed,
        ch.APP_POPPED: _popped,
        ch.REQUEST_POPPED: _popped,
        ch.MERGED_POPPED: _popped,
        ch.G_SET: _g_set,
        ch.G_DELETED: _g_deleted,
        ch.G_MISSED: _g_missed,
        ch.G_READ: _g_read,
        ch.SESSION_OPENED: _session_opened,
        ch.SESSION_READ: _session_read,
        ch.SESSION_CHANGED: _session_changed,
        ch.SESSION_DELETED: _session_deleted,
        ch.SESSION_SAVED: _session_saved,
        ch.REQUEST_MATCHED: _request_matched,
        ch.REQUEST_FINISHED: _request_finished,
        ch.EXCEPTION: _exception,
        ch.TEARDOWN: _teardown,
        ch.ACCESS_FAILED: _access_failed,
        ch.THREAD_STARTED: _thread_started,
        ch.RECORDER_FAILED: _recorder_failed,
    }


class _SessionState:
    """What is known of a session between its opening and its saving."""

    __slots__ = ("browser", "changed")

    def __init__(self, browser: int | None) -> None:
        self.browser = browser
        self.changed: list[str] = []


def _as_text(path: str) -> str:
    """Return a path of a WSGI environment as text: PEP 3333 carries its bytes as latin-1 characters."""
    try:
        return path.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return path
