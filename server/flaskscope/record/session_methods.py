"""The methods by which the entries of a session are read and changed.

Each is hooked in the class of the session, whatever arguments it takes: those that a class inherits from ``dict`` are
written in C and say in words of their own when they are called wrongly, so that arguments are passed on as they came.
"""

from __future__ import annotations

from functools import partial
from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from types import FrameType
from typing import Any, Final

from flaskscope.record.callsite import user_place, users_files
from flaskscope.record.channel import (
    LATE,
    OF_CHANNEL,
    OF_NUMBER,
    OF_SESSION,
    SESSION_CHANGED,
    SESSION_DELETED,
    SESSION_READ,
    Channel,
    in_progress,
    session_owners,
)
from flaskscope.record.passages import owner_in_passage, passages, tell_passage
from flaskscope.record.patches import Patches
from flaskscope.record.session_kept import kept_sessions, owner_of_kept
from flaskscope.snapshot import REDACTED_SNAPSHOT, keep

#: Py_TPFLAGS_IMMUTABLETYPE: a type written in C, whose methods cannot be replaced (Python 3.10).
TYPE_IS_IMMUTABLE = 1 << 8

#: Characters kept of a key.
MAX_KEY = 200

_has: Final = dict.__contains__


def install(patches: Patches, session: type[Any]) -> None:
    """Hook the methods of *session*, a class of sessions; nothing if it is written in C."""
    if session.__flags__ & TYPE_IS_IMMUTABLE:
        return
    is_dict = issubclass(session, dict)
    for hook, methods in _METHODS.items():
        for name, build in methods.items():
            patches.replace(session, name, partial(build, is_dict=is_dict), hook)


def _owner_elsewhere(session: Any) -> tuple[Any, ...] | None:
    """Return whose *session* is that is not pushed: not any more, or not yet."""
    if kept_sessions:
        kept = owner_of_kept(session)
        if kept is not None:
            return kept
    return owner_in_passage(session)


def _record(owner: tuple[Any, ...], kind: int, key: str, detail: Any, frame: FrameType, hook: str) -> None:
    channel: Channel = owner[0]
    try:
        code = frame.f_code
        instruction = frame.f_lasti
        if code.co_filename not in users_files:
            code, instruction = user_place(frame)  # type: ignore[assignment]
        me = get_ident()
        if passages:
            tell_passage(me)
        if len(key) > MAX_KEY:
            key = key[:MAX_KEY]
        late = owner[2] is LATE
        channel.append(
            (channel.next_order(), now(), me, kind, owner[1], code, instruction, key, detail, late)
        )
    except Exception as error:
        if not channel.absorbs(hook, error):
            raise


def _changed(owner: tuple[Any, ...], key: str, value: Any, frame: FrameType) -> None:
    channel = owner[0]
    try:
        is_secret = channel.is_secret
        kept = REDACTED_SNAPSHOT if is_secret(key) else keep(value, is_secret)
    except Exception as error:
        if not channel.absorbs("session.changed", error):
            raise
        return
    _record(owner, SESSION_CHANGED, key, kept, frame, "session.changed")


