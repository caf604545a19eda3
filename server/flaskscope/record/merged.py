"""Pushes and pops of contexts from Flask 3.2 on, where one kind of context is with or without a request."""

from __future__ import annotations

from sys import _getframe
from time import perf_counter_ns as now
from types import CodeType
from typing import Any

from flaskscope.record import flask_versions
from flaskscope.record.callsite import unhandled_in
from flaskscope.record.channel import (
    APP_POPPED,
    APP_PUSHED,
    MERGED_POPPED,
    MERGED_PUSHED,
    REQUEST_MATCHED,
    channels,
    g_owners,
)
from flaskscope.record.contexts import copy_of
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.passages import MAX_RULE
from flaskscope.record.patches import Patches
from flaskscope.record.pushers import is_test_client, names_in, request_of_environ, thread_name, who_pushed
from flaskscope.record.session import SessionHooks
from flaskscope.record.session_kept import again_open, leave_session
from flaskscope.record.teardown import look_for_teardowns
from flaskscope.snapshot import describe_exception


def install(patches: Patches, sessions: SessionHooks) -> None:
    """Hook the pushes and pops of the one class of contexts, and the matching of URLs."""
    context = flask_versions.AppContext
    patches.replace(context, "push", lambda original: _push(original, sessions), "context.pushed")
    patches.replace(context, "pop", _pop, "context.popped")
    patches.replace(context, "copy", copy_of, "context.copied")
    patches.replace(context, "match_request", _match, "request.matched")


def _push(original: Any, sessions: SessionHooks) -> Any:
    wsgi_app = flask_versions.WSGI_APP

    def push(self: Any) -> None:
        __traceback_hide__ = True
        channel = channels.get(id(self.app))
        if channel is None:
            if g_owners:
                g_owners.pop(id(self.g), None)
            return original(self)  # type: ignore[no-any-return]
        try:
            me = get_ident()
            frame = _getframe(1)
            sessions.install_interface_of(channel, self.app)
            request = self._request
            environ = None if request is None else object.__getattribute__(request, "environ")
            code: CodeType | None = None
            instruction = 0
            if environ is not None and frame.f_code is wsgi_app:
                how = "test client" if is_test_client(environ) else "request"
                number = channel.new_number(self)
            else:
                code, instruction, how = who_pushed(frame)
                session = self._session
                again = how in ("stream", "test client") or session is not None
                number = channel.number_by_hand(self, again=again)
                if session is not None:
                    again_open(session, channel, number, is_over=how in ("stream", "test client"))
                del session
            copied = channel.copies.pop(id(self), None) if channel.copies else None
            if copied is not None:
                how = "copy"
            g = self.g
            g_owners[id(g)] = (channel, number)
            start = (number, code, instruction, how, thread_name(me), self._push_count + 1)
            key = lane_key(me) if current_tasks else me
            names = names_in(g, channel)
            if environ is None:
                channel.append((channel.next_order(), now(), key, APP_PUSHED, *start, names))
            else:
                rest = (None, *request_of_environ(environ), copied, names)
                channel.append((channel.next_order(), now(), key, MERGED_PUSHED, *start, *rest))
        except Exception as error:
            if not channel.absorbs("context.pushed", error):
                raise
        return original(self)  # type: ignore[no-any-return]

    return push


def _pop(original: Any) -> Any:
    original, default = flask_versions.with_default(original, "pop")
    wsgi_app = flask_versions.WSGI_APP

    def pop(self: Any, exc: BaseException | None = default) -> None:
        __traceback_hide__ = True
        channel = channels.get(id(self.app))
        if channel is None:
            return original(self, exc)  # type: ignore[no-any-return]
        code: CodeType | None = None
        instruction, how = 0, None
        try:
            frame = _getframe(1)
            look_for_teardowns(channel, self.app)
            if frame.f_code is not wsgi_app:
                code, instruction, how = who_pushed(frame)
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
                    session = self._session
                    leave_session(session, calls=1)
                    del session
                channel.append(
                    (
                        channel.next_order(),
                        now(),
                        get_ident(),
                        MERGED_POPPED if self._request is not None else APP_POPPED,
                        channel.numbers.get(id(self)) or channel.number_by_hand(self, again=True),
                        code,
                        instruction,
                        left,
                        how,
                        None if exc is None else unhandled_in(exc),
                        None if failure is None else describe_exception(failure),
                    )
                )
            except Exception as error:
                if not channel.absorbs("context.popped", error):
                    raise
            failure = None  # a traceback that points back here would be a cycle

    return pop


def _match(original: Any) -> Any:
    attribute_of = object.__getattribute__

    def match_request(self: Any) -> None:
        __traceback_hide__ = True
        original(self)
        channel = channels.get(id(self.app))
        if channel is None:
            return
        try:
            rule = attribute_of(self._request, "url_rule")
            failure = attribute_of(self._request, "routing_exception")
            endpoint, pattern = (
                (None, None)
                if rule is None
                else (
                    attribute_of(rule, "endpoint"),
                    attribute_of(rule, "rule"),
                )
            )
            channel.append(
                (
                    channel.next_order(),
                    now(),
                    get_ident(),
                    REQUEST_MATCHED,
                    channel.numbers.get(id(self)),
                    None,
                    0,
                    endpoint[:MAX_RULE] if type(endpoint) is str else None,
                    pattern[:MAX_RULE] if type(pattern) is str else None,
                    None if failure is None else describe_exception(failure),
                )
            )
        except Exception as error:
            if not channel.absorbs("request.matched", error):
                raise

    return match_request
