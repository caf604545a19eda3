"""Values whose every method is written down when it is called, and raises when it can."""

from __future__ import annotations

from typing import Any

#: Which methods of hostile values were called, in order.
calls_of_hostile_values: list[str] = []


def _hostile(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls_of_hostile_values.append(name)
        raise RuntimeError(f"{name} of a hostile value was called")

    return method


class Hostile:
    """Does not want to be looked at."""

    def __getattribute__(self, name: str) -> Any:
        calls_of_hostile_values.append(f"__getattribute__ {name}")
        raise RuntimeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        calls_of_hostile_values.append(f"__setattr__ {name}")
        raise RuntimeError(name)

    for _name in (
        "__repr__ __str__ __bytes__ __format__ __len__ __length_hint__ __bool__ __iter__ __next__ __contains__"
        " __getitem__ __reversed__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __int__ __float__ __index__"
        " __call__ __dir__ __reduce__ __reduce_ex__ __copy__ __deepcopy__ __enter__ __exit__ __await__ __fspath__"
        " __sizeof__ __getstate__ __get__ __set__ __instancecheck__ __subclasshook__ __missing__ __add__ __or__"
    ).split():
        locals()[_name] = _hostile(_name)
    del _name

    def __hash__(self) -> int:
        calls_of_hostile_values.append("__hash__")
        raise RuntimeError("__hash__")


class LyingClass(dict):  # type: ignore[type-arg]
    """Says that it is something else, and is a container whose methods are overridden."""

    @property
    def __class__(self) -> Any:
        calls_of_hostile_values.append("__class__")
        return int

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise AssertionError("never set")

    __len__ = _hostile("__len__")
    __iter__ = _hostile("__iter__")
    __repr__ = _hostile("__repr__")
    __getitem__ = _hostile("__getitem__")
    keys = _hostile("keys")
    items = _hostile("items")
    values = _hostile("values")


class HostileMeta(type):
    """A class whose class does not want to be looked at either."""

    def __getattribute__(cls, name: str) -> Any:
        # Python itself asks for these when an object is made, and for no others.
        if name not in ("__init__", "__new__"):
            calls_of_hostile_values.append(f"meta __getattribute__ {name}")
        return super().__getattribute__(name)

    def __repr__(cls) -> str:
        calls_of_hostile_values.append("meta __repr__")
        return "?"

    def __instancecheck__(cls, instance: Any) -> bool:
        calls_of_hostile_values.append("meta __instancecheck__")
        return False

    def __subclasscheck__(cls, subclass: Any) -> bool:
        calls_of_hostile_values.append("meta __subclasscheck__")
        return False

    def __eq__(cls, other: object) -> bool:
        calls_of_hostile_values.append("meta __eq__")
        return cls is other

    def __hash__(cls) -> int:
        calls_of_hostile_values.append("meta __hash__")
        return 7


class HostileName(str):
    """A name that notices when it is looked at; Python must hash and compare it, and nobody else."""

    def __hash__(self) -> int:
        calls_of_hostile_values.append("name __hash__")
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        calls_of_hostile_values.append("name __eq__")
        return super().__eq__(other)

    def startswith(self, *args: Any) -> bool:
        calls_of_hostile_values.append("name startswith")
        return super().startswith(*args)

    def endswith(self, *args: Any) -> bool:
        calls_of_hostile_values.append("name endswith")
        return super().endswith(*args)

    def lower(self) -> str:
        calls_of_hostile_values.append("name lower")
        return super().lower()

    def __str__(self) -> str:
        calls_of_hostile_values.append("name __str__")
        return super().__str__()

    def __getitem__(self, index: Any) -> str:
        calls_of_hostile_values.append("name __getitem__")
        return super().__getitem__(index)

    def __len__(self) -> int:
        calls_of_hostile_values.append("name __len__")
        return super().__len__()
