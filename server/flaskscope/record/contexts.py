"""Pushes and pops of contexts, up to Flask 3.1 (two kinds of contexts) and from 3.2 on (one)."""

from __future__ import annotations

import sys
import threading
from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from types import CodeType, FrameType
from typing import Any

from flaskscope.record import flask_versions
from flaskscope.record.callsite import MAX_FRAMES, is_passed_over
from flaskscope.record.channel import (
    APP_POPPED,
    APP_PUSHED,
    MERGED_POPPED,
    MERGED_PUSHED,
    REQUEST_POPPED,
    REQUEST_PUSHED,
    Channel,
    channels,
    g_owners,
    session_owners,
)
from flaskscope.record.patches import Patches
from flaskscope.snapshot import REDACTED_SNAPSHOT, describe_exception, keep

#: The header by which a dashboard marks a request that it fired itself, and the longest mark that is kept. What stands
#: before the first hyphen in it is the same for all requests of one browser.
FIRED_HEADER = "HTTP_X_FLASKSCOPE_FIRE"
MAX_FIRED = 64

#: Characters kept of a request's path.
MAX_PATH = 1_000

#: Names of a ``g`` that is not empty when its context is pushed; more are not looked at.
MAX_NAMES_AT_PUSH = 32

#: Code objects of which is remembered how they push contexts.
MAX_CODE_REMEMBERED = 4_096

#: A request context that is being pushed in a thread, until it is on the stack: what to record of it then. Its app
#: context goes first.
pushing: dict[int, tuple[Channel, Any, list[Any]]] = {}

#: A request context that is being popped in a thread, until it has left the stack.
_popping: dict[int, tuple[Channel, tuple[Any, ...], BaseException | None]] = {}

_active = threading._active  # type: ignore[attr-defined]  # current_thread() would register threads it does not know


def install(patches: Patches) -> None:
    """Hook the pushes and pops of every context class this version of Flask has."""
    app_context, request_context = flask_versions.AppContext, flask_versions.RequestContext
    patches.replace(app_context, "__init__", _forget_number)
    if request_context is None:
        patches.replace(app_context, "push", _push_merged)
        patches.replace(app_context, "pop", _pop_merged)
        patches.replace(app_context, "copy", _copy)
        return
    patches.replace(request_context, "__init__", _forget_number)
    push_of_request = request_context.push.__code__
    pop_of_request = request_context.pop.__code__
    patches.replace(app_context, "push", lambda original: _push_app(original, push_of_request))
    patches.replace(app_context, "pop", lambda original: _pop_app(original, pop_of_request))
    patches.replace(request_context, "push", _push_request)
    patches.replace(request_context, "pop", _pop_request)
    patches.replace(request_context, "copy", _copy)


def _forget_number(original: Any) -> Any:
    def __init__(self: Any, app: Any, *args: Any, **kwargs: Any) -> None:
        __traceback_hide__ = True
        channel = channels.get(id(app))
        if channel is not None:
            # A new context at the address of one that is gone is another one.
            channel.numbers.pop(id(self), None)
        if kwargs:
            original(self, app, *args, **kwargs)
        else:
            original(self, app, *args)

    return __init__


def _copy(original: Any) -> Any:
    def copy(self: Any) -> Any:
        __traceback_hide__ = True
        made = original(self)
        channel = channels.get(id(self.app))
        if channel is not None:
            channel.copies[id(made)] = channel.numbers.get(id(self))
        return made

    return copy


def _push_app(original: Any, push_of_request: CodeType) -> Any:
    def push(self: Any) -> None:
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None or channel.app() is not app or not channel.on:
            if g_owners:
                g_owners.pop(id(self.g), None)
            return original(self)  # type: ignore[no-any-return]
        try:
            frame = _getframe(1)
            implicit = frame.f_code is push_of_request
            code, instruction, how = (None, 0, "implicit") if implicit else _who_pushed(frame)
            number = channel.number_of(self)
            g = self.g
            g_owners[id(g)] = (channel, number)
            me = get_ident()
            channel.append(
                (
                    channel.next_order(),
                    now(),
                    me,
                    APP_PUSHED,
                    number,
                    code,
                    instruction,
                    how,
                    _thread_name(me),
                    len(self._cv_tokens) + 1,
                    _names_in(g, channel),
                )
            )
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        return original(self)  # type: ignore[no-any-return]

    return push


def _push_request(original: Any) -> Any:
    app_variable = flask_versions.app_variable

    def push(self: Any) -> None:
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None or channel.app() is not app or not channel.on:
            return original(self)  # type: ignore[no-any-return]
        me = get_ident()
        try:
            current = app_variable.get(None)
            reused = (
                channel.numbers.get(id(current), 0) if current is not None and current.app is app else None
            )
            pushing[me] = (
                channel,
                self,
                _request_record(
                    self, channel, _getframe(1), me, REQUEST_PUSHED, len(self._cv_tokens) + 1, reused
                ),
            )
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        try:
            return original(self)  # type: ignore[no-any-return]
        finally:
            if me in pushing:
                record_push(me)

    return push


