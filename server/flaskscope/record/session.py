"""Sessions: opened, read, changed, deleted, saved.

Nothing here uses the session's own methods to look at it: they set ``accessed``, which would add a ``Vary: Cookie``
header. A session that is a ``dict`` is looked at through ``dict`` itself; of any other only the keys that pass
through its methods are known.
"""

from __future__ import annotations

from inspect import getattr_static
from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from typing import Any

from flask.sessions import NullSession, SessionMixin

from flaskscope.record import flask_versions
from flaskscope.record.callsite import user_place
from flaskscope.record.channel import (
    SESSION_CHANGED,
    SESSION_DELETED,
    SESSION_OPENED,
    SESSION_READ,
    SESSION_SAVED,
    Channel,
    channels,
    session_owners,
)
from flaskscope.record.contexts import on_the_stack
from flaskscope.record.passages import (
    ENTERING,
    NUMBER,
    REQUEST_AT,
    SESSION,
    SESSION_AT,
    Passage,
    begin_passage,
    passages,
    tell_passage,
)
from flaskscope.record.patches import Patches
from flaskscope.record.pushers import FIRED_HEADER, MAX_FIRED
from flaskscope.snapshot import REDACTED_SNAPSHOT, keep

#: Entries of a session that are shown when it is opened.
MAX_ITEMS = 32

#: Characters kept of a key.
MAX_KEY = 200

#: Py_TPFLAGS_IMMUTABLETYPE: a type written in C, whose methods cannot be replaced (Python 3.10).
TYPE_IS_IMMUTABLE = 1 << 8


