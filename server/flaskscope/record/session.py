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
    LATE,
    OF_CHANNEL,
    OF_NUMBER,
    OF_SESSION,
    REQUEST_ENTERED,
    REQUEST_LEFT,
    SESSION_OPENED,
    SESSION_SAVED,
    Channel,
    channels,
    in_progress,
    number_of_its_own,
    owner_in_progress,
    session_owners,
)
from flaskscope.record.passages import (
    ACCESSED,
    CHANNEL,
    COOKIE,
    END_AT,
    ENTRIES,
    KIND,
    MODIFIED,
    NUMBER,
    OUTER,
    SAVED_AT,
    SIZE,
    begin_leaving,
    passages,
    tell_parts,
    tell_passage,
)
from flaskscope.record.patches import Patches, home_of
from flaskscope.record.pushers import FIRED_HEADER, MAX_FIRED
from flaskscope.record.session_inside import changed_inside, items_of
from flaskscope.record.session_refused import why_refused

#: Characters kept of the name of an interface.
MAX_NAME = 100

name_of: Final = type.__dict__["__name__"].__get__


class Users:
    """The classes of session interfaces whose method a hook is."""

    __slots__ = ("addresses", "first")

    def __init__(self) -> None:
        self.addresses: set[int] = set()
        #: The first of them, most often the only one, for whom a look at it is enough.
        self.first: type[Any] | None = None

    def add(self, interface: type[Any]) -> None:
        """Count *interface* among them."""
        self.first = self.first or interface
        self.addresses.add(id(interface))


class SessionHooks:
    """Hooks the classes of session interfaces and sessions, each the first time it is seen."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches
        #: Interfaces that were seen, and the address of each with the home of a method of its own or of a base.
        self._interfaces: dict[int, type[Any]] = {}
        self._users: dict[tuple[int, str], Users] = {}
        #: What `nature_of` found, by the address of the class, which stands last so that it is not used again.
        self.natures: dict[int, tuple[bool, bool, bool, type[Any]]] = {}

    def install_interface_of(self, channel: Channel, app: Any) -> None:
        """Hook the class of the session interface of *app* if it was not seen before."""
        interface = type(object.__getattribute__(app, "session_interface"))
        if channel.interface is interface:
            return
        channel.session_class = None
        channel.interface_name = name_of(interface)[:MAX_NAME]
        channel.interface = interface
        if id(interface) in self._interfaces:
            return
        self._interfaces[id(interface)] = interface
        for name, build in _INTERFACE.items():
            self._install_method(interface, name, build)
        for name in ("session_class", "null_session_class"):
            session = getattr_static(interface, name, None)
            if isinstance(session, type):
                self.nature_of(session)  # before its first session is used

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
            users = self._users[id(home), name] = Users()
            hook = "session.saved" if name == "save_session" else "session.opened"
            self._patches.replace(home, name, lambda original: build(original, users, self), hook)
        users.add(interface)

    def nature_of(self, session: type[Any]) -> tuple[bool, bool, bool, type[Any]]:
        """Return whether a class of sessions is a ``dict``, is a null session, and keeps its flags as attributes.

        The first time a class is seen, the methods by which its entries are read and changed are hooked.
        """
        nature = self.natures.get(id(session))
        if nature is None:
            flags = (getattr_static(session, name, None) for name in ("modified", "accessed"))
            nature = self.natures[id(session)] = (
                issubclass(session, dict),
                issubclass(session, NullSession),
                issubclass(session, SessionMixin)
                and all(type(flag) is bool for flag in flags)
                and getattr_static(session, "__getattribute__") in _PLAIN_LOOKUPS,
                session,
            )
            session_methods.install(self._patches, session)
        return nature

    def note_class(self, channel: Channel, session: Any) -> None:
        """Remember what the class of *session*, the latest of an app's, is."""
        kind = type(session)
        is_dict, is_null, channel.session_has_flags, _ = self.nature_of(kind)
        channel.session_kind = channel.interface_name, is_null
        channel.size_of_session = dict.__len__ if is_dict else _no_length
        channel.session_class = kind

    def opened(self, channel: Channel, session: Any, environ: dict[str, Any] | None) -> tuple[Any, ...]:
        """Return what the record of an opened session holds after its place; *environ* of the request, if known."""
        is_dict, is_null, *_ = self.nature_of(type(session))
        items: Any = None
        cookie = page = None
        size = -1
        if is_dict:
            size = dict.__len__(session)
            if size:
                items = items_of(session, channel.is_secret)
        if environ is not None:
            header = environ.get("HTTP_COOKIE")
            if type(header) is str:
                cookie = hash_of_cookie(header, channel)
                if size == 0 and cookie is not None and not is_null:
                    items = why_refused(channel.app(), cookie_in(header, channel))
            fired = environ.get(FIRED_HEADER)
            if type(fired) is str and "-" in fired:
                page = fired[:MAX_FIRED].partition("-")[0]
        return channel.interface_name, is_null, items, size, cookie, page