def record_push(me: int) -> int | None:
    """Record the push of the request context that thread *me* is pushing: it is on the stack now.

    Return its number: only now, so that the app context pushed for it has the smaller one.
    """
    pending = pushing.pop(me, None)
    if pending is None:
        return None
    channel, context, record = pending
    number = record[2] = channel.number_of(context)
    channel.append((channel.next_order(), now(), *record))
    return number


def _push_merged(original: Any) -> Any:
    def push(self: Any) -> None:
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None or channel.app() is not app or not channel.on:
            if g_owners:
                g_owners.pop(id(self.g), None)
            return original(self)  # type: ignore[no-any-return]
        try:
            me = get_ident()
            frame = _getframe(1)
            pushes = self._push_count + 1
            g = self.g
            if self._request is not None:
                record = _request_record(self, channel, frame, me, MERGED_PUSHED, pushes, None)
                record[2] = channel.number_of(self)
                record.append(_names_in(g, channel))
            else:
                code, instruction, how = _who_pushed(frame)
                record = [
                    me,
                    APP_PUSHED,
                    channel.number_of(self),
                    code,
                    instruction,
                    how,
                    _thread_name(me),
                    pushes,
                ]
                record.append(_names_in(g, channel))
            g_owners[id(g)] = (channel, record[2])
            channel.append((channel.next_order(), now(), *record))
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        return original(self)  # type: ignore[no-any-return]

    return push


def _pop_app(original: Any, pop_of_request: CodeType) -> Any:
    (default,) = original.__defaults__

    def pop(self: Any, exc: BaseException | None = default) -> None:
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None or channel.app() is not app or not channel.on:
            return original(self, exc)  # type: ignore[no-any-return]
        code: CodeType | None = None
        instruction = 0
        try:
            frame = _getframe(1)
            if frame.f_code is not pop_of_request:
                code, instruction, _ = _who_pushed(frame)
            elif _popping:
                _record_request_popped(get_ident())
        except Exception as error:
            if not channel.absorbs("context.popped", error):
                raise
        unhandled = sys.exc_info()[1] if exc is default else exc
        failure = None
        try:
            return original(self, exc)  # type: ignore[no-any-return]
        except BaseException as error:
            failure = error
            raise
        finally:
            try:
                left = len(self._cv_tokens)
                if not left:
                    g_owners.pop(id(self.g), None)
                channel.append(
                    (
                        channel.next_order(),
                        now(),
                        get_ident(),
                        APP_POPPED,
                        channel.number_of(self),
                        code,
                        instruction,
                        left,
                        None if unhandled is None else describe_exception(unhandled),
                        None if failure is None else describe_exception(failure),
                    )
                )
            except Exception as error:
                if not channel.absorbs("context.popped", error):
                    raise
            failure = unhandled = None  # a traceback that points back here would be a cycle

    return pop


def _pop_request(original: Any) -> Any:
    (default,) = original.__defaults__

    def pop(self: Any, exc: BaseException | None = default) -> None:
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None or channel.app() is not app or not channel.on:
            return original(self, exc)  # type: ignore[no-any-return]
        me = get_ident()
        handled = sys.exc_info()[1]
        try:
            frame = _getframe(1)
            code, instruction = (
                (None, 0) if frame.f_code is flask_versions.WSGI_APP else _who_pushed(frame)[:2]
            )
            unhandled = handled if exc is default else exc
            left = len(self._cv_tokens) - 1
            session = None if left else flask_versions.session_of(self)
            _popping[me] = (
                channel,
                (
                    me,
                    REQUEST_POPPED,
                    channel.number_of(self),
                    code,
                    instruction,
                    left,
                    None if unhandled is None else describe_exception(unhandled),
                ),
                handled,
            )
            unhandled = None
        except Exception as error:
            session = None
            if not channel.absorbs("context.popped", error):
                raise
        try:
            return original(self, exc)  # type: ignore[no-any-return]
        finally:
            handled = None
            if me in _popping:
                _record_request_popped(me)
            if session is not None:
                session_owners.pop(id(session), None)
                session = None

    return pop


def _record_request_popped(me: int) -> None:
    """Record that the request context which thread *me* is popping has left the stack.

    The exception in flight, unless it was there before popping began, is popping's own.
    """
    waiting = _popping.pop(me, None)
    if waiting is not None:
        channel, record, handled_before = waiting
        failure = sys.exc_info()[1]
        if failure is handled_before:
            failure = None
        channel.append(
            (channel.next_order(), now(), *record, None if failure is None else describe_exception(failure))
        )


