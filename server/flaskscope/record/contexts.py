"""Pushes and pops of contexts up to Flask 3.1, where app contexts and request contexts are two kinds."""

from __future__ import annotations

from typing import Any

from flaskscope.record import flask_versions
from flaskscope.record.channel import channels
from flaskscope.record.entering import push_app, push_request
from flaskscope.record.leaving import pop_app, pop_request
from flaskscope.record.patches import Patches
from flaskscope.record.session import SessionHooks


def install(patches: Patches, sessions: SessionHooks) -> None:
    """Hook the pushes and pops of app contexts and request contexts."""
    app_context, request_context = flask_versions.AppContext, flask_versions.RequestContext
    assert request_context is not None
    patches.replace(app_context, "push", push_app, "context.pushed")
    patches.replace(app_context, "pop", pop_app, "context.popped")
    patches.replace(
        request_context, "push", lambda original: push_request(original, sessions), "context.pushed"
    )
    patches.replace(request_context, "pop", pop_request, "context.popped")
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