def _no_length(session: Any) -> int:
    return -1


def hash_of_cookie(header: str, channel: Channel) -> int | None:
    """Return a number for the content of the session cookie in *header*, which tells nothing of it elsewhere.

    Python salts the hash of strings anew in each process.
    """
    value = cookie_in(header, channel)
    return hash(value) if value else None


def cookie_in(header: str, channel: Channel) -> str | None:
    """Return the content of the session cookie in *header*; nothing is kept of it."""
    name = _cookie_name(channel)
    start = header.find(name + "=")
    while start > 0 and header[start - 1] not in "; ":
        start = header.find(name + "=", start + 1)
    if start < 0:
        return None
    return header[start + len(name) + 1 :].split(";", 1)[0].strip()


def _cookie_name(channel: Channel) -> str:
    app: Any = channel.app()
    # Past an app's own class of configurations.
    name = None if app is None else dict.get(object.__getattribute__(app, "config"), "SESSION_COOKIE_NAME")
    return name if type(name) is str else "session"


def _open(original: Any, users: Users, hooks: SessionHooks) -> Any:
    def open_session(self: Any, app: Any, request: Any) -> Any:
        __traceback_hide__ = True
        passage = passages.get(get_ident())
        if passage is not None and passage[KIND] == REQUEST_ENTERED:
            # Whose it is is noted, and told, with its context.
            return original(self, app, request)
        session = original(self, app, request)
        if session is not None:
            _has_opened(self, app, session, request, users, hooks)
        return session

    return open_session


