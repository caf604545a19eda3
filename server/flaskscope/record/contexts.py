"""Pushes and pops of contexts up to Flask 3.1, where app contexts and request contexts are two kinds."""

from __future__ import annotations

import sys
from operator import attrgetter
from sys import _getframe, getrefcount
from time import perf_counter_ns as now
from types import CodeType, FrameType
from typing import Any
from weakref import ref

import flask.ctx

from flaskscope.record import flask_versions
from flaskscope.record.channel import (
    APP_POPPED,
    APP_PUSHED,
    REQUEST_ENTERED,
    REQUEST_LEFT,
    Channel,
    channels,
    g_owners,
    number_of_app_context,
    session_owners,
)
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.passages import (
    APP,
    APP_AT,
    APP_NUMBER,
    APP_PART,
    CHANNEL,
    CONTEXT,
    END_AT,
    GONE,
    IN_PARTS,
    KIND,
    NUMBER,
    OUTER,
    REQUEST_AT,
    REQUEST_IS_TOLD,
    REQUEST_PART,
    STARTED_AT,
    TOLD,
    Passage,
    begin_leaving,
    end_passage,
    passages,
    tell_matched,
    tell_parts,
    tell_passage,
)
from flaskscope.record.patches import Patches
from flaskscope.record.pushers import (
    FIRED_HEADER,
    MAX_PATH,
    how_by_wsgi,
    names_in,
    request_of_environ,
    thread_name,
    threads,
    who_pushed,
)
from flaskscope.record.session import SessionHooks, hash_of_cookie
from flaskscope.record.session_inside import items_of
from flaskscope.record.session_kept import USUAL_REFERENCES, again_open, keep_watching, leave_session
from flaskscope.snapshot import describe_exception

#: What is read of an environ at once.
_KEYS = ("PATH_INFO", "HTTP_COOKIE", FIRED_HEADER, "SERVER_SOFTWARE")


def install(patches: Patches, sessions: SessionHooks) -> None:
    """Hook the pushes and pops of app contexts and request contexts."""
    app_context, request_context = flask_versions.AppContext, flask_versions.RequestContext
    assert request_context is not None
    patches.replace(app_context, "push", _push_app, "context.pushed")
    patches.replace(app_context, "pop", _pop_app, "context.popped")
    patches.replace(
        request_context, "push", lambda original: _push_request(original, sessions), "context.pushed"
    )
    patches.replace(request_context, "pop", _pop_request, "context.popped")
    patches.replace(request_context, "copy", copy_of, "context.copied")


def copy_of(original: Any) -> Any:
    """Hook a context's ``copy()``: remember of which context the copy shares the request."""

    def copy(self: Any) -> Any:
        __traceback_hide__ = True
        made = original(self)
        channel = channels.get(id(self.app))
        if channel is not None:
            channel.copies[id(made)] = channel.numbers.get(id(self))
        return made

    return copy


def _push_app(original: Any) -> Any:
    def push(self: Any) -> None:
        __traceback_hide__ = True
        me = get_ident()
        passage = passages.get(me)
        if passage is not None and passage[APP] is None:  # in a passage that leaves, this place is never None
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


def _push_app_by_hand(channel: Channel, context: Any, me: int, frame: FrameType) -> None:
    tell_passage(me)
    code, instruction, how = who_pushed(frame)
    pushed = number_of_app_context(channel, context)
    if pushed:
        channel.numbers[id(context)] = pushed
    number = channel.number_by_hand(context, again=bool(pushed) or how in ("stream", "test client"))
    g = context.g
    g_owners[id(g)] = (channel, number)
    pushes = len(context._cv_tokens) + 1
    start = (number, code, instruction, how, thread_name(me), pushes, names_in(g, channel))
    key = lane_key(me) if current_tasks else me
    channel.append((channel.next_order(), now(), key, APP_PUSHED, *start))


