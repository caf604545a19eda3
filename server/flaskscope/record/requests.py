"""Requests: matched, finished, and the exceptions nobody handled."""

from __future__ import annotations

from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from typing import Any

import werkzeug.wrappers
from flask.signals import got_request_exception

from flaskscope.record import flask_versions
from flaskscope.record.callsite import raising_place
from flaskscope.record.channel import EXCEPTION, REQUEST_FINISHED, REQUEST_MATCHED, channel_of
from flaskscope.record.contexts import pushing, record_push
from flaskscope.record.patches import Patches
from flaskscope.snapshot import describe_exception

#: Characters kept of an endpoint or a rule.
MAX_RULE = 500


def install(patches: Patches) -> None:
    """Hook matching and the sending of responses, and listen for unhandled exceptions."""
    context = flask_versions.RequestContext or flask_versions.AppContext
    patches.replace(context, "match_request", _match)
    patches.replace(werkzeug.wrappers.Response, "__call__", _respond)
    got_request_exception.connect(_record_exception, weak=False)


def uninstall() -> None:
    """Stop listening for unhandled exceptions."""
    got_request_exception.disconnect(_record_exception)


def _match(original: Any) -> Any:
    request_of = flask_versions.request_of
    attribute_of = object.__getattribute__

    def match_request(self: Any) -> None:
        __traceback_hide__ = True
        channel = channel_of(self.app)
        if channel is None:
            return original(self)  # type: ignore[no-any-return]
        me = get_ident()
        if me in pushing:
            record_push(me)
        original(self)
        try:
            # Past any __getattribute__ of the app's own class of requests.
            request = request_of(self)
            rule = attribute_of(request, "url_rule")
            failure = attribute_of(request, "routing_exception")
            endpoint = None if rule is None else rule.endpoint
            pattern = None if rule is None else rule.rule
            channel.append(
                (
                    channel.next_order(),
                    now(),
                    me,
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
        return None

    return match_request


def _respond(original: Any) -> Any:
    wsgi_app = flask_versions.WSGI_APP
    request_variable = flask_versions.request_variable

    def __call__(self: Any, environ: Any, start_response: Any) -> Any:
        __traceback_hide__ = True
        if _getframe(1).f_code is wsgi_app:
            context = request_variable.get(None)
            channel = None if context is None else channel_of(context.app)
            if channel is not None:
                try:
                    # Not vars(self): asking an object for its dictionary makes every later use of it slower.
                    status = self._status_code
                    channel.append(
                        (
                            channel.next_order(),
                            now(),
                            get_ident(),
                            REQUEST_FINISHED,
                            channel.numbers.get(id(context)),
                            None,
                            0,
                            status if type(status) is int else 0,
                        )
                    )
                except Exception as error:
                    if not channel.absorbs("request.finished", error):
                        raise
        return original(self, environ, start_response)

    return __call__


def _record_exception(sender: Any, exception: BaseException | None = None, **extra: Any) -> None:
    channel = channel_of(sender)
    if channel is None or exception is None:
        return
    try:
        context = flask_versions.request_variable.get(None)
        code, instruction = raising_place(exception.__traceback__)
        channel.append(
            (
                channel.next_order(),
                now(),
                get_ident(),
                EXCEPTION,
                None if context is None else channel.numbers.get(id(context)),
                code,
                instruction,
                describe_exception(exception),
            )
        )
    except Exception as error:
        if not channel.absorbs("exception", error):
            raise