def _pop_merged(original: Any) -> Any:
    (default,) = original.__defaults__

    def pop(self: Any, exc: BaseException | None = default) -> None:
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None or channel.app() is not app or not channel.on:
            return original(self, exc)  # type: ignore[no-any-return]
        code: CodeType | None = None
        instruction = 0
        try:
            frame = _getframe(1)
            if frame.f_code is not flask_versions.WSGI_APP:
                code, instruction, _ = _who_pushed(frame)
        except Exception as error:
            if not channel.absorbs("context.popped", error):
                raise
        failure = None
        try:
            return original(self, exc)  # type: ignore[no-any-return]
        except BaseException as error:
            failure = error
            raise
        finally:
            try:
                left = self._push_count
                if not left:
                    g_owners.pop(id(self.g), None)
                    session_owners.pop(id(self._session), None)
                channel.append(
                    (
                        channel.next_order(),
                        now(),
                        get_ident(),
                        MERGED_POPPED if self._request is not None else APP_POPPED,
                        channel.number_of(self),
                        code,
                        instruction,
                        left,
                        None if exc is None else describe_exception(exc),
                        None if failure is None else describe_exception(failure),
                    )
                )
            except Exception as error:
                if not channel.absorbs("context.popped", error):
                    raise
            failure = None  # a traceback that points back here would be a cycle

    return pop


def _request_record(
    context: Any, channel: Channel, frame: FrameType, me: int, kind: int, pushes: int, reused: int | None
) -> list[Any]:
    """What to record of a context that carries a request, from the field *thread* on, without its number."""
    environ = object.__getattribute__(flask_versions.request_of(context), "environ")
    code: CodeType | None
    if frame.f_code is flask_versions.WSGI_APP:
        code, instruction, how = None, 0, "request"
        if "SERVER_SOFTWARE" not in environ and environ.get("HTTP_USER_AGENT", "").startswith("Werkzeug/"):
            how = "test client"
    else:
        code, instruction, how = _who_pushed(frame)
    copied = None
    if channel.copies:
        copied = channel.copies.pop(id(context), None)
        if copied is not None:
            how = "copy"
    fired = environ.get(FIRED_HEADER)
    return [
        me,
        kind,
        None,
        code,
        instruction,
        how,
        _thread_name(me),
        pushes,
        reused,
        environ.get("REQUEST_METHOD", "")[:16],
        environ.get("PATH_INFO", "")[:MAX_PATH],
        fired[:MAX_FIRED] if fired else None,
        copied,
    ]


def _thread_name(me: int) -> str | None:
    thread = _active.get(me)
    # Not thread.name: a subclass may have overridden it.
    return None if thread is None else thread._name


def _names_in(g: object, channel: Channel) -> list[tuple[str, Any]] | None:
    """Return what is in *g* already; ``None`` in the usual case that it is empty or not to be looked into."""
    try:
        names = object.__getattribute__(g, "__dict__")
    except AttributeError:
        return None
    if not names or type(names) is not dict:
        return None
    is_secret = channel.is_secret
    return [
        (name, REDACTED_SNAPSHOT if is_secret(name) else keep(value, is_secret))
        for name, value in list(names.items())[:MAX_NAMES_AT_PUSH]
        if type(name) is str
    ]


#: Functions of Flask's own that say how a context came to be pushed: by the name of the file and of the function
#: ("" for any).
_WAYS = {
    ("cli.py", ""): "cli",
    ("testing.py", ""): "test client",
    ("helpers.py", "generator"): "stream",
    ("helpers.py", "stream_with_context"): "stream",
    ("ctx.py", "wrapper"): "copy",
}

_flask_folder = flask_versions.WSGI_APP.co_filename.removesuffix("app.py")

#: What was found out of a code object, by its address: how it pushes contexts, "" for not at all, or ``None`` for code
#: of the user's. Frames are passed over by the dozen for each context pushed by hand.
_ways: dict[int, tuple[CodeType, str | None]] = {}


def _way_of(code: CodeType) -> str | None:
    known = _ways.get(id(code))
    if known is not None and known[0] is code:
        return known[1]
    way: str | None = None
    if is_passed_over(code.co_filename):
        way = ""
        if code.co_filename.startswith(_flask_folder):
            file = code.co_filename.removeprefix(_flask_folder)
            way = _WAYS.get((file, code.co_name)) or _WAYS.get((file, "")) or ""
    if len(_ways) >= MAX_CODE_REMEMBERED:
        _ways.clear()
    _ways[id(code)] = code, way
    return way


def _who_pushed(frame: FrameType | None) -> tuple[CodeType | None, int, str]:
    """Return the user's place at or outside *frame*, and how the context came to be pushed or popped."""
    how = ""
    for _ in range(MAX_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        way = _way_of(code)
        if way is None:
            return code, frame.f_lasti, how or "by hand"
        how = how or way
        frame = frame.f_back
    return None, 0, how or "by hand"
