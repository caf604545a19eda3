"""Pushes and pops of contexts up to Flask 3.1, where app contexts and request contexts are two kinds."""

from __future__ import annotations

import sys
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
    session_owners,
)
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.passages import (
    ADDRESS,
    APP,
    APP_AT,
    APP_NUMBER,
    APP_PART,
    CHANNEL,
    CONTEXT,
    END_AT,
    KIND,
    NAMES,
    NUMBER,
    OUTER,
    REQUEST_AT,
    REQUEST_PART,
    STARTED_AT,
    TOLD,
    WAY,
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
    MAX_FIRED,
    MAX_METHOD,
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
    stock_g = flask.ctx._AppCtxGlobals

    def push(self: Any) -> None:
        __traceback_hide__ = True
        channel = channels.get(id(self.app))
        if channel is None:
            if g_owners:
                g_owners.pop(id(self.g), None)
            return original(self)  # type: ignore[no-any-return]
        try:
            passage = passages.get(get_ident())
            if (
                passage is not None
                and passage[KIND] == REQUEST_ENTERED
                and passage[APP] is None
                and passage[CHANNEL] is channel
            ):
                # Flask pushes it for the request context that is on its way.
                passage[APP] = number = channel.numbers[id(self)] = channel.next_context()
                g = self.g
                g_owners[id(g)] = (channel, number)
                if type(g) is not stock_g:
                    passage[NAMES] = names_in(g, channel)
            else:
                _push_app_by_hand(channel, self, _getframe(1))
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        return original(self)  # type: ignore[no-any-return]

    return push


def _push_app_by_hand(channel: Channel, context: Any, frame: FrameType) -> None:
    me = get_ident()
    tell_passage(me)
    code, instruction, how = who_pushed(frame)
    number = channel.number_by_hand(context, again=how in ("stream", "test client"))
    g = context.g
    g_owners[id(g)] = (channel, number)
    pushes = len(context._cv_tokens) + 1
    start = (number, code, instruction, how, thread_name(me), pushes, names_in(g, channel))
    key = lane_key(me) if current_tasks else me
    channel.append((channel.next_order(), now(), key, APP_PUSHED, *start))


def _push_request(original: Any, sessions: SessionHooks) -> Any:
    app_variable = flask_versions.app_variable
    wsgi_app = flask_versions.WSGI_APP
    session_of = flask_versions.session_of
    attribute_of = object.__getattribute__
    natures = sessions.natures
    length_of = dict.__len__

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
            # Past any __getattribute__ of the app's own class of requests.
            rule = attribute_of(request, "url_rule")
            number = passage[NUMBER]
            if passage[WAY] is not None or passage[TOLD] or rule is None or number is None:
                _entered(channel, passage, failed=False)
                return result  # type: ignore[no-any-return]
            del passages[me]
            environ = attribute_of(request, "environ")
            session = session_of(self)
            nature = natures.get(id(type(session))) or sessions.nature_of(type(session))
            items = cookie = None
            size = -1
            if nature[0]:
                size = length_of(session)
                if size:
                    items = items_of(session, channel.is_secret)
            header = environ.get("HTTP_COOKIE")
            if type(header) is str:
                cookie = hash_of_cookie(header, channel)
            path = environ.get("PATH_INFO")
            fired = environ.get(FIRED_HEADER)
            method = environ.get("REQUEST_METHOD")
            if type(method) is not str or type(path) is not str or len(path) > MAX_PATH:
                method, path, fired = request_of_environ(environ)
            elif fired is not None:
                fired = fired[:MAX_FIRED] if type(fired) is str else None
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
                    passage[APP],
                    passage[NAMES],
                    None if thread is None else attribute_of(thread, "_name"),
                    "request" if "SERVER_SOFTWARE" in environ else how_by_wsgi(environ),
                    method if len(method) <= MAX_METHOD else method[:MAX_METHOD],
                    path,
                    fired,
                    channel.interface_name,
                    nature[1],
                    items,
                    size,
                    cookie,
                    attribute_of(rule, "endpoint"),
                    attribute_of(rule, "rule"),
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
        reused = channel.numbers.get(id(current), 0)
    sessions.install_interface_of(channel, context.app)
    way = (code, instruction, how, reused, copied)
    app = None if reused is None else 0
    pushed_before = len(context._cv_tokens)
    passage = passages[me] = [
        0, 0, me, REQUEST_ENTERED, number, channel, 0, outer, context, now(), app, None, way, had_session,
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
        channel = channels.get(id(self.app))
        if channel is None:
            return original(self, exc)  # type: ignore[no-any-return]
        place: tuple[CodeType | None, int] = (None, 0)
        passage = unhandled = None
        me = get_ident()
        try:
            passage = passages.get(me)
            if passage is not None and passage[KIND] == REQUEST_LEFT and passage[ADDRESS] == id(self):
                if exc is None and passage[REQUEST_PART] is None:
                    passage[REQUEST_AT] = now()
                    in_flight = sys.exc_info()[1]
                    if in_flight is not None:
                        _request_raised(passage, in_flight, _getframe(1))
                    in_flight = None
                elif not passage[REQUEST_AT]:
                    _request_has_left(passage, sys.exc_info()[1])
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
        if passage is None or unhandled is not None or self._cv_tokens:
            _app_has_left(channel, self, passage, place, unhandled, None)
            unhandled = None
        else:
            owner = g_owners.pop(id(self.g), None)
            if owner is not None:
                passage[APP_NUMBER] = owner[1]
                passage[APP_AT] = now()
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
        if not left:
            g_owners.pop(id(context.g), None)
        number = channel.numbers.get(id(context)) or channel.number_by_hand(context, again=True)
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
            tokens = self._cv_tokens
            if (
                passage is not None
                and exc is None
                and passage[KIND] == REQUEST_LEFT
                and passage[END_AT]
                and len(tokens) == 1
                and channel.numbers.get(id(self)) == passage[NUMBER]
            ):
                # `Flask.wsgi_app` called the response, and nothing went wrong.
                passage[ADDRESS] = id(tokens[0][1])
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
        if passage[REQUEST_PART] is not None or passage[TOLD] or not passage[APP_AT] or passage[APP_PART]:
            _left(channel, passage, session)
            return result  # type: ignore[no-any-return]
        try:
            owner = session_owners.pop(id(session), None)
            if getrefcount(session) > USUAL_REFERENCES[0] and owner is not None:
                keep_watching(session, *owner[:2])
            if passage[OUTER] is None:
                del passages[me]
            else:
                end_passage(passage)
                passage[OUTER] = None
            passage[0] = channel.next_order()
            passage[1] = now()
            passage[CHANNEL] = None
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
    handled = sys.exc_info()[1]
    number = channel.numbers.get(id(context)) or channel.number_by_hand(context, again=True)
    passage = _leaving(channel, me, number)
    code: CodeType | None = None
    instruction = 0
    if frame.f_code is not flask_versions.WSGI_APP:
        code, instruction, _ = who_pushed(frame)
    unhandled = handled if exc is default else exc
    tokens = context._cv_tokens
    left = len(tokens) - 1
    if tokens:
        passage[ADDRESS] = id(tokens[-1][1])
    described = None if unhandled is None else describe_exception(unhandled)
    passage[REQUEST_PART] = (code, instruction, left, described, handled)
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


def _left(channel: Channel, passage: Passage, session: Any, raised: BaseException | None = None) -> None:
    """Tell a passage that ends now part by part; *raised* is what the whole of it raised."""
    try:
        if passage[REQUEST_PART] is None:
            failure = None
            # Its app context left well: what was raised is of the request, whose teardown functions ran before that.
            if raised is not None and passage[REQUEST_AT] and not passage[APP_PART]:
                failure = describe_exception(raised)
            passage[REQUEST_PART] = (None, 0, 0, None, failure)
        if not passage[REQUEST_AT]:
            _request_has_left(passage, sys.exc_info()[1])
        if session is not None:
            leave_session(session, calls=2)
        end_passage(passage)
        tell_parts(passage)
    except Exception as error:
        if not channel.absorbs("context.popped", error):
            raise


def _request_raised(passage: Passage, in_flight: BaseException, popping: FrameType) -> None:
    """Note what a teardown function of a request raised, while the app context is popped that came with it.

    Popping goes on in a ``finally`` block of the frame *popping*. An exception that somebody around it is handling
    was never in that frame.
    """
    raised_in = in_flight.__traceback__
    if raised_in is not None and raised_in.tb_frame is popping:
        passage[REQUEST_PART] = (None, 0, 0, None, describe_exception(in_flight))


def _request_has_left(passage: Passage, in_flight: BaseException | None) -> None:
    """Note that the request context of *passage* has left the stack.

    An exception in flight, unless it was there before popping began, is popping's own.
    """
    *rest, handled_before = passage[REQUEST_PART] or (None, 0, 0, None, None)
    failure = None if in_flight is handled_before or in_flight is None else describe_exception(in_flight)
    passage[REQUEST_PART] = (*rest, failure)
    passage[REQUEST_AT] = now()
