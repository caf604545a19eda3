"""Sessions: opened, read, changed, deleted, saved.

Nothing here uses the session's own methods to look at it: they set ``accessed``, which would add a ``Vary: Cookie``
header. A session that is a ``dict`` is looked at through ``dict`` itself; of any other only the keys that pass
through its methods are known.
"""

from __future__ import annotations

from inspect import getattr_static
from threading import get_ident
from time import perf_counter_ns as now
from typing import Any, Final

from flask.sessions import NullSession, SessionMixin

from flaskscope.record import flask_versions, session_methods
from flaskscope.record.channel import (
    SESSION_OPENED,
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
from flaskscope.record.patches import Patches, home_of
from flaskscope.record.pushers import FIRED_HEADER, MAX_FIRED
from flaskscope.snapshot import REDACTED_SNAPSHOT, keep

#: Entries of a session that are shown when it is opened.
MAX_ITEMS = 32

_name_of: Final = type.__dict__["__name__"].__get__


class SessionHooks:
    """Hooks the classes of session interfaces and sessions, each the first time it is seen."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches
        #: Interfaces that were seen, and the address of each with the home of a method of its own or of a base.
        self._interfaces: dict[int, type[Any]] = {}
        self._users: dict[tuple[int, str], set[int]] = {}
        #: What `nature_of` found, by the address of the class, which stands last so that it is not used again.
        self._natures: dict[int, tuple[bool, bool, bool, type[Any]]] = {}

    def install_interface(self, interface: type[Any]) -> None:
        """Hook *interface*, a class with ``open_session`` and ``save_session``; nothing if it was done before."""
        if id(interface) in self._interfaces:
            return
        self._interfaces[id(interface)] = interface
        for name, build in _INTERFACE.items():
            self._install_method(interface, name, build)

    def _install_method(self, interface: type[Any], name: str, build: Any) -> None:
        """Hook *name* where it is defined, so that it stays what pickle finds by its name.

        A method of a class may be called by that of another through ``super()``: only the outermost one records, so
        each hook knows the interfaces whose method it is.
        """
        home = home_of(interface, name)
        if home is None:
            return
        users = self._users.get((id(home), name))
        if users is None:
            users = self._users[id(home), name] = set()
            hook = "session.saved" if name == "save_session" else "session.opened"
            self._patches.replace(home, name, lambda original: build(original, users, self), hook)
        users.add(id(interface))

    def nature_of(self, session: type[Any]) -> tuple[bool, bool, bool, type[Any]]:
        """Return whether a class of sessions is a ``dict``, is a null session, and keeps its flags as attributes.

        The first time a class is seen, the methods by which its entries are read and changed are hooked.
        """
        nature = self._natures.get(id(session))
        if nature is None:
            flags = (getattr_static(session, name, None) for name in ("modified", "accessed"))
            nature = self._natures[id(session)] = (
                issubclass(session, dict),
                issubclass(session, NullSession),
                issubclass(session, SessionMixin) and all(type(flag) is bool for flag in flags),
                session,
            )
            session_methods.install(self._patches, session)
        return nature


def _open(original: Any, users: set[int], hooks: SessionHooks) -> Any:
    def open_session(self: Any, app: Any, request: Any) -> Any:
        __traceback_hide__ = True
        if id(type(self)) not in users:
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
                _record_opened(channel, passage, me, type(self), session, request, hooks)
            except Exception as error:
                if not channel.absorbs("session.opened", error):
                    raise
        return session

    return open_session


def _null(original: Any, users: set[int], hooks: SessionHooks) -> Any:
    def make_null_session(self: Any, app: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        session = original(self, app, *args, **kwargs)
        if id(type(self)) in users:
            channel = channels.get(id(app))
            if channel is not None:
                try:
                    _record_opened(channel, *_passage_of_push(), type(self), session, None, hooks)
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
    is_dict, is_null, *_ = hooks.nature_of(kind)
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
        _name_of(interface),
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


def _save(original: Any, users: set[int], hooks: SessionHooks) -> Any:
    def save_session(self: Any, app: Any, session: Any, response: Any) -> Any:
        __traceback_hide__ = True
        if id(type(self)) not in users:
            return original(self, app, session, response)
        channel = channels.get(id(app))
        if channel is None:
            return original(self, app, session, response)
        modified = accessed = None
        try:
            is_dict, _, has_plain_flags, _ = hooks.nature_of(type(session))
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


_INTERFACE: Final = {"open_session": _open, "save_session": _save, "make_null_session": _null}
