"""Responses that are ready, and exceptions that left a view or a callback."""

from __future__ import annotations

from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from typing import Any

import flask.app
import werkzeug.wrappers
from flask.signals import got_request_exception
from werkzeug.exceptions import HTTPException

from flaskscope.record import flask_versions
from flaskscope.record.callsite import raising_place
from flaskscope.record.channel import EXCEPTION, REQUEST_FINISHED, REQUEST_LEFT, channels, number_of_its_own
from flaskscope.record.passages import END_AT, KIND, STATUS, Passage, passages, tell_passage
from flaskscope.record.patches import Patches
from flaskscope.snapshot import describe_exception

# Read past any metaclass of the app's.
_bases_of = type.__dict__["__mro__"].__get__


def install(patches: Patches) -> None:
    """Hook the sending of responses and the search for error handlers, and listen for unhandled exceptions."""
    patches.replace(werkzeug.wrappers.Response, "__call__", _respond, "request.finished")
    # Not what calls the handler: an exception that nobody handles would have that frame of ours in its traceback.
    patches.replace(flask.app.Flask, "_find_error_handler", _find_error_handler, "exception")
    if flask_versions.SENDS_SIGNALS:
        got_request_exception.connect(_record_exception, weak=False)
    else:
        patches.replace(flask.app.Flask, "handle_exception", _handle_exception, "exception")


def uninstall() -> None:
    """Stop listening for unhandled exceptions."""
    if flask_versions.SENDS_SIGNALS:
        got_request_exception.disconnect(_record_exception)


def _respond(original: Any) -> Any:
    wsgi_app = flask_versions.WSGI_APP
    request_variable = flask_versions.request_variable

    def __call__(self: Any, environ: Any, start_response: Any) -> Any:
        __traceback_hide__ = True
        passage = passages.get(get_ident())
        if passage is not None and passage[KIND] == REQUEST_LEFT and passage[STATUS] == id(self):
            # The one with which the session was saved.
            try:
                passage[STATUS] = self._status_code
            except AttributeError:  # its class keeps it in a way of its own
                passage[STATUS] = 0
            passage[END_AT] = now()
        elif channels and _getframe(1).f_code is wsgi_app:
            _record_response(self, passage)
        return original(self, environ, start_response)

    def _record_response(response: Any, passage: Passage | None) -> None:
        channel = None
        try:
            me = get_ident()
            status = _status_of(response)
            if passage is not None and passage[KIND] == REQUEST_LEFT and not passage[END_AT]:
                passage[STATUS] = status
                passage[END_AT] = now()
                return
            context = request_variable.get(None)
            channel = None if context is None else channels.get(id(context.app))
            if channel is not None:
                tell_passage(me)
                number = channel.numbers.get(id(context))
                channel.append((channel.next_order(), now(), me, REQUEST_FINISHED, number, None, 0, status))
        except Exception as error:
            if channel is None or not channel.absorbs("request.finished", error):
                raise

    return __call__


def _status_of(response: Any) -> int:
    """Return the status of *response*; 0 if its class keeps it in a way of its own."""
    try:
        status = response._status_code
    except AttributeError:
        return 0
    return status if type(status) is int else 0


def _find_error_handler(original: Any) -> Any:
    def find(self: Any, e: Exception, *rest: Any) -> Any:
        __traceback_hide__ = True
        handler = original(self, e, *rest)
        # 404 and its like are answers; and what `Flask` wraps an unhandled exception in is one, too.
        if handler is not None and HTTPException not in _bases_of(type(e)):
            _record(self, e, handled=True)
        return handler

    return find


def _handle_exception(original: Any) -> Any:
    def handle_exception(self: Any, e: Exception) -> Any:
        __traceback_hide__ = True
        _record_exception(self, e)
        return original(self, e)

    return handle_exception


def _record_exception(sender: Any, exception: BaseException | None = None, **extra: Any) -> None:
    if exception is not None:
        _record(sender, exception, handled=False)


def _record(app: Any, exception: BaseException, *, handled: bool) -> None:
    channel = channels.get(id(app))
    if channel is None:
        return
    try:
        me = get_ident()
        tell_passage(me)
        context = flask_versions.request_variable.get(None)
        code, instruction = raising_place(exception.__traceback__)
        channel.append(
            (
                channel.next_order(),
                now(),
                me,
                EXCEPTION,
                number_of_its_own(channel, context),
                code,
                instruction,
                describe_exception(exception),
                handled,
            )
        )
    except Exception as error:
        if not channel.absorbs("exception", error):
            raise
