"""A ``g`` of an app's own class: ``app_ctx_globals_class`` may be anything that can be called.

Such a class is hooked in place when the first context with one is pushed. What it inherits from Flask's own is hooked
there already; what it overrides may or may not call that, so each hook here tells only what nobody has told meanwhile.
What cannot be hooked without changing how the class behaves is said instead, in the description of the context.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import MemberDescriptorType
from typing import Any, Final

from flask.ctx import _AppCtxGlobals

from flaskscope.record.channel import G_DELETED, G_MISSED, G_SET, Channel, g_owners
from flaskscope.record.g import record_name
from flaskscope.record.identity import get_ident
from flaskscope.record.passages import owner_in_passage
from flaskscope.record.patches import Patches, home_of
from flaskscope.snapshot import REDACTED_SNAPSHOT, keep, type_name

#: Py_TPFLAGS_IMMUTABLETYPE: a type written in C, whose methods cannot be replaced (Python 3.10).
TYPE_IS_IMMUTABLE = 1 << 8

#: Records looked through for one that tells the same already.
MAX_LOOKED_BACK = 20

#: What Python 3.13 adds to its complaint of a name that an object has no room for, unless a method written in Python
#: sets names: with the hook, one does.
_NO_ROOM: Final = " and no __dict__ for setting new attributes" if sys.version_info >= (3, 13) else ""

_object_setattr: Any = object.__setattr__
_bases_of = type.__dict__["__mro__"].__get__
_attributes_of = type.__dict__["__dict__"].__get__


class OwnClasses:
    """Hooks the classes of ``g`` that are not Flask's, each the first time it is seen. Safe to use from any thread.

    Args:
        patches: Takes the hooks.
        reads: Whether reads were asked for. They are seen of classes that inherit from Flask's.
    """

    def __init__(self, patches: Patches, *, reads: bool) -> None:
        self._patches = patches
        self._reads = reads
        # Again: a signal handler, or a destructor, may push a context in the middle of it.
        self._lock = threading.RLock()
        #: What cannot be seen, by the address of the class, which stands last so that the address is not used again.
        self._seen: dict[int, tuple[str | None, type[Any]]] = {}

    def watch(self, kind: type[Any]) -> str | None:
        """Hook *kind* if it was not seen before; return in a few words what of it cannot be seen, if anything."""
        known = self._seen.get(id(kind))
        if known is None:
            with self._lock:
                known = self._seen.get(id(kind))
                if known is None:
                    known = self._seen[id(kind)] = (self._unseen(kind), kind)
        return known[0]

    def _unseen(self, kind: type[Any]) -> str | None:
        unseen = self._hook(kind)
        if self._reads and _AppCtxGlobals not in _bases_of(kind):
            return "its reads" if unseen is None else f"its reads, and {unseen}"
        return unseen

    def _hook(self, kind: type[Any]) -> str | None:
        bases = _bases_of(kind)
        if kind.__flags__ & TYPE_IS_IMMUTABLE:
            return f"what happens to names of a {type_name(kind)}: it is written in C"
        if home_of(type(kind), "__setattr__") is not type:
            return f"what happens to names of a {type_name(kind)}: its metaclass decides what is set on it"
        for name, hook, build in _METHODS:
            self._replace(kind, name, hook, build)
        if dict in bases:
            for name, hook, build in _METHODS_OF_A_MAPPING:
                self._replace(kind, name, hook, build)
            return "what update(), |=, popitem() and clear() do, and items that are not there"
        if _AppCtxGlobals in bases:
            for name, hook, build in _METHODS_OF_FLASK:
                self._replace(kind, name, hook, build)
        elif home_of(kind, "__getattr__") is None:
            self._replace(kind, "__getattribute__", "g.missed", _getattribute)
        return None

    def _replace(self, kind: type[Any], name: str, hook: str, build: Callable[[Any], Any]) -> None:
        if home_of(kind, name) is not _AppCtxGlobals:
            self._patches.replace(kind, name, build, hook)


def _newest(channel: Channel) -> Any:
    try:
        return channel.ring[-1]
    except IndexError:
        return None


def _is_told(channel: Channel, before: Any, kinds: tuple[int, ...], name: str) -> bool:
    """Return whether a record of one of *kinds* and of *name* was made in this thread after the record *before*."""
    me = get_ident()
    ring = channel.ring
    for index in range(1, MAX_LOOKED_BACK + 1):
        try:
            record = ring[-index]
        except IndexError:
            return False
        if record is before:
            return False
        if record[2] == me and record[3] in kinds and record[7] == name:
            return True
    return False


def _is_name(args: tuple[Any, ...], count: int) -> bool:
    """Return whether *args* are *count* and begin with a name that people use: not one of Python's own."""
    return (
        len(args) >= count
        and type(args[0]) is str
        and not (args[0].startswith("__") and args[0].endswith("__"))
    )


