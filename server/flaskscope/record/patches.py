"""Replaces attributes of classes, and puts everything back as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import Any
from weakref import WeakKeyDictionary

#: Stands for an attribute that the class itself did not have (it inherited it, or had none).
_ABSENT = object()

#: What a method may be in the dictionary of a class to be hooked. A function that stands in for anything else (a static
#: or class method, a partial method, a callable object) would be called with other arguments than that is.
_METHODS = (FunctionType, WrapperDescriptorType, MethodDescriptorType)

#: What each function of ours stands in for, as long as anybody has it.
_originals: WeakKeyDictionary[FunctionType, Any] = WeakKeyDictionary()

# Read past any metaclass of the app's.
_bases_of = type.__dict__["__mro__"].__get__
_attributes_of = type.__dict__["__dict__"].__get__


def home_of(owner: type[Any], name: str) -> type[Any] | None:
    """Return the class among *owner* and its bases that defines the method *name*; ``None`` if it is no method."""
    for base in _bases_of(owner):
        found = _attributes_of(base).get(name, _ABSENT)
        if found is not _ABSENT:
            return base if type(found) in _METHODS else None
    return None


class Patches:
    """A set of attributes of classes that were replaced in place.

    Not safe to use from several threads at once; the caller holds a lock.
    """

    def __init__(self) -> None:
        self._replaced: list[tuple[type[Any], str, object, object, str]] = []

    def replace(self, owner: type[Any], name: str, build: Callable[[Any], Any], hook: str) -> bool:
        """Set ``owner.name`` to ``build(original)``; *original* is the method found along the class's bases.

        Args:
            owner: A class that is written in Python.
            name: The name of a method.
            build: Makes the replacement.
            hook: What the replacement is for, the name by which `restore` finds it.

        Returns:
            Whether it was replaced: not if there is no such method, or something else than a method.
        """
        home = home_of(owner, name)
        if home is None:
            return False
        original = _attributes_of(home)[name]
        # One of ours that somebody put back after it was taken out: on top of it, everything would be recorded twice.
        while type(original) is FunctionType and original in _originals:
            original = _originals[original]
        replacement = build(original)
        _originals[replacement] = original
        # What a person sees in a traceback, a signature or a help text stays what it was.
        replacement.__module__ = None  # A method written in C has none; a function brings its own of both.
        replacement.__annotations__ = {}
        update_wrapper(replacement, original)
        setattr(owner, name, replacement)
        self._replaced.append((owner, name, original if home is owner else _ABSENT, replacement, hook))
        return True

    def restore(self, hook: str | None = None) -> None:
        """Put back whatever is still ours, latest first: all of it, or only what was replaced for *hook*.

        An attribute that somebody else has replaced in the meantime stays as it is: our function below theirs
        only passes on what it is called with once nothing is recorded.
        """
        for owner, name, own, replacement, its_hook in reversed(self._replaced):
            if hook not in (None, its_hook) or _attributes_of(owner).get(name) is not replacement:
                continue
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
        self._replaced = [] if hook is None else [entry for entry in self._replaced if entry[4] != hook]
