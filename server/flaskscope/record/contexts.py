"""Pushes and pops of contexts up to Flask 3.1, where app contexts and request contexts are two kinds."""

from __future__ import annotations

import sys
from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from types import CodeType
from typing import Any

import flask.ctx

from flaskscope.record import flask_versions
from flaskscope.record.channel import APP_POPPED, APP_PUSHED, Channel, channels, g_owners, session_owners
from flaskscope.record.passages import (
    ADDRESS,
    APP,
    APP_AT,
    CHANNEL,
    END,
    END_AT,
    ENTERING,
    NUMBER,
    OUTER,
    REQUEST,
    REQUEST_AT,
    Passage,
    begin_passage,
    end_passage,
    passages,
    tell_parts,
    tell_passage,
)
from flaskscope.record.patches import Patches
from flaskscope.record.pushers import is_test_client, names_in, request_of_environ, thread_name, who_pushed
from flaskscope.snapshot import describe_exception

#: Characters kept of an endpoint or a rule.
MAX_RULE = 500

#: Stands for the app context of a passage that uses one which is pushed already.
_REUSED: tuple[Any, ...] = ()


def install(patches: Patches) -> None:
    """Hook the pushes and pops of app contexts and request contexts."""
    app_context, request_context = flask_versions.AppContext, flask_versions.RequestContext
    assert request_context is not None
    patches.replace(app_context, "push", _push_app, "context.pushed")
    patches.replace(app_context, "pop", _pop_app, "context.popped")
    patches.replace(request_context, "push", _push_request, "context.pushed")
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
            me = get_ident()
            g = self.g
            passage = passages.get(me)
            if (
                passage is not None
                and passage[ENTERING]
                and passage[APP] is None
                and passage[CHANNEL] is channel
                and not passage[REQUEST_AT]
            ):
                # Flask pushes it for the request context that is on its way.
                number = channel.next_context()
                channel.numbers[id(self)] = number
                passage[NUMBER] = passage[NUMBER] or channel.next_context()
                g_owners[id(g)] = (channel, number)
                names = None if type(g) is stock_g else names_in(g, channel)
                passage[APP] = (number, None, 0, "implicit", passage[REQUEST][3], 1, names)
                passage[APP_AT] = now()
            else:
                if passage is not None:
                    tell_parts(passage)
                code, instruction, how = who_pushed(_getframe(1))
                number = channel.number_by_hand(self, again=how in ("stream", "test client"))
                g_owners[id(g)] = (channel, number)
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
                        thread_name(me),
                        len(self._cv_tokens) + 1,
                        names_in(g, channel),
                    )
                )
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        return original(self)  # type: ignore[no-any-return]

    return push


def _push_request(original: Any) -> Any:
    app_variable = flask_versions.app_variable
    wsgi_app = flask_versions.WSGI_APP
    session_of = flask_versions.session_of
    attribute_of = object.__getattribute__

    def push(self: Any) -> None:
        __traceback_hide__ = True
        app = self.app
        channel = channels.get(id(app))
        if channel is None:
            return original(self)  # type: ignore[no-any-return]
        passage = None
        try:
            me = get_ident()
            frame = _getframe(1)
            passage = begin_passage(channel, me, None, entering=True)
            passage[ADDRESS] = id(self)
            code: CodeType | None = None
            instruction = 0
            copied = None
            environ = attribute_of(self.request, "environ")
            if frame.f_code is wsgi_app:
                how = "test client" if is_test_client(environ) else "request"
            else:
                code, instruction, how = who_pushed(frame)
                if channel.copies and (copied := channel.copies.pop(id(self), None)) is not None:
                    how = "copy"
                elif session_of(self) is not None:
                    passage[NUMBER] = channel.number_by_hand(self, again=True)
                else:
                    channel.numbers.pop(id(self), None)
            current = app_variable.get(None)
            reused = None
            if current is not None and current.app is app:
                reused = channel.numbers.get(id(current), 0)
                passage[APP] = _REUSED
            passage[REQUEST] = (
                code,
                instruction,
                how,
                thread_name(me),
                len(self._cv_tokens) + 1,
                reused,
                *request_of_environ(environ),
                copied,
            )
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        try:
            result = original(self)
        except BaseException:
            if passage is not None:
                _entered(channel, passage, self, failed=True)
            raise
        if passage is not None:
            _entered(channel, passage, self, failed=False)
        return result  # type: ignore[no-any-return]

    return push


def on_the_stack(channel: Channel, passage: Passage) -> None:
    """Note that the request context of *passage* has reached the stack: what it opens now belongs to it."""
    passage[REQUEST_AT] = now()
    number = passage[NUMBER]
    if number is None:
        number = passage[NUMBER] = channel.next_context()
    channel.numbers[passage[ADDRESS]] = number


