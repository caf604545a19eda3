"""Contexts that are pushed, up to Flask 3.1; see `flaskscope.record.passages` for how that is told."""

from __future__ import annotations

from sys import _getframe
from threading import Thread
from time import perf_counter_ns as now
from types import FrameType
from typing import Any
from weakref import ref

import flask.ctx

from flaskscope.record import flask_versions
from flaskscope.record.channel import (
    APP_PUSHED,
    REQUEST_ENTERED,
    Channel,
    channels,
    g_owners,
    in_progress,
    number_of_app_context,
    release,
    session_owners,
)
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.passages import (
    APP,
    CONTEXT,
    IN_PARTS,
    NUMBER,
    STARTED_AT,
    TOLD,
    Passage,
    end_passage,
    passages,
    tell_matched,
    tell_parts,
    tell_passage,
)
from flaskscope.record.pushers import (
    FIRED_HEADER,
    MAX_PATH,
    MainThread,
    how_by_wsgi,
    names_in,
    request_of_environ,
    thread_name,
    threads,
    who_pushed,
)
from flaskscope.record.session import SessionHooks, cookie_in, hash_of_cookie
from flaskscope.record.session_inside import items_of
from flaskscope.record.session_kept import again_open
from flaskscope.record.session_refused import why_refused

#: Wrappers that other tools may have put around a push, and functions that are none.
MAX_WRAPPERS = 3
_NO_WRAPPERS = frozenset({"app_context", "__del__", "__enter__"})


def push_app(original: Any) -> Any:
    """Hook ``AppContext.push``."""
    by_flask = flask_versions.REQUEST_PUSH

    def push(self: Any) -> None:
        __traceback_hide__ = True
        me = get_ident()
        passage = passages.get(me)
        if (
            passage is not None
            and passage[APP] is None  # in a passage that leaves, this place is never None
            and ((frame := _getframe(1)).f_code is by_flask or _is_for_a_request(frame))
        ):
            # Flask pushes it for the request context that is on its way: told of with that.
            passage[APP] = self
            return original(self)  # type: ignore[no-any-return]
        channel = channels.get(id(self.app))
        if channel is None:
            if g_owners:
                g_owners.pop(id(self.g), None)
            return original(self)  # type: ignore[no-any-return]
        try:
            _push_app_by_hand(channel, self, me, _getframe(1))
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        return original(self)  # type: ignore[no-any-return]

    return push


def _is_for_a_request(frame: FrameType | None) -> bool:
    """Return whether Flask pushes an app context at or outside *frame*, through the wrappers of other tools.

    While a request context is on its way, code of the app's may push one, too: its own way to make app contexts, or a
    destructor.
    """
    for _ in range(MAX_WRAPPERS):
        if frame is None or frame.f_code.co_name in _NO_WRAPPERS:
            break
        frame = frame.f_back
        if frame is not None and frame.f_code is flask_versions.REQUEST_PUSH:
            return True
    return False


def _push_app_by_hand(channel: Channel, context: Any, me: int, frame: FrameType) -> None:
    release(me, None)
    tell_passage(me)
    code, instruction, how = who_pushed(frame)
    # One that is not pushed now owns no g: what is noted at that address is of one that was never popped, and is gone.
    pushed = number_of_app_context(channel, context) if context._cv_tokens else 0
    if pushed:
        channel.remember(context, pushed)
    number = pushed or channel.number_by_hand(context, again=False)
    g = context.g
    g_owners[id(g)] = (channel, number)
    pushes = len(context._cv_tokens) + 1
    start = (number, code, instruction, how, thread_name(me), pushes, names_in(g, channel))
    key = lane_key(me) if current_tasks else me
    channel.append((channel.next_order(), now(), key, APP_PUSHED, *start))


