"""Writes, deletions and misses of names in ``g``; reads too where they were asked for."""

from __future__ import annotations

from sys import _getframe
from threading import get_ident
from time import perf_counter_ns as now
from typing import Any

import flask.ctx

from flaskscope.record import flask_versions
from flaskscope.record.callsite import passed_over, user_place, users_files
from flaskscope.record.channel import (
    G_DELETED,
    G_MISSED,
    G_READ,
    G_SET,
    OF_APP_NUMBER,
    OF_CHANNEL,
    OF_G,
    g_owners,
    in_progress,
)
from flaskscope.record.passages import owner_in_passage, passages, tell_passage
from flaskscope.record.patches import Patches
from flaskscope.snapshot import MAX_ATOMIC_BITS, REDACTED_SNAPSHOT, keep

#: Returns the names that a ``g`` holds, past any hook.
_names_of = vars(flask.ctx._AppCtxGlobals)["__dict__"].__get__


def install(patches: Patches, *, reads: bool) -> None:
    """Hook the class of ``g``. With *reads*, also every read that finds its name, which costs each of them."""
    owner = flask.ctx._AppCtxGlobals
    patches.replace(owner, "__setattr__", lambda original: _setattr(original, reads=reads), "g.set")
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


def _setattr(original: Any, *, reads: bool) -> Any:
    if not flask_versions.is_own(original):
        return _setattr_of_others(original)

    def __setattr__(self: Any, name: str, value: Any) -> None:
        __traceback_hide__ = True
        # What the original does; past the hook of reads, if there is one.
        (_names_of(self) if reads else self.__dict__)[name] = value
        # Written out flat: each call of a function of ours would add a fifth to the 0.6 µs that this takes.
        me = get_ident()
        held = in_progress.get(me)
        if held is not None and held[OF_G] is self:
            channel = held[OF_CHANNEL]
            number = held[OF_APP_NUMBER]
        else:
            owner = g_owners.get(id(self)) or owner_in_passage(self)
            if owner is None:
                return
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
                elif type(value) is int and value.bit_length() < MAX_ATOMIC_BITS:
                    kept = value
                else:
                    kept = keep(value, channel.is_secret)
                if passages:
                    tell_passage(me)
                channel.append(
                    (next(channel.orders), now(), me, G_SET, number, code, instruction, name, kept)
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
            if name not in _names_of(self):
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
            there = name in _names_of(self)
            record_name(G_DELETED if there else G_MISSED, owner, name, None if there else "pop", "g.deleted")
        return original(self, name, default)

    return pop


def _setdefault(original: Any) -> Any:
    def setdefault(self: Any, name: str, default: Any = None) -> Any:
        __traceback_hide__ = True
        owner = g_owners.get(id(self)) or owner_in_passage(self)
        if owner is None or type(name) is not str or name in _names_of(self):
            return original(self, name, default)
        result = original(self, name, default)
        record_name(G_SET, owner, name, kept_for(owner, name, default), "g.set")
        return result

    return setdefault


def _getattribute(original: Any, own_names: frozenset[str]) -> Any:
    stock = flask.ctx._AppCtxGlobals if original is object.__getattribute__ else None

    def __getattribute__(self: Any, name: str) -> Any:
        # Written out flat, as setting a name is.
        if type(name) is not str or name in own_names:
            return original(self, name)
        names = _names_of(self)
        if name not in names:
            return original(self, name)
        me = get_ident()
        held = in_progress.get(me)
        if held is not None and held[OF_G] is self:
            channel = held[OF_CHANNEL]
            number = held[OF_APP_NUMBER]
        else:
            owner = g_owners.get(id(self)) or owner_in_passage(self)
            if owner is None:
                return original(self, name)
            channel, number = owner
        try:
            frame = _getframe(1)
            code: Any = frame.f_code
            instruction = frame.f_lasti
            if code.co_filename not in users_files:
                code, instruction = user_place(frame)
            if passages:
                tell_passage(me)
            channel.append((next(channel.orders), now(), me, G_READ, number, code, instruction, name, None))
        except Exception as error:
            if not channel.absorbs("g.read", error):
                raise
        # Names that the class has were asked for above: of Flask's own class, this one is where it was found.
        if type(self) is stock:
            try:
                return names[name]
            except KeyError:  # another thread deleted it
                pass
        return original(self, name)

    return __getattribute__