def _null(original: Any, users: Users, hooks: SessionHooks) -> Any:
    def make_null_session(self: Any, app: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        passage = passages.get(get_ident())
        if passage is not None and passage[KIND] == REQUEST_ENTERED:
            return original(self, app, *args, **kwargs)
        session = original(self, app, *args, **kwargs)
        _has_opened(self, app, session, None, users, hooks)
        return session

    return make_null_session


def _has_opened(
    interface: Any, app: Any, session: Any, request: Any, users: Users, hooks: SessionHooks
) -> None:
    """Note whose *session* is; the passage that it was opened in tells of it."""
    channel = channels.get(id(app))
    if channel is None or id(type(interface)) not in users.addresses:
        return
    try:
        me = get_ident()
        number = _current_number(channel)
        environ = None if request is None else object.__getattribute__(request, "environ")
        if number is not None:
            session_owners[id(session)] = (channel, number, None)
        opened = hooks.opened(channel, session, environ)
        tell_passage(me)
        channel.append((channel.next_order(), now(), me, SESSION_OPENED, number, None, 0, *opened))
    except Exception as error:
        if not channel.absorbs("session.opened", error):
            raise


def _current_number(channel: Channel) -> int | None:
    return number_of_its_own(channel, flask_versions.request_variable.get(None))


def _save(original: Any, users: Users, hooks: SessionHooks) -> Any:
    # Whether what it saves goes with a cookie: another one may keep sessions elsewhere and write none.
    module = original.__module__
    writes_a_cookie = module == "flask.sessions" or module.partition(".")[0] == "flask_session"

    def save_session(self: Any, app: Any, session: Any, response: Any) -> Any:
        __traceback_hide__ = True
        me = get_ident()
        held = in_progress.get(me)
        if held is not None and held[OF_SESSION] is session and held[OF_CHANNEL].app() is app:
            channel = held[OF_CHANNEL]
        else:
            held = None
            channel = channels.get(id(app))
        if channel is None or (type(self) is not users.first and id(type(self)) not in users.addresses):
            return original(self, app, session, response)
        modified = accessed = headers = None
        before = 0
        try:
            if type(session) is not channel.session_class:
                hooks.note_class(channel, session)
            if channel.session_has_flags:
                modified, accessed = session.modified, session.accessed
            try:
                headers = response.headers._list
                before = len(headers)
            except AttributeError:  # not a response of Werkzeug's
                headers = None
        except Exception as error:
            if not channel.absorbs("session.saved", error):
                raise
            return original(self, app, session, response)
        result = original(self, app, session, response)
        try:
            cookie = size = None
            if headers is not None and len(headers) > before:
                cookie, size = _written_cookie(headers[before:], _cookie_name(channel))
            if modified is not False and modified is not True:
                modified = None
            if accessed is not False and accessed is not True:
                accessed = None
            entries = channel.size_of_session(session)
            if held is not None and me not in passages:
                # The request context leaves soon: this is where its passage begins.
                passages[me] = [
                    0, 0, me, REQUEST_LEFT, held[OF_NUMBER], channel, 0, None, None, None, now(), modified, accessed,
                    cookie, size, entries, 0, id(response), 0, None, None, 0,
                ]  # fmt: skip
                if not channel.is_recording:
                    passages.pop(me, None)
            else:
                owner = session_owners.get(id(session)) or owner_in_progress(session)
                if owner is not None and owner[0] is not channel:
                    owner = None
                saved = (modified, accessed, cookie, size)
                _saved(channel, session, me, owner, saved, entries, writes_a_cookie=writes_a_cookie)
        except Exception as error:
            if not channel.absorbs("session.saved", error):
                raise
        return result

    return save_session


def _saved(
    channel: Channel,
    session: Any,
    me: int,
    owner: tuple[Any, ...] | None,
    saved: tuple[Any, ...],
    entries: int,
    *,
    writes_a_cookie: bool,
) -> None:
    """Note that *session* was saved in another way than at the end of its request, or with containers in it."""
    number = _current_number(channel) if owner is None else owner[1]
    state = None if owner is None else owner[2]
    inside = None if state is None or state is LATE else changed_inside(session, state, channel.is_secret)
    outer = passages.get(me)
    late = state is LATE or (
        outer is not None and outer[NUMBER] == number and outer[KIND] == REQUEST_LEFT and outer[END_AT]
    )
    size = saved[-1]
    if number is None or late or inside or flask_versions.MERGED:
        tell_passage(me)
        lost = None if not inside else False if size is not None else True if writes_a_cookie else None
        rest = (*saved, size == 0, entries, bool(late), inside, lost)
        channel.append((channel.next_order(), now(), me, SESSION_SAVED, number, None, 0, *rest))
        return
    if outer is not None:
        tell_parts(outer)
        if outer[KIND] == REQUEST_LEFT and outer[CHANNEL] is channel and outer[NUMBER] == number:
            outer = outer[OUTER]  # of the same request, which saved before
    passage = begin_leaving(channel, me, number, outer)
    passage[SAVED_AT] = now()
    passage[MODIFIED], passage[ACCESSED], passage[COOKIE], passage[SIZE] = saved
    passage[ENTRIES] = entries


def _written_cookie(headers: list[tuple[str, str]], name: str) -> tuple[int | None, int | None]:
    """Return the hash of the session cookie among *headers*, and the length of all that tells of it.

    That is what browsers limit, name and attributes included. A length of 0 tells to drop the cookie.
    """
    for key, value in reversed(headers):
        if key == "Set-Cookie" and value.startswith(name + "="):
            content = value[len(name) + 1 :].split(";", 1)[0]
            return (hash(content), len(value)) if content else (None, 0)
    return None, None


#: How a class finds its attributes if that runs no code of its own.
_PLAIN_LOOKUPS: Final = (object.__getattribute__, dict.__getattribute__)

_INTERFACE: Final = {"open_session": _open, "save_session": _save, "make_null_session": _null}
