"""Contexts that are popped, up to Flask 3.1; see `flaskscope.record.passages` for how that is told."""

from __future__ import annotations

import sys
from sys import _getframe, getrefcount
from time import perf_counter_ns as now
from types import CodeType, FrameType
from typing import Any, TypeAlias

from flaskscope.record import flask_versions
from flaskscope.record.callsite import unhandled_in
from flaskscope.record.channel import (
    APP_POPPED,
    OF_APP_NUMBER,
    OF_CHANNEL,
    OF_CONTEXT,
    OF_NUMBER,
    REQUEST_LEFT,
    Channel,
    channels,
    g_owners,
    in_progress,
    number_of_app_context,
    release,
    session_owners,
)
from flaskscope.record.identity import get_ident
from flaskscope.record.passages import (
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
    TOLD,
    Passage,
    begin_leaving,
    end_passage,
    passages,
    tell_parts,
    tell_passage,
)
from flaskscope.record.pushers import (
    who_pushed,
)
from flaskscope.record.session_kept import USUAL_REFERENCES, keep_watching, leave_session
from flaskscope.record.teardown import look_for_teardowns
from flaskscope.snapshot import describe_exception

#: Code, the instruction in it, and how it popped a context.
Place: TypeAlias = tuple[CodeType | None, int, str | None]


def pop_app(original: Any) -> Any:
    """Hook ``AppContext.pop``."""
    original, default = flask_versions.with_default(original, "pop")

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
        place: Place = (None, 0, None)
        unhandled = None
        try:
            if passage is not None and passage[CONTEXT] is self:
                _request_has_left(passage, _raised_within(_getframe(1)))
            else:
                tell_passage(me)
                passage = None
                place = who_pushed(_getframe(1))
                look_for_teardowns(channel, self.app)
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
    place: Place,
    unhandled: BaseException | None,
    failure: BaseException | None,
) -> None:
    """Note a pop of an app context that needs more words than that it is gone."""
    try:
        left = len(context._cv_tokens)
        number = number_of_app_context(channel, context) or channel.number_by_hand(context, again=False)
        if not left:
            g_owners.pop(id(context.g), None)
            channel.remember(context, number)
        code, instruction, how = place
        rest = (
            code,
            instruction,
            left,
            how,
            None if unhandled is None else unhandled_in(unhandled),
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


def pop_request(original: Any) -> Any:
    """Hook ``RequestContext.pop``."""
    original, default = flask_versions.with_default(original, "pop")
    session_of = flask_versions.session_of
    private = flask_versions.SESSION_ATTRIBUTE == "_session"

    def pop(self: Any, exc: BaseException | None = default) -> None:
        # Written out flat, as the push is.
        __traceback_hide__ = True
        me = get_ident()
        held = in_progress.get(me)
        if held is not None and held[OF_CONTEXT] is self:
            channel = held[OF_CHANNEL]
        else:
            held = None
            channel = channels.get(id(self.app))
            if channel is None:
                return original(self, exc)  # type: ignore[no-any-return]
        passage = session = None
        try:
            passage = passages.get(me)
            if (
                held is not None
                and passage is not None
                and exc is None
                and passage[NUMBER] == held[OF_NUMBER]
                and passage[KIND] == REQUEST_LEFT
                and passage[END_AT]
                and len(tokens := self._cv_tokens) == 1
            ):
                # `Flask.wsgi_app` called the response, and nothing went wrong.
                passage[CONTEXT] = tokens[0][1]
                if not channel.sees_teardowns:
                    app = self.app
                    if not channel.is_plain or app.teardown_appcontext_funcs or app.teardown_request_funcs:
                        channel.watch_teardowns()
            else:
                held = None
                passage, session = _leave(channel, self, me, exc, default, _getframe(1))
        except Exception as error:
            if not channel.absorbs("context.popped", error):
                raise
        try:
            result = original(self, exc)
        except BaseException as error:
            if held is not None:
                held = None
                release(me, self)
                session = session_of(self)
            if passage is not None:
                _left(channel, passage, session, error)
            session = None
            raise
        if passage is None:
            return result  # type: ignore[no-any-return]
        try:
            app_context = passage[CONTEXT]
            if held is None or passage[TOLD] or app_context is None or app_context._cv_tokens:
                if held is not None:
                    held = None
                    release(me, self)
                    session = session_of(self)
                _left(channel, passage, session, None)
                return result  # type: ignore[no-any-return]
            passage[APP_NUMBER] = held[OF_APP_NUMBER]
            if getrefcount(app_context) > USUAL_REFERENCES[0]:
                # Somebody may push it again, as `stream_with_context` does from 3.1.2 on.
                channel.remember(app_context, held[OF_APP_NUMBER])
            held = None
            in_progress.pop(me, None)  # recording may have ended meanwhile
            session = self._session if private else self.session
            if getrefcount(session) > USUAL_REFERENCES[0]:
                session_owners.pop(id(session), None)
                keep_watching(session, channel, passage[NUMBER])
            elif session_owners:
                session_owners.pop(id(session), None)
            if passage[OUTER] is None:
                passages.pop(me, None)
            else:
                end_passage(passage)
                passage[OUTER] = None
            passage[0] = next(channel.orders)
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
    release(me, context)
    look_for_teardowns(channel, context.app)
    number = channel.numbers.get(id(context)) or channel.number_by_hand(context, again=True)
    passage = _leaving(channel, me, number)
    code: CodeType | None = None
    instruction, how = 0, None
    if frame.f_code is not flask_versions.WSGI_APP:
        code, instruction, how = who_pushed(frame)
    unhandled = sys.exc_info()[1] if exc is default else exc
    tokens = context._cv_tokens
    left = len(tokens) - 1
    if tokens:
        passage[CONTEXT] = tokens[-1][1]
    described = None if unhandled is None else unhandled_in(unhandled)
    passage[REQUEST_PART] = (code, instruction, left, how, described, None)
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
            _app_has_left(channel, app_context, passage, (None, 0, None), None, failure if by_app else None)
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