def _push_request(original: Any, sessions: SessionHooks) -> Any:
    app_variable = flask_versions.app_variable
    wsgi_app = flask_versions.WSGI_APP
    stock_g = flask.ctx._AppCtxGlobals
    attribute_of = object.__getattribute__
    # This runs no code of the app's: `Channel.request_class` is a class without any.
    read = attrgetter(
        "request.url_rule.endpoint",
        "request.url_rule.rule",
        "request.method",
        "request.environ",
        flask_versions.SESSION_ATTRIBUTE,
    )

    def push(self: Any) -> None:
        # Written out flat, for the usual push by `Flask.wsgi_app`: each call of a function of ours costs the app
        # about 0.3 µs here, since the code in between is its own and ours is cold.
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None:
            return original(self)  # type: ignore[no-any-return]
        passage = None
        me = get_ident()
        try:
            frame = _getframe(1)
            if frame.f_code is wsgi_app and me not in passages and app_variable.get(None) is None:
                passages[me] = passage = [
                    0, 0, me, REQUEST_ENTERED, None, channel, 0, None, self, now(), None, None, None, False, 0
                ]  # fmt: skip
                if type(attribute_of(app, "session_interface")) is not channel.interface:
                    sessions.install_interface_of(channel, app)
                if attribute_of(app, "request_class") is not channel.request_class:
                    channel.look_at_requests(app)
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
            if passage[TOLD] or attribute_of(app, "request_class") is not channel.request_class:
                _entered(channel, passage, failed=False)
                return result  # type: ignore[no-any-return]
            app_context = passage[APP]
            try:
                endpoint, rule, method, environ, session = read(self)
            except AttributeError:  # no rule of the app's matched
                session = None
            if session is None or app_context is None:
                _entered(channel, passage, failed=False)
                return result  # type: ignore[no-any-return]
            del passages[me]
            app_number = channel.next_context()
            channel.numbers[id(self)] = number = channel.next_context()
            g = app_context.g
            g_owners[id(g)] = (channel, app_number)
            session_owners[id(session)] = (channel, number, None)
            if type(session) is not channel.session_class:
                sessions.note_class(channel, session)
            items = cookie = None
            size = channel.size_of_session(session)
            if size > 0:
                items = items_of(session, channel.is_secret)
            path, header, fired, server = map(environ.get, _KEYS)
            if header is not None and type(header) is str:
                cookie = hash_of_cookie(header, channel)
            if fired is None and type(path) is str:
                path = path[:MAX_PATH]
            else:
                method, path, fired = request_of_environ(environ)
            thread = threads.get(me)
            channel.append(
                (
                    channel.next_order(),
                    now(),
                    lane_key(me) if current_tasks else me,
                    REQUEST_ENTERED,
                    number,
                    None,
                    0,
                    passage[STARTED_AT],
                    app_number,
                    None if type(g) is stock_g else names_in(g, channel),
                    None if thread is None else attribute_of(thread, "_name"),
                    how_by_wsgi(environ) if server is None else "request",
                    method,
                    path,
                    fired,
                    channel.session_kind,
                    items,
                    size,
                    cookie,
                    endpoint,
                    rule,
                )
            )
        except Exception as error:
            passages.pop(me, None)
            if not channel.absorbs("context.pushed", error):
                raise
        return result  # type: ignore[no-any-return]

    return push


def _enter(channel: Channel, context: Any, me: int, frame: FrameType, sessions: SessionHooks) -> Passage:
    """Begin a passage onto the stack that is not the usual one."""
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


def _pop_app(original: Any) -> Any:
    (default,) = original.__defaults__

    def pop(self: Any, exc: BaseException | None = default) -> None:
        __traceback_hide__ = True
        me = get_ident()
        passage = passages.get(me)
        if passage is not None and passage[CONTEXT] is self and exc is None and not passage[TOLD]:
            # Flask pops it with the request context that leaves: told of with that.
            passage[REQUEST_AT] = now()
            return original(self, exc)  # type: ignore[no-any-return]
        channel = channels.get(id(self.app))
        if channel is None:
            return original(self, exc)  # type: ignore[no-any-return]
        place: tuple[CodeType | None, int] = (None, 0)
        unhandled = None
        try:
            if passage is not None and passage[CONTEXT] is self:
                _request_has_left(passage, _raised_within(_getframe(1)))
            else:
                tell_passage(me)
                passage = None
                place = who_pushed(_getframe(1))[:2]
            if exc is not None:
                unhandled = sys.exc_info()[1] if exc is default else exc
        except Exception as error:
            if not channel.absorbs("context.popped", error):
                raise
        try:
            result = original(self, exc)
        except BaseException as error:
            _app_has_left(channel, self, passage, place, unhandled, error)
            unhandled = None  # a traceback that points back here would be a cycle
            raise
        _app_has_left(channel, self, passage, place, unhandled, None)
        unhandled = None
        return result  # type: ignore[no-any-return]

    return pop


def _app_has_left(
    channel: Channel,
    context: Any,
    passage: Passage | None,
    place: tuple[CodeType | None, int],
    unhandled: BaseException | None,
    failure: BaseException | None,
) -> None:
    """Note a pop of an app context that needs more words than that it is gone."""
    try:
        left = len(context._cv_tokens)
        number = number_of_app_context(channel, context) or channel.number_by_hand(context, again=True)
        if not left:
            g_owners.pop(id(context.g), None)
        rest = (
            *place,
            left,
            None if unhandled is None else describe_exception(unhandled),
            None if failure is None else describe_exception(failure),
        )
        if passage is not None:
            passage[APP_NUMBER] = number
            passage[APP_PART] = rest
            passage[APP_AT] = now()
        else:
            me = get_ident()
            tell_passage(me)
            channel.append((channel.next_order(), now(), me, APP_POPPED, number, *rest))
    except Exception as error:
        if not channel.absorbs("context.popped", error):
            raise