def _entered(channel: Channel, passage: Passage, context: Any, *, failed: bool) -> None:
    """Tell the passage that ends now: *context* is pushed, or its push raised half way."""
    try:
        if not passage[REQUEST_AT] and context._cv_tokens:
            on_the_stack(channel, passage)
        if not failed and context.url_adapter is not None:
            # Past any __getattribute__ of the app's own class of requests.
            request = context.request
            rule = object.__getattribute__(request, "url_rule")
            failure = object.__getattribute__(request, "routing_exception")
            endpoint, pattern = (None, None) if rule is None else (rule.endpoint, rule.rule)
            passage[END] = (
                endpoint[:MAX_RULE] if type(endpoint) is str else None,
                pattern[:MAX_RULE] if type(pattern) is str else None,
                None if failure is None else describe_exception(failure),
            )
            passage[END_AT] = now()
        end_passage(passage, passage[END_AT] or passage[REQUEST_AT])
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
        passage = None
        code: CodeType | None = None
        instruction = 0
        me = get_ident()
        try:
            passage = passages.get(me)
            if passage is not None and (passage[ENTERING] or passage[ADDRESS] != id(self)):
                tell_parts(passage)
                passage = None
            if passage is None:
                code, instruction, _ = who_pushed(_getframe(1))
            elif not passage[REQUEST_AT]:
                _request_has_left(passage, sys.exc_info()[1])
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
                record = (
                    channel.numbers.get(id(self)) or channel.number_by_hand(self, again=True),
                    code,
                    instruction,
                    left,
                    None if unhandled is None else describe_exception(unhandled),
                    None if failure is None else describe_exception(failure),
                )
                if passage is not None:
                    passage[APP] = record
                    passage[APP_AT] = now()
                else:
                    tell_passage(me)
                    channel.append((channel.next_order(), now(), me, APP_POPPED, *record))
            except Exception as error:
                if not channel.absorbs("context.popped", error):
                    raise
            failure = unhandled = None  # a traceback that points back here would be a cycle

    return pop


def _pop_request(original: Any) -> Any:
    (default,) = original.__defaults__
    wsgi_app = flask_versions.WSGI_APP
    session_of = flask_versions.session_of

    def pop(self: Any, exc: BaseException | None = default) -> None:
        __traceback_hide__ = True
        channel = channels.get(id(self.app))
        if channel is None:
            return original(self, exc)  # type: ignore[no-any-return]
        passage = session = None
        handled = sys.exc_info()[1]
        try:
            number = channel.numbers.get(id(self)) or channel.number_by_hand(self, again=True)
            passage = _leaving(channel, get_ident(), number)
            frame = _getframe(1)
            code: CodeType | None = None
            instruction = 0
            if frame.f_code is not wsgi_app:
                code, instruction, _ = who_pushed(frame)
            unhandled = handled if exc is default else exc
            tokens = self._cv_tokens
            left = len(tokens) - 1
            if tokens:
                passage[ADDRESS] = id(tokens[-1][1])
            if left <= 0:
                session = session_of(self)
            passage[REQUEST] = (
                code,
                instruction,
                left,
                None if unhandled is None else describe_exception(unhandled),
                handled,
            )
            unhandled = None
        except Exception as error:
            if not channel.absorbs("context.popped", error):
                raise
        try:
            return original(self, exc)  # type: ignore[no-any-return]
        finally:
            handled = None
            if passage is not None:
                try:
                    if not passage[REQUEST_AT]:
                        _request_has_left(passage, sys.exc_info()[1])
                    if session is not None:
                        session_owners.pop(id(session), None)
                        session = None
                    end_passage(passage, passage[APP_AT] or passage[REQUEST_AT])
                except Exception as error:
                    if not channel.absorbs("context.popped", error):
                        raise

    return pop


def _leaving(channel: Channel, me: int, number: int) -> Passage:
    """Return the passage by which the request context *number* leaves: saving its session may have begun it."""
    passage = passages.get(me)
    while passage is not None and not passage[ENTERING] and passage[NUMBER] != number:
        # Its session was saved, and it was never popped.
        tell_parts(passage)
        passage = passage[OUTER]
    if passage is not None and not passage[ENTERING]:
        passages[me] = passage
        return passage
    if passage is None:
        passages.pop(me, None)
    return begin_passage(channel, me, number, entering=False)


def _request_has_left(passage: Passage, in_flight: BaseException | None) -> None:
    """Note that the request context of *passage* has left the stack.

    An exception in flight, unless it was there before popping began, is popping's own.
    """
    *rest, handled_before = passage[REQUEST]
    failure = None if in_flight is handled_before or in_flight is None else describe_exception(in_flight)
    passage[REQUEST] = (*rest, failure)
    passage[REQUEST_AT] = now()