def push_request(original: Any, sessions: SessionHooks) -> Any:
    """Hook ``RequestContext.push``; *sessions* hooks what it opens."""
    app_variable = flask_versions.app_variable
    wsgi_app = flask_versions.WSGI_APP
    stock_g = flask.ctx._AppCtxGlobals
    private = flask_versions.SESSION_ATTRIBUTE == "_session"

    def push(self: Any) -> None:
        # Written out flat, for the usual push by `Flask.wsgi_app`: each call of a function of ours, and each step of
        # Python's, costs the app more here than its instructions tell, since the code in between is the app's and ours
        # is cold. What is read of app, request and rule is read as it stands where that runs no code of the app's.
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None:
            return original(self)  # type: ignore[no-any-return]
        passage = None
        me = get_ident()
        try:
            frame = _getframe(1)
            if (
                frame.f_code is wsgi_app
                and me not in passages
                and me not in in_progress  # in a `contextvars.Context` of its own
                and app_variable.get(None) is None
            ):
                passages[me] = passage = [
                    0, 0, me, REQUEST_ENTERED, None, channel, 0, None, self, now(), None, None, None, False, 0
                ]  # fmt: skip
                if not channel.is_plain or type(app.session_interface) is not channel.interface:
                    sessions.install_interface_of(channel, app)
            else:
                passage = _enter(channel, self, me, frame, sessions)
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        try:
            result = original(self)
        except BaseException:
            if passage is not None:
                _entered(channel, passage, failed=True)
            raise
        if passage is None:
            return result  # type: ignore[no-any-return]
        try:
            request = self.request
            app_context = passage[APP]
            session = self._session if private else self.session
            if (
                passage[TOLD]
                or (type(request) is not channel.request_class and not channel.reads_plainly(app, request))
                or app_context is None
                or session is None
                or (rule := request.url_rule) is None
                or type(rule) is not app.url_rule_class
            ):
                _entered(channel, passage, failed=False)
                return result  # type: ignore[no-any-return]
            passages.pop(me, None)  # recording may have ended meanwhile
            app_number, number = next(channel.numbers_of_two)
            channel.numbers[id(self)] = number
            g = app_context.g
            # Of others that were at these addresses and were never popped.
            if g_owners:
                g_owners.pop(id(g), None)
            if session_owners:
                session_owners.pop(id(session), None)
            if type(session) is not channel.session_class:
                sessions.note_class(channel, session)
            items: Any = None
            cookie = None
            size = channel.size_of_session(session)
            if size > 0:
                items = items_of(session, channel.is_secret, (channel, number, None))
            in_progress[me] = (
                self, g, session if items is None or id(session) not in session_owners else None, channel, number,
                app_number,
            )  # fmt: skip
            environ = request.environ
            get = environ.get
            header = get("HTTP_COOKIE")
            if header is not None and type(header) is str:
                cookie = hash_of_cookie(header, channel)
                if size == 0 and cookie is not None and not channel.session_kind[1]:
                    items = why_refused(app, cookie_in(header, channel))
            path = get("PATH_INFO")
            if get(FIRED_HEADER) is None and type(path) is str:
                method = request.method
                fired = None
                if len(path) > MAX_PATH:
                    path = path[:MAX_PATH]
            else:
                method, path, fired = request_of_environ(environ)
            thread = threads.get(me)
            kind = type(thread)
            channel.append(
                (
                    next(channel.orders),
                    now(),
                    lane_key(me) if current_tasks else me,
                    REQUEST_ENTERED,
                    number,
                    None,
                    0,
                    passage[STARTED_AT],
                    app_number,
                    None if type(g) is stock_g else names_in(g, channel),
                    thread._name if kind is Thread or kind is MainThread else thread_name(me),
                    "request"
                    if get("SERVER_SOFTWARE") is not None or "HTTP_USER_AGENT" not in environ
                    else how_by_wsgi(environ),
                    method,
                    path,
                    fired,
                    channel.session_kind,
                    items,
                    size,
                    cookie,
                    rule.endpoint,
                    rule.rule,
                )
            )
            if not channel.is_recording:
                in_progress.pop(me, None)
        except Exception as error:
            passages.pop(me, None)
            if not channel.absorbs("context.pushed", error):
                raise
        return result  # type: ignore[no-any-return]

    return push


def _enter(channel: Channel, context: Any, me: int, frame: FrameType, sessions: SessionHooks) -> Passage:
    """Begin a passage onto the stack that is not the usual one."""
    release(me, context)
    outer = passages.get(me)
    if outer is not None:
        tell_parts(outer)
    code, instruction, how, copied, number = None, 0, "", None, None
    if frame.f_code is flask_versions.WSGI_APP:
        how = how_by_wsgi(object.__getattribute__(context.request, "environ"))
    else:
        code, instruction, how = who_pushed(frame)
    had_session = flask_versions.session_of(context) is not None
    if channel.copies and (copied := channel.copies.pop(id(context), None)) is not None:
        how = "copy"
    elif had_session:
        number = channel.number_by_hand(context, again=True)
        again_open(
            flask_versions.session_of(context), channel, number, is_over=how in ("stream", "test client")
        )
    else:
        channel.numbers.pop(id(context), None)
    current = flask_versions.app_variable.get(None)
    reused = None
    if current is not None and current.app is context.app:
        reused = number_of_app_context(channel, current)
    sessions.install_interface_of(channel, context.app)
    way = (code, instruction, how, reused, copied)
    app = None if reused is None else 0
    pushed_before = len(context._cv_tokens)
    passage = passages[me] = [
        0, 0, me, REQUEST_ENTERED, number, channel, IN_PARTS, outer, context, now(), app, None, way, had_session,
        pushed_before,
    ]  # fmt: skip
    return passage


def _entered(channel: Channel, passage: Passage, *, failed: bool) -> None:
    """Tell a passage that ends now part by part: the context is pushed, or its push raised half way."""
    end_passage(passage)
    try:
        tell_parts(passage)
        if not failed:
            tell_matched(passage)
            if passage[NUMBER] is not None:
                channel.watch(passage[NUMBER], ref(passage[CONTEXT]))
    except Exception as error:
        if not channel.absorbs("context.pushed", error):
            raise
