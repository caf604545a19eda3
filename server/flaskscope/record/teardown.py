"""Teardown functions, one by one."""

from __future__ import annotations

from sys import _getframe
from time import perf_counter_ns as now
from types import FunctionType, MethodType, TracebackType
from typing import Any

import flask.app

from flaskscope.record import flask_versions
from flaskscope.record.callsite import function_of
from flaskscope.record.channel import TEARDOWN, TEARDOWN_FAILED, Channel, channels
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.passages import tell_passage
from flaskscope.record.patches import Patches
from flaskscope.snapshot import describe_exception, type_name


def look_for_teardowns(channel: Channel, app: Any) -> None:
    """Have the calls of teardown functions hooked if *app*, of which a context is about to be popped, has any."""
    attribute_of = object.__getattribute__
    if not channel.sees_teardowns and (
        attribute_of(app, "teardown_appcontext_funcs") or attribute_of(app, "teardown_request_funcs")
    ):
        channel.watch_teardowns()


def install(patches: Patches) -> None:
    """Hook ``Flask.ensure_sync``: Flask passes each callback through it right before calling it.

    It passes views through it as well, so that the hook is put in place only once an app has teardown functions.
    """
    patches.replace(flask.app.Flask, "ensure_sync", _ensure_sync, "teardown")
    if flask_versions.CollectErrors is not None:
        patches.replace(flask_versions.CollectErrors, "__exit__", _collect, "teardown")


def _collect(original: Any) -> Any:
    callers = flask_versions.DO_TEARDOWN_REQUEST, flask_versions.DO_TEARDOWN_APPCONTEXT

    def __exit__(self: Any, kind: Any, error: BaseException | None, raised_in: TracebackType | None) -> Any:
        __traceback_hide__ = True
        # Outside of these two, popping collects what they have raised of it.
        if error is not None and raised_in is not None and raised_in.tb_frame.f_code in callers:
            channel = channels.get(id(raised_in.tb_frame.f_locals.get("self")))
            if channel is not None and raised_in.tb_next is not None:
                try:
                    me = get_ident()
                    key = lane_key(me) if current_tasks else me
                    code = raised_in.tb_next.tb_frame.f_code
                    failure = describe_exception(error)
                    channel.append(
                        (channel.next_order(), now(), key, TEARDOWN_FAILED, None, code, -1, failure)
                    )
                except Exception as ours:
                    if not channel.absorbs("teardown", ours):
                        raise
        return original(self, kind, error, raised_in)

    return __exit__


def _ensure_sync(original: Any) -> Any:
    of_request, of_app = flask_versions.DO_TEARDOWN_REQUEST, flask_versions.DO_TEARDOWN_APPCONTEXT

    def ensure_sync(self: Any, func: Any) -> Any:
        __traceback_hide__ = True
        caller = _getframe(1).f_code
        if caller is of_request or caller is of_app:
            channel = channels.get(id(self))
            if channel is not None:
                try:
                    plain = func.__func__ if type(func) is MethodType else func
                    code = plain.__code__ if type(plain) is FunctionType else None
                    name = function_of(code) if code is not None else type_name(type(func))
                    level = "request" if caller is of_request else "app"
                    me = get_ident()
                    tell_passage(me)
                    key = lane_key(me) if current_tasks else me
                    channel.append((channel.next_order(), now(), key, TEARDOWN, None, code, -1, name, level))
                except Exception as error:
                    if not channel.absorbs("teardown", error):
                        raise
        return original(self, func)

    return ensure_sync