class SessionHooks:
    """Hooks the classes of session interfaces and sessions, each the first time it is seen."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches
        self._interfaces: set[type[Any]] = set()
        self._natures: dict[type[Any], tuple[bool, bool, bool]] = {}

    def install_interface(self, interface: type[Any]) -> None:
        """Hook *interface*, a class with ``open_session`` and ``save_session``; nothing if it was done before."""
        if interface in self._interfaces:
            return
        self._interfaces.add(interface)
        self._patches.replace(interface, "open_session", lambda original: _open(original, interface, self))
        self._patches.replace(interface, "save_session", lambda original: _save(original, interface, self))
        self._patches.replace(
            interface, "make_null_session", lambda original: _null(original, interface, self)
        )

    def nature_of(self, session: type[Any]) -> tuple[bool, bool, bool]:
        """Return whether a class of sessions is a ``dict``, is a null session, and keeps its flags as attributes.

        The first time a class is seen, the methods by which its entries are read and changed are hooked.
        """
        nature = self._natures.get(session)
        if nature is None:
            flags = (getattr_static(session, name, None) for name in ("modified", "accessed"))
            nature = self._natures[session] = (
                issubclass(session, dict),
                issubclass(session, NullSession),
                issubclass(session, SessionMixin) and all(type(flag) is bool for flag in flags),
            )
            self._install_session(session)
        return nature

    def _install_session(self, session: type[Any]) -> None:
        if session.__flags__ & TYPE_IS_IMMUTABLE:
            return
        for name, build in _METHODS.items():
            if callable(getattr(session, name, None)):
                self._patches.replace(session, name, build)


def _open(original: Any, interface: type[Any], hooks: SessionHooks) -> Any:
    def open_session(self: Any, app: Any, request: Any) -> Any:
        __traceback_hide__ = True
        if type(self) is not interface:
            return original(self, app, request)
        channel = channels.get(id(app))
        if channel is None:
            return original(self, app, request)
        me = get_ident()
        passage = passages.get(me)
        if passage is not None and passage[ENTERING] and not passage[REQUEST_AT]:
            # The request context is on the stack: its session is opened right after.
            on_the_stack(channel, passage)
        else:
            passage = None
        session = original(self, app, request)
        if session is not None:
            try:
                _record_opened(channel, passage, me, interface, session, request, hooks)
            except Exception as error:
                if not channel.absorbs("session.opened", error):
                    raise
        return session

    return open_session


def _null(original: Any, interface: type[Any], hooks: SessionHooks) -> Any:
    def make_null_session(self: Any, app: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        session = original(self, app, *args, **kwargs)
        if type(self) is interface:
            channel = channels.get(id(app))
            if channel is not None:
                try:
                    _record_opened(channel, *_passage_of_push(), interface, session, None, hooks)
                except Exception as error:
                    if not channel.absorbs("session.opened", error):
                        raise
        return session

    return make_null_session


def _passage_of_push() -> tuple[Passage | None, int]:
    """Return the passage of the request context that this thread is pushing, if there is one, and the thread."""
    me = get_ident()
    passage = passages.get(me)
    if passage is not None and not (passage[ENTERING] and passage[REQUEST_AT]):
        passage = None
    return passage, me


def _current_number(channel: Channel) -> int | None:
    context = flask_versions.request_variable.get(None)
    return None if context is None else channel.numbers.get(id(context))


def _record_opened(
    channel: Channel,
    passage: Passage | None,
    me: int,
    interface: type[Any],
    session: Any,
    request: Any,
    hooks: SessionHooks,
) -> None:
    """Record that *session* was opened, as a part of the passage of its context if there is one."""
    number = passage[NUMBER] if passage is not None else _current_number(channel)
    kind = type(session)
    is_dict, is_null, _ = hooks.nature_of(kind)
    items: list[tuple[str, Any]] | None = None
    size = -1
    if is_dict:
        size = dict.__len__(session)
        if size:
            is_secret = channel.is_secret
            items = [
                (key, REDACTED_SNAPSHOT if is_secret(key) else keep(value, is_secret))
                for key, value in list(dict.items(session))[:MAX_ITEMS]
                if type(key) is str
            ]
    if number is not None:
        session_owners[id(session)] = (channel, number)
    cookie = page = None
    if request is not None:
        environ = object.__getattribute__(request, "environ")
        header = environ.get("HTTP_COOKIE")
        if header:
            cookie = _hash_of_cookie(header, _cookie_name(channel))
        page = environ.get(FIRED_HEADER)
    record = (
        interface.__name__,
        is_null,
        items,
        size,
        cookie,
        None if page is None or "-" not in page else page[:MAX_FIRED].partition("-")[0],
    )
    if passage is not None:
        passage[SESSION] = record
        passage[SESSION_AT] = now()
    else:
        tell_passage(me)
        channel.append((channel.next_order(), now(), me, SESSION_OPENED, number, None, 0, *record))


def _cookie_name(channel: Channel) -> str:
    app: Any = channel.app()
    name = None if app is None else app.config.get("SESSION_COOKIE_NAME")
    return name if type(name) is str else "session"


def _hash_of_cookie(header: str, name: str) -> int | None:
    """Return a number for the value of the cookie *name*, which tells nothing of it outside this process.

    Python salts the hash of strings anew in each process.
    """
    start = header.find(name + "=")
    while start > 0 and header[start - 1] not in "; ":
        start = header.find(name + "=", start + 1)
    if start < 0:
        return None
    value = header[start + len(name) + 1 :].split(";", 1)[0].strip()
    return hash(value) if value else None


def _save(original: Any, interface: type[Any], hooks: SessionHooks) -> Any:
    def save_session(self: Any, app: Any, session: Any, response: Any) -> Any:
        __traceback_hide__ = True
        if type(self) is not interface:
            return original(self, app, session, response)
        channel = channels.get(id(app))
        if channel is None:
            return original(self, app, session, response)
        modified = accessed = None
        try:
            is_dict, _, has_plain_flags = hooks.nature_of(type(session))
            if has_plain_flags:
                modified, accessed = session.modified, session.accessed
            before = len(_headers_of(response))
        except Exception as error:
            if not channel.absorbs("session.saved", error):
                raise
            return original(self, app, session, response)
        result = original(self, app, session, response)
        try:
            owner = session_owners.get(id(session))
            number = owner[1] if owner is not None else _current_number(channel)
            headers = _headers_of(response)
            cookie, size = None, None
            if len(headers) > before:
                cookie, size = _written_cookie(headers[before:], _cookie_name(channel))
            record = (
                modified if type(modified) is bool else None,
                accessed if type(accessed) is bool else None,
                cookie,
                size,
                size == 0,
                dict.__len__(session) if is_dict else None,
            )
            me = get_ident()
            if number is not None and not flask_versions.MERGED:
                # The request context leaves soon: this is where its passage begins.
                passage = begin_passage(channel, me, number, entering=False)
                passage[SESSION] = record
                passage[SESSION_AT] = now()
            else:
                channel.append((channel.next_order(), now(), me, SESSION_SAVED, number, None, 0, *record))
        except Exception as error:
            if not channel.absorbs("session.saved", error):
                raise
        return result

    return save_session


def _headers_of(response: Any) -> list[tuple[str, str]]:
    """Return the list inside the headers of a Werkzeug response; an empty one for anything else."""
    try:
        headers = response.headers._list
    except AttributeError:
        return []
    return headers if type(headers) is list else []


def _written_cookie(headers: list[tuple[str, str]], name: str) -> tuple[int | None, int | None]:
    """Return the hash and the length of the session cookie among *headers*; a length of 0 tells to drop it."""
    for key, value in reversed(headers):
        if key == "Set-Cookie" and value.startswith(name + "="):
            content = value[len(name) + 1 :].split(";", 1)[0]
            return (hash(content) if content else None), len(content)
    return None, None


def _record(kind: int, session: Any, key: Any, detail: Any, hook: str) -> None:
    owner = session_owners.get(id(session))
    if owner is None:
        return
    channel, number = owner
    try:
        # Flask itself asks for _permanent whenever it saves; a write to it is somebody's.
        if type(key) is str and not (key == "_permanent" and kind == SESSION_READ):
            if kind == SESSION_CHANGED:
                is_secret = channel.is_secret
                detail = REDACTED_SNAPSHOT if is_secret(key) else keep(detail, is_secret)
            code, instruction = user_place(_getframe(2))
            channel.append(
                (
                    channel.next_order(),
                    now(),
                    get_ident(),
                    kind,
                    number,
                    code,
                    instruction,
                    key[:MAX_KEY],
                    detail,
                )
            )
    except Exception as error:
        if not channel.absorbs(hook, error):
            raise


def _has(session: Any, key: Any) -> bool:
    # Only a string may be asked for: the hash of anything else may be the app's own code.
    return type(key) is str and issubclass(type(session), dict) and dict.__contains__(session, key)


def _getitem(original: Any) -> Any:
    def __getitem__(self: Any, key: Any) -> Any:
        __traceback_hide__ = True
        _record(SESSION_READ, self, key, _has(self, key), "session.read")
        return original(self, key)

    return __getitem__


def _get(original: Any) -> Any:
    def get(self: Any, key: Any, *default: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        _record(SESSION_READ, self, key, _has(self, key), "session.read")
        return original(self, key, *default, **kwargs)

    return get


def _contains(original: Any) -> Any:
    def __contains__(self: Any, key: Any) -> Any:
        __traceback_hide__ = True
        _record(SESSION_READ, self, key, _has(self, key), "session.read")
        return original(self, key)

    return __contains__


def _setitem(original: Any) -> Any:
    def __setitem__(self: Any, key: Any, value: Any) -> None:
        __traceback_hide__ = True
        original(self, key, value)
        _record(SESSION_CHANGED, self, key, value, "session.changed")

    return __setitem__


def _setdefault(original: Any) -> Any:
    def setdefault(self: Any, key: Any, *default: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        had = _has(self, key)
        result = original(self, key, *default, **kwargs)
        if had:
            _record(SESSION_READ, self, key, True, "session.read")
        else:
            _record(SESSION_CHANGED, self, key, result, "session.changed")
        return result

    return setdefault


def _update(original: Any) -> Any:
    def update(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        before = _top_level(self)
        result = original(self, *args, **kwargs)
        _record_differences(self, before)
        return result

    return update


def _ior(original: Any) -> Any:
    def __ior__(self: Any, other: Any) -> Any:
        __traceback_hide__ = True
        before = _top_level(self)
        result = original(self, other)
        _record_differences(self, before)
        return result

    return __ior__


def _top_level(session: Any) -> dict[str, int]:
    if id(session) not in session_owners or not issubclass(type(session), dict):
        return {}
    return {key: id(value) for key, value in dict.items(session) if type(key) is str}


def _record_differences(session: Any, before: dict[str, int]) -> None:
    if id(session) not in session_owners or not issubclass(type(session), dict):
        return
    for key, value in list(dict.items(session)):
        if type(key) is str and before.get(key) != id(value):
            _record(SESSION_CHANGED, session, key, value, "session.changed")


def _delitem(original: Any) -> Any:
    def __delitem__(self: Any, key: Any) -> None:
        __traceback_hide__ = True
        original(self, key)
        _record(SESSION_DELETED, self, key, None, "session.deleted")

    return __delitem__


def _pop(original: Any) -> Any:
    def pop(self: Any, key: Any, *default: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        had = _has(self, key)
        result = original(self, key, *default, **kwargs)
        if had:
            _record(SESSION_DELETED, self, key, None, "session.deleted")
        else:
            _record(SESSION_READ, self, key, False, "session.read")
        return result

    return pop


def _popitem(original: Any) -> Any:
    def popitem(self: Any) -> Any:
        __traceback_hide__ = True
        item = original(self)
        if type(item) is tuple and len(item) == 2:
            _record(SESSION_DELETED, self, item[0], None, "session.deleted")
        return item

    return popitem


def _clear(original: Any) -> Any:
    def clear(self: Any) -> None:
        __traceback_hide__ = True
        original(self)
        _record(SESSION_DELETED, self, "*", None, "session.deleted")

    return clear


#: The methods of a mapping that are hooked. Not ``__iter__``, ``keys`` or ``items``: replacing one would move
#: ``dict(session)``, which saving uses, from C to a call per key.
_METHODS = {
    "__getitem__": _getitem,
    "get": _get,
    "__contains__": _contains,
    "__setitem__": _setitem,
    "setdefault": _setdefault,
    "update": _update,
    "__ior__": _ior,
    "__delitem__": _delitem,
    "pop": _pop,
    "popitem": _popitem,
    "clear": _clear,
}