def _set(original: Any) -> Any:
    complains_of_room = bool(_NO_ROOM) and original == _object_setattr

    def set_name(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        before = None if owner is None else _newest(owner[0])
        try:
            result = original(self, *args, **kwargs)
        except AttributeError as error:
            if complains_of_room and _has_no_room(type(self), args):
                error.args = (f"{error.args[0]}{_NO_ROOM}",)
            raise
        if owner is not None and _is_name(args, 2) and not _is_told(owner[0], before, (G_SET,), args[0]):
            is_secret = owner[0].is_secret
            value = REDACTED_SNAPSHOT if is_secret(args[0]) else keep(args[1], is_secret)
            record_name(G_SET, owner, args[0], value, "g.set")
        return result

    return set_name


def _has_no_room(kind: type[Any], args: tuple[Any, ...]) -> bool:
    return len(args) == 2 and all(
        "__dict__" not in _attributes_of(base) and args[0] not in _attributes_of(base)
        for base in _bases_of(kind)
    )


def _delete(original: Any) -> Any:
    def delete_name(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        before = None if owner is None else _newest(owner[0])
        result = original(self, *args, **kwargs)
        if owner is not None and _is_name(args, 1) and not _is_told(owner[0], before, (G_DELETED,), args[0]):
            record_name(G_DELETED, owner, args[0], None, "g.deleted")
        return result

    return delete_name


def _getattr(original: Any) -> Any:
    """Hook what Python asks for a name that was not found."""

    def __getattr__(self: Any, *args: Any) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        before = None if owner is None else _newest(owner[0])
        try:
            return original(self, *args)
        except AttributeError:
            if (
                owner is not None
                and _is_name(args, 1)
                and not _is_told(owner[0], before, (G_MISSED,), args[0])
            ):
                record_name(G_MISSED, owner, args[0], "attribute", "g.missed")
            raise

    return __getattr__


def _getattribute(original: Any) -> Any:
    """Hook the look-up of every name, for a class that has no ``__getattr__`` which only those that miss would meet."""

    def __getattribute__(self: Any, *args: Any) -> Any:
        __traceback_hide__ = True
        try:
            return original(self, *args)
        except AttributeError:
            owner = g_owners.get(id(self)) or owner_in_passage(self)
            if owner is not None and _is_name(args, 1) and _may_be_missed(type(self), args[0]):
                record_name(G_MISSED, owner, args[0], "attribute", "g.missed")
            raise

    return __getattribute__


def _may_be_missed(kind: type[Any], name: str) -> bool:
    """Return whether *name* is none of the class: a property may fail for any reason, a slot is only empty."""
    for base in _bases_of(kind):
        found = _attributes_of(base).get(name)
        if found is not None:
            return type(found) is MemberDescriptorType
    return True


def _take(original: Any) -> Any:
    """Hook ``pop``."""

    def pop(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is None or not _is_name(args, 1):
            return original(self, *args, **kwargs)
        there = _has(self, args[0])
        before = _newest(owner[0])
        try:
            return original(self, *args, **kwargs)
        finally:
            if not _is_told(owner[0], before, (G_DELETED, G_MISSED), args[0]):
                kind, how = (G_DELETED, None) if there else (G_MISSED, "pop")
                record_name(kind, owner, args[0], how, "g.deleted")

    return pop


def _get(original: Any) -> Any:
    def get(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is None or not _is_name(args, 1) or _has(self, args[0]):
            return original(self, *args, **kwargs)
        before = _newest(owner[0])
        try:
            return original(self, *args, **kwargs)
        finally:
            if not _is_told(owner[0], before, (G_MISSED,), args[0]):
                record_name(G_MISSED, owner, args[0], "get", "g.missed")

    return get


def _setdefault(original: Any) -> Any:
    def setdefault(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is None or not _is_name(args, 1) or _has(self, args[0]):
            return original(self, *args, **kwargs)
        before = _newest(owner[0])
        result = original(self, *args, **kwargs)
        if not _is_told(owner[0], before, (G_SET,), args[0]):
            is_secret = owner[0].is_secret
            value = REDACTED_SNAPSHOT if is_secret(args[0]) else keep(result, is_secret)
            record_name(G_SET, owner, args[0], value, "g.set")
        return result

    return setdefault


def _has(g: Any, name: str) -> bool:
    """Return whether *name* is in the namespace of *g*, or among its entries if it is a ``dict``."""
    if dict in _bases_of(type(g)) and dict.__contains__(g, name):
        return True
    try:
        return name in object.__getattribute__(g, "__dict__")
    except AttributeError:
        return False


_Method = tuple[str, str, Callable[[Any], Any]]

#: The method, what `Patches` knows its hook by, and what makes it: of any class …
_METHODS: Final[tuple[_Method, ...]] = (
    ("__setattr__", "g.set", _set),
    ("__delattr__", "g.deleted", _delete),
    ("__getattr__", "g.missed", _getattr),
)

#: … of one that overrides what Flask's has (any other may mean something else by these names) …
_METHODS_OF_FLASK: Final[tuple[_Method, ...]] = (
    ("get", "g.missed", _get),
    ("pop", "g.deleted", _take),
    ("setdefault", "g.set", _setdefault),
)

#: … and of one whose names are the keys of a ``dict``, or may be.
_METHODS_OF_A_MAPPING: Final[tuple[_Method, ...]] = (
    *_METHODS_OF_FLASK,
    ("__setitem__", "g.set", _set),
    ("__delitem__", "g.deleted", _delete),
)
