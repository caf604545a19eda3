"""Functions by which users have values of their own types described; without one, a value is named by its type only.

A describer is code of the app's, run on purpose: in the app's thread, whenever a value of its type is put into ``g`` or
the session, or is there when one of these is first seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar

logger = logging.getLogger("flaskscope")

#: How often one describer may raise before it is not asked any more.
FAILURES_BEFORE_OFF = 10

T = TypeVar("T")


class Describer:
    """The describer of one type, and how often it raised."""

    __slots__ = ("failures", "function", "kind")

    def __init__(self, kind: type[Any], function: Callable[[Any], object]) -> None:
        self.kind = kind  # held, so that its address is not used again
        self.function = function
        self.failures = 0

    @property
    def is_off(self) -> bool:
        """Whether it raised so often that it is not asked any more."""
        return self.failures >= FAILURES_BEFORE_OFF

    def note_failure(self, error: Exception) -> None:
        """Count *error*; the first one is logged, and the one that turns it off."""
        self.failures += 1
        name = getattr(self.function, "__qualname__", repr(type(self.function)))
        if self.failures == 1:
            logger.error("The describer %s raised; the app goes on untouched by it.", name, exc_info=error)
        if self.is_off:
            logger.error("The describer %s raised %d times: it is not asked any more.", name, self.failures)


#: The describers by the address of their type: to look up a type by itself would ask its metaclass for its hash.
describers: Final[dict[int, Describer]] = {}

#: The addresses of the values that are being described: a describer that shows one of them again would never end.
being_described: Final[set[int]] = set()


def describe(kind: type[T]) -> Callable[[Callable[[T], object]], Callable[[T], object]]:
    """Make the function that this decorates describe values of exactly the type *kind*, not of its subclasses.

    ```python
    @flaskscope.describe(User)
    def describe_user(user: User) -> object:
        return {"id": user.id, "name": user.name}
    ```

    What it returns is shown: a text as it is, anything else of Python's own types as usual, cut to the same length, and
    with the values of secret-looking keys left out. It runs in the app's thread, so it should be quick and change
    nothing: a row that it loads is loaded in the app's own session. What it raises is caught, counted, logged once, and
    said in the place of the value; after ten times it is not asked any more. A value under a secret-looking name is
    never shown to it.

    A describer stays for the whole process. Registering another one for a type replaces the first.

    Raises:
        TypeError: If *kind* is no class, or one of those that are always looked into (``str``, ``dict`` …).
    """
    # Here, since a snapshot asks the describers.
    from flaskscope.snapshot import is_looked_into

    if not issubclass(type(kind), type):
        raise TypeError(f"describe() wants a class, not {kind!r}: write @flaskscope.describe(User).")
    if is_looked_into(kind):
        raise TypeError(
            f"Values of {kind.__name__} are shown as they are: describe() is for types of your own."
        )

    def register(function: Callable[[T], object]) -> Callable[[T], object]:
        describers[id(kind)] = Describer(kind, function)
        return function

    return register