def _reading(original: Any, *, is_dict: bool) -> Any:
    """Hook ``session[key]``, ``session.get(key)`` and ``key in session``."""

    def read(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        if not args:
            # As a method of the session, not of dict: its complaint names the class.
            return original.__get__(self)(**kwargs)
        key = args[0]
        # Flask itself asks for _permanent whenever it saves. Only a string may be asked for: the hash of anything else
        # may be the app's own code.
        if type(key) is not str or key == "_permanent":
            return original(self, *args, **kwargs)
        # Written out flat, as setting a name in ``g`` is.
        me = get_ident()
        held = in_progress.get(me)
        if held is not None and held[OF_SESSION] is self:
            channel = held[OF_CHANNEL]
            number = held[OF_NUMBER]
            late = False
        else:
            owner = session_owners.get(id(self)) or _owner_elsewhere(self)
            if owner is None:
                return original(self, *args, **kwargs)
            channel, number, state = owner
            late = state is LATE
        try:
            frame = _getframe(1)
            code: Any = frame.f_code
            instruction = frame.f_lasti
            if code.co_filename not in users_files:
                code, instruction = user_place(frame)
            if passages:
                tell_passage(me)
            found = is_dict and _has(self, key)
            if len(key) > MAX_KEY:
                key = key[:MAX_KEY]
            order = next(channel.orders)
            channel.append((order, now(), me, SESSION_READ, number, code, instruction, key, found, late))
        except Exception as error:
            if not channel.absorbs("session.read", error):
                raise
        return original(self, *args, **kwargs)

    return read


def _setitem(original: Any, *, is_dict: bool) -> Any:
    def __setitem__(self: Any, *args: Any, **kwargs: Any) -> None:
        __traceback_hide__ = True
        original(self, *args, **kwargs)
        if len(args) != 2 or type(args[0]) is not str:
            return
        key, value = args
        # Written out flat, too.
        me = get_ident()
        held = in_progress.get(me)
        if held is not None and held[OF_SESSION] is self:
            channel = held[OF_CHANNEL]
            number = held[OF_NUMBER]
            late = False
        else:
            owner = session_owners.get(id(self)) or _owner_elsewhere(self)
            if owner is None:
                return
            channel, number, state = owner
            late = state is LATE
        try:
            secret = channel.known_secrets.get(key)
            if secret is None:
                secret = channel.is_secret(key)
            kept = REDACTED_SNAPSHOT if secret else keep(value, channel.is_secret)
            frame = _getframe(1)
            code: Any = frame.f_code
            instruction = frame.f_lasti
            if code.co_filename not in users_files:
                code, instruction = user_place(frame)
            if passages:
                tell_passage(me)
            if len(key) > MAX_KEY:
                key = key[:MAX_KEY]
            order = next(channel.orders)
            channel.append((order, now(), me, SESSION_CHANGED, number, code, instruction, key, kept, late))
        except Exception as error:
            if not channel.absorbs("session.changed", error):
                raise

    return __setitem__


def _setdefault(original: Any, *, is_dict: bool) -> Any:
    def setdefault(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = session_owners.get(id(self)) or _owner_elsewhere(self)
        if owner is None or not args or type(args[0]) is not str:
            return original(self, *args, **kwargs)
        had = is_dict and _has(self, args[0])
        result = original(self, *args, **kwargs)
        if had:
            _record(owner, SESSION_READ, args[0], True, _getframe(1), "session.read")
        else:
            _changed(owner, args[0], result, _getframe(1))
        return result

    return setdefault


def _updating(original: Any, *, is_dict: bool) -> Any:
    """Hook ``session.update(…)`` and ``session |= …``."""

    def update(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = session_owners.get(id(self)) or _owner_elsewhere(self)
        if owner is None or not is_dict:
            return original(self, *args, **kwargs)
        before = {key: id(value) for key, value in dict.items(self) if type(key) is str}
        result = original(self, *args, **kwargs)
        for key, value in list(dict.items(self)):
            if type(key) is str and before.get(key) != id(value):
                _changed(owner, key, value, _getframe(1))
        return result

    return update


def _delitem(original: Any, *, is_dict: bool) -> Any:
    def __delitem__(self: Any, *args: Any, **kwargs: Any) -> None:
        __traceback_hide__ = True
        original(self, *args, **kwargs)
        owner = session_owners.get(id(self)) or _owner_elsewhere(self)
        if owner is not None and args and type(args[0]) is str:
            _record(owner, SESSION_DELETED, args[0], None, _getframe(1), "session.deleted")

    return __delitem__


def _pop(original: Any, *, is_dict: bool) -> Any:
    def pop(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = session_owners.get(id(self)) or _owner_elsewhere(self)
        if owner is None or not args or type(args[0]) is not str:
            return original(self, *args, **kwargs)
        had = is_dict and _has(self, args[0])
        result = original(self, *args, **kwargs)
        if had:
            _record(owner, SESSION_DELETED, args[0], None, _getframe(1), "session.deleted")
        else:
            _record(owner, SESSION_READ, args[0], False, _getframe(1), "session.deleted")
        return result

    return pop


def _popitem(original: Any, *, is_dict: bool) -> Any:
    def popitem(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        item = original(self, *args, **kwargs)
        owner = session_owners.get(id(self)) or _owner_elsewhere(self)
        if owner is not None and type(item) is tuple and len(item) == 2 and type(item[0]) is str:
            _record(owner, SESSION_DELETED, item[0], None, _getframe(1), "session.deleted")
        return item

    return popitem


def _clear(original: Any, *, is_dict: bool) -> Any:
    def clear(self: Any, *args: Any, **kwargs: Any) -> None:
        __traceback_hide__ = True
        original(self, *args, **kwargs)
        owner = session_owners.get(id(self)) or _owner_elsewhere(self)
        if owner is not None:
            _record(owner, SESSION_DELETED, "*", None, _getframe(1), "session.deleted")

    return clear


#: The methods of a mapping that are hooked. Not ``__iter__``, ``keys`` or ``items``: replacing one would move
#: ``dict(session)``, which saving uses, from C to a call per key.
_METHODS: Final[dict[str, dict[str, Any]]] = {
    "session.read": {"__getitem__": _reading, "get": _reading, "__contains__": _reading},
    "session.changed": {
        "__setitem__": _setitem,
        "setdefault": _setdefault,
        "update": _updating,
        "__ior__": _updating,
    },
    "session.deleted": {"__delitem__": _delitem, "pop": _pop, "popitem": _popitem, "clear": _clear},
}
