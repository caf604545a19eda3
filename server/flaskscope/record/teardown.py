"""Teardown functions, one by one."""

from __future__ import annotations

from sys import _getframe
from time import perf_counter_ns as now
from types import FunctionType, MethodType
from typing import Any

import flask.app

from flaskscope.record import flask_versions
from flaskscope.record.callsite import function_of
from flaskscope.record.channel import TEARDOWN, channels
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.passages import tell_passage
from flaskscope.record.patches import Patches
from flaskscope.snapshot import type_name


def install(patches: Patches) -> None:
    """Hook ``Flask.ensure_sync``: Flask passes each callback through it right before calling it."""
    patches.replace(flask.app.Flask, "ensure_sync", _ensure_sync, "teardown")


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
