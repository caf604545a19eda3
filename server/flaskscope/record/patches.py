"""Replaces attributes of classes, and puts everything back as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Stands for an attribute that the class itself did not have (it inherited it, or had none).
_ABSENT = object()


class Patches:
    """A set of attributes of classes that were replaced in place.

    Not safe to use from several threads at once; the caller holds a lock.
    """

    def __init__(self) -> None:
        self._replaced: list[tuple[type[Any], str, object, object]] = []

    def __len__(self) -> int:
        return len(self._replaced)

    def replace(self, owner: type[Any], name: str, build: Callable[[Any], Any]) -> None:
        """Set ``owner.name`` to ``build(original)``; *original* is the function found along the class's bases.

        Raises:
            AttributeError: If *owner* has no such attribute.
            TypeError: If *owner* is a type written in C, which cannot be changed.
        """
        original = getattr(owner, name)
        own = owner.__dict__.get(name, _ABSENT)
        replacement = build(original)
        if hasattr(original, "__code__"):
            # What a person sees in a traceback, a signature or a help text stays what it was.
            for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
                setattr(replacement, attribute, getattr(original, attribute))
            replacement.__wrapped__ = original
        setattr(owner, name, replacement)
        self._replaced.append((owner, name, own, replacement))

    def restore(self) -> None:
        """Put back whatever is still ours, latest first.

        An attribute that somebody else has replaced in the meantime stays as it is: our function below theirs
        only passes on what it is called with once nothing is recorded.
        """
        while self._replaced:
            owner, name, own, replacement = self._replaced.pop()
            if owner.__dict__.get(name) is not replacement:
                continue
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