def _pop_request(original: Any) -> Any:
    (default,) = original.__defaults__
    session_of = flask_versions.session_of

    def pop(self: Any, exc: BaseException | None = default) -> None:
        __traceback_hide__ = True
        channel = channels.get(id(self.app))
        if channel is None:
            return original(self, exc)  # type: ignore[no-any-return]
        passage = session = None
        me = get_ident()
        try:
            passage = passages.get(me)
            if (
                passage is not None
                and exc is None
                and passage[KIND] == REQUEST_LEFT
                and passage[END_AT]
                and channel.numbers.get(id(self)) == passage[NUMBER]
                and len(tokens := self._cv_tokens) == 1
            ):
                # `Flask.wsgi_app` called the response, and nothing went wrong.
                passage[CONTEXT] = tokens[0][1]
                session = session_of(self)
            else:
                passage, session = _leave(channel, self, me, exc, default, _getframe(1))
        except Exception as error:
            if not channel.absorbs("context.popped", error):
                raise
        try:
            result = original(self, exc)
        except BaseException as error:
            if passage is not None:
                _left(channel, passage, session, error)
            session = None
            raise
        if passage is None:
            return result  # type: ignore[no-any-return]
        try:
            app_context = passage[CONTEXT]
            if passage[TOLD] or app_context is None or app_context._cv_tokens:
                _left(channel, passage, session, None)
                return result  # type: ignore[no-any-return]
            owner = session_owners.pop(id(session), None)
            if getrefcount(session) > USUAL_REFERENCES[0] and owner is not None:
                keep_watching(session, *owner[:2])
            owner = g_owners.pop(id(app_context.g), None)
            if owner is not None:
                passage[APP_NUMBER] = owner[1]
            if passage[OUTER] is None:
                del passages[me]
            else:
                end_passage(passage)
                passage[OUTER] = None
            passage[0] = channel.next_order()
            passage[1] = now()
            passage[CHANNEL] = passage[CONTEXT] = None
            channel.append(tuple(passage))
        except Exception as error:
            if not channel.absorbs("context.popped", error):
                raise
        return result  # type: ignore[no-any-return]

    return pop


def _leave(
    channel: Channel, context: Any, me: int, exc: Any, default: object, frame: FrameType
) -> tuple[Passage, Any]:
    """Begin, or go on with, a passage off the stack that is not the usual one; return it and the session."""
    number = channel.numbers.get(id(context)) or channel.number_by_hand(context, again=True)
    passage = _leaving(channel, me, number)
    code: CodeType | None = None
    instruction = 0
    if frame.f_code is not flask_versions.WSGI_APP:
        code, instruction, _ = who_pushed(frame)
    unhandled = sys.exc_info()[1] if exc is default else exc
    tokens = context._cv_tokens
    left = len(tokens) - 1
    if tokens:
        passage[CONTEXT] = tokens[-1][1]
    described = None if unhandled is None else describe_exception(unhandled)
    passage[REQUEST_PART] = (code, instruction, left, described, None)
    passage[TOLD] = passage[TOLD] or IN_PARTS
    return passage, flask_versions.session_of(context) if left <= 0 else None


def _leaving(channel: Channel, me: int, number: int) -> Passage:
    """Return the passage by which the request context *number* leaves: saving its session may have begun it."""
    passage = passages.get(me)
    while passage is not None and passage[KIND] == REQUEST_LEFT and passage[NUMBER] != number:
        # Its session was saved, and it was never popped.
        tell_parts(passage)
        passage = passage[OUTER]
    if passage is not None and passage[KIND] == REQUEST_LEFT:
        passages[me] = passage
        return passage
    if passage is not None:
        tell_parts(passage)
    return begin_leaving(channel, me, number, passage)


def _left(channel: Channel, passage: Passage, session: Any, failure: BaseException | None) -> None:
    """Tell a passage that ends now part by part; popping it raised *failure*."""
    try:
        app_context = passage[CONTEXT]
        by_app = failure is not None and _passed_through(failure, flask_versions.APP_POP)
        its_own = None if by_app else failure
        if not passage[REQUEST_AT] or (its_own is not None and passage[TOLD] < REQUEST_IS_TOLD):
            _request_has_left(passage, its_own)
        if app_context is not None and not passage[APP_AT]:
            _app_has_left(channel, app_context, passage, (None, 0), None, failure if by_app else None)
        passage[CONTEXT] = None
        if session is not None:
            leave_session(session, calls=2)
        end_passage(passage)
        tell_parts(passage)
    except Exception as error:
        if not channel.absorbs("context.popped", error):
            raise


def _request_has_left(passage: Passage, failure: BaseException | None) -> None:
    """Note that the request context of *passage* has left the stack, and what popping it raised."""
    *rest, _ = passage[REQUEST_PART] or GONE
    passage[REQUEST_PART] = (*rest, None if failure is None else describe_exception(failure))
    passage[REQUEST_AT] = passage[REQUEST_AT] or now()
    passage[TOLD] = passage[TOLD] or IN_PARTS


def _raised_within(frame: FrameType) -> BaseException | None:
    """Return the exception that is on its way out of *frame*; one that was handled around it is another matter."""
    error = sys.exc_info()[1]
    step = None if error is None else error.__traceback__
    while step is not None:
        if step.tb_frame is frame:
            return error
        step = step.tb_next
    return None


def _passed_through(error: BaseException, code: CodeType) -> bool:
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code is code:
            return True
        step = step.tb_next
    return False
