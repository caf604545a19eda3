"""Writes, deletions and misses of names in ``g``; reads too where they were asked for."""

from __future__ import annotations

from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from typing import Any

import flask.ctx

from flaskscope.record import flask_versions
from flaskscope.record.callsite import passed_over, user_place, users_files
from flaskscope.record.channel import G_DELETED, G_MISSED, G_READ, G_SET, g_owners
from flaskscope.record.passages import owner_in_passage, passages, tell_passage
from flaskscope.record.patches import Patches
from flaskscope.snapshot import MAX_ATOMIC_INT, REDACTED_SNAPSHOT, keep

_attributes_of = object.__getattribute__
_absent = object()


def install(patches: Patches, *, reads: bool) -> None:
    """Hook the class of ``g``. With *reads*, also every read that finds its name, which costs each of them."""
    owner = flask.ctx._AppCtxGlobals
    patches.replace(owner, "__setattr__", _setattr, "g.set")
    patches.replace(owner, "__delattr__", _delattr, "g.deleted")
    patches.replace(owner, "__getattr__", _getattr, "g.missed")
    patches.replace(owner, "pop", _pop, "g.deleted")
    patches.replace(owner, "setdefault", _setdefault, "g.set")
    patches.replace(owner, "get", lambda original: _get(original, reads=reads), "g.missed")
    if reads:
        patches.replace(
            owner,
            "__getattribute__",
            lambda original: _getattribute(original, frozenset(dir(owner))),
            "g.read",
        )


def record_name(kind: int, owner: Any, name: str, detail: Any, hook: str) -> None:
    """Record what happened to a name of a ``g`` at the place that called the caller, who is the hook of that name."""
    channel, number = owner
    try:
        frame = _getframe(2)
        code: Any = frame.f_code
        instruction = frame.f_lasti
        if passed_over.get(code.co_filename, True):
            code, instruction = user_place(frame)
        me = get_ident()
        if passages:
            tell_passage(me)
        channel.append((channel.next_order(), now(), me, kind, number, code, instruction, name, detail))
    except Exception as error:
        if not channel.absorbs(hook, error):
            raise


def kept_for(owner: Any, name: str, value: object) -> Any:
    """Return what is kept of the *value* that *name* was given in a ``g`` of *owner*'s."""
    is_secret = owner[0].is_secret
    return REDACTED_SNAPSHOT if is_secret(name) else keep(value, is_secret)


def _setattr(original: Any) -> Any:
    if not flask_versions.is_own(original):
        return _setattr_of_others(original)

    def __setattr__(self: Any, name: str, value: Any) -> None:
        __traceback_hide__ = True
        # What the original does, without its detour through __getattribute__.
        _attributes_of(self, "__dict__")[name] = value
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is not None:
            # Written out flat: each call of a function of ours would add a fifth to the 0.6 µs that this takes.
            channel, number = owner
            try:
                if type(name) is str:
                    frame = _getframe(1)
                    code: Any = frame.f_code
                    instruction = frame.f_lasti
                    if code.co_filename not in users_files:
                        code, instruction = user_place(frame)
                    secret = channel.known_secrets.get(name)
                    if secret is None:
                        secret = channel.is_secret(name)
                    if secret:
                        kept: Any = REDACTED_SNAPSHOT
                    elif type(value) is int and -MAX_ATOMIC_INT < value < MAX_ATOMIC_INT:
                        kept = value
                    else:
                        kept = keep(value, channel.is_secret)
                    me = get_ident()
                    if passages:
                        tell_passage(me)
                    channel.append(
                        (channel.next_order(), now(), me, G_SET, number, code, instruction, name, kept)
                    )
            except Exception as error:
                if not channel.absorbs("g.set", error):
                    raise

    return __setattr__


def _setattr_of_others(original: Any) -> Any:
    """Hook what somebody put in the place of Flask's own method."""

    def __setattr__(self: Any, name: str, value: Any) -> None:
        __traceback_hide__ = True
        original(self, name, value)
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is not None and type(name) is str:
            record_name(G_SET, owner, name, kept_for(owner, name, value), "g.set")

    return __setattr__


def _delattr(original: Any) -> Any:
    def __delattr__(self: Any, name: str) -> None:
        __traceback_hide__ = True
        original(self, name)
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is not None and type(name) is str:
            record_name(G_DELETED, owner, name, None, "g.deleted")

    return __delattr__


def _getattr(original: Any) -> Any:
    def __getattr__(self: Any, name: str) -> Any:
        __traceback_hide__ = True
        # Python asks here only for a name that was not found; dunder names are asked for by Python itself.
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is not None and type(name) is str and not (name.startswith("__") and name.endswith("__")):
            record_name(G_MISSED, owner, name, "attribute", "g.missed")
        return original(self, name)

    return __getattr__


def _get(original: Any, *, reads: bool) -> Any:
    def get(self: Any, name: str, default: Any = None) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is not None and type(name) is str:
            if name not in _attributes_of(self, "__dict__"):
                record_name(G_MISSED, owner, name, "get", "g.missed")
            elif reads:
                record_name(G_READ, owner, name, None, "g.read")
        return original(self, name, default)

    return get


def _pop(original: Any) -> Any:
    original, sentinel = flask_versions.with_default(original, "pop")

    def pop(self: Any, name: str, default: Any = sentinel) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is not None and type(name) is str:
            there = name in _attributes_of(self, "__dict__")
            record_name(G_DELETED if there else G_MISSED, owner, name, None if there else "pop", "g.deleted")
        return original(self, name, default)

    return pop


def _setdefault(original: Any) -> Any:
    def setdefault(self: Any, name: str, default: Any = None) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is None or type(name) is not str or name in _attributes_of(self, "__dict__"):
            return original(self, name, default)
        result = original(self, name, default)
        record_name(G_SET, owner, name, kept_for(owner, name, default), "g.set")
        return result

    return setdefault


def _getattribute(original: Any, own_names: frozenset[str]) -> Any:
    def __getattribute__(self: Any, name: str) -> Any:
        if type(name) is str and name not in own_names:
            owner = g_owners.get(id(self)) or owner_in_passage(self)
            if owner is not None and name in _attributes_of(self, "__dict__"):
                record_name(G_READ, owner, name, None, "g.read")
        return original(self, name)

    return __getattribute__
