"""Uses of ``current_app``, ``g``, ``request``, ``session`` and what is behind them, with nothing there."""

from __future__ import annotations

from sys import _getframe
from time import perf_counter_ns as now
from types import FrameType, FunctionType
from typing import Any

import werkzeug.local

from flaskscope.record import flask_versions
from flaskscope.record.channel import ACCESS_FAILED, channels
from flaskscope.record.circumstances import Circumstances, circumstances_of
from flaskscope.record.identity import current_tasks, get_ident, lane_key
from flaskscope.record.passages import tell_passage
from flaskscope.record.pushers import thread_name

#: What Flask 3.2 says where there is a context without a request.
_NO_REQUEST = "There is no request in this context."

_SLOT = "_get_current_object"


class ProxyHooks:
    """Replaces how the proxies find their object, so that a failure to find it is seen."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, Any, Any]] = []

    def install(self) -> None:
        """Hook the proxies."""
        for name, (proxy, needs) in flask_versions.PROXIES.items():
            original = object.__getattribute__(proxy, _SLOT)
            replacement = _watching(original, name, needs)
            object.__setattr__(proxy, _SLOT, replacement)
            self._replaced.append((proxy, original, replacement))

    def restore(self) -> None:
        """Put back what is still ours."""
        while self._replaced:
            proxy, original, replacement = self._replaced.pop()
            if object.__getattribute__(proxy, _SLOT) is replacement:
                object.__setattr__(proxy, _SLOT, original)


def _watching(original: Any, name: str, needs: str) -> Any:
    """Return a function that does what *original* does and records when it raises ``RuntimeError``.

    Werkzeug's own function is a closure over three things; ours is built over the same three, so that a use of a
    proxy calls one function, as before, and a traceback has as many frames.
    """
    cells: dict[str, Any] = {}
    if type(original) is FunctionType:
        cells = dict(zip(original.__code__.co_freevars, original.__closure__ or (), strict=True))
    if set(cells) != {"get_name", "local", "unbound_message"}:
        return _watching_any(original, name, needs)
    get_name = cells["get_name"].cell_contents
    local_get = cells["local"].cell_contents.get
    unbound_message = cells["unbound_message"].cell_contents

    if needs == "request" and flask_versions.MERGED:

        def _get_current_object() -> Any:
            __traceback_hide__ = True
            try:
                found = local_get()
            except LookupError:
                _record(name, needs, unbound_message)
                raise RuntimeError(unbound_message) from None
            if found._request is None:
                _record(name, needs, _NO_REQUEST)
            return get_name(found)
    else:

        def _get_current_object() -> Any:
            __traceback_hide__ = True
            try:
                found = local_get()
            except LookupError:
                _record(name, needs, unbound_message)
                raise RuntimeError(unbound_message) from None
            return get_name(found)

    return _get_current_object


def _watching_any(original: Any, name: str, needs: str) -> Any:
    def _get_current_object() -> Any:
        __traceback_hide__ = True
        try:
            return original()
        except RuntimeError as error:
            _record(name, needs, str(error.args[0]) if error.args else "")
            raise

    return _get_current_object


def _record(name: str, needs: str, message: str) -> None:
    """Record the failed use for every recording: nobody knows which app was meant."""
    if not channels:
        return
    frame: FrameType | None = _getframe(2)
    if frame is None or _has_fallback(frame):
        return
    seen: Circumstances | None = None
    for channel in list(channels.values()):
        try:
            # Once for all of them; where it fails, the failure is of each.
            seen = seen or circumstances_of(frame)
            code, instruction, importing, via, runner = seen
            me = get_ident()
            tell_passage(me)
            channel.append(
                (
                    channel.next_order(),
                    now(),
                    lane_key(me) if current_tasks else me,
                    ACCESS_FAILED,
                    None,
                    code,
                    instruction,
                    name,
                    message.split("\n", 1)[0],
                    importing,
                    needs,
                    thread_name(me),
                    via,
                    runner,
                )
            )
        except Exception as error:
            if not channel.absorbs("access.failed", error):
                raise


def _has_fallback(frame: FrameType) -> bool:
    """Return whether Werkzeug will answer without the object: ``bool(g)``, ``repr(g)``, ``isinstance(g, …)``."""
    # Asking for the variables of a frame keeps them alive as long as it runs, up to Python 3.12: never of the app's.
    if frame.f_code.co_filename != werkzeug.local.__file__:
        return False
    lookup = frame.f_locals.get("self")
    return isinstance(lookup, werkzeug.local._ProxyLookup) and lookup.fallback is not None
