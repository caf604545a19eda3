"""Reads events back that came as JSON: every field is checked against its kind, so that nobody else has to."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from flaskscope.events import Event, Lane, Sees, Site, Snapshot

#: No number of ours is further from 0. Larger ones only make trouble for those who calculate with them.
MAX_SIZE = 2**63

Reader = Callable[[Any], Any]

_NOTHING: Final = object()


def event_in(kind: type[Event], found: Mapping[str, Any] | Sequence[Any]) -> Event:
    """Return the event of *kind* whose fields are in *found*, by name or in their order.

    Fields that have a default may be missing, and others may be there.

    Raises:
        KeyError: If a field is missing.
        TypeError: If a field is not of the type that the kind gives it.
        ValueError: If it is not of the values, or the size, that it may have.
    """
    wanted: Any = kind
    event: Event = _reader(wanted)(found)
    about = getattr(event, "about", None)
    if about is not None and about["id"] != event.context:
        raise ValueError("about")
    return event


def lane_in(found: Mapping[str, Any] | Sequence[Any]) -> Lane:
    """Return the lane in *found*; raises as `event_in`."""
    lane: Lane = _reader(Lane)(found)
    return lane


def site_in(found: Mapping[str, Any] | Sequence[Any]) -> Site:
    """Return the line of code in *found*; raises as `event_in`."""
    site: Site = _reader(Site)(found)
    return site


@cache
def _reader(wanted: Any) -> Reader:
    """Return what reads a value of the type *wanted*."""
    if wanted in (int, str, bool):
        return lambda value: _plain(wanted, value)
    if wanted == dict[str, Any]:  # of all fields of all kinds this is one, `ContextPushed.about`
        return _about
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Literal:
        return lambda value: _one_of(arguments, value)
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in arguments if each is not type(None))
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        reads = [_reader(each) for each in arguments]
        return lambda value: tuple(read(each) for read, each in zip(reads, _listed(value), strict=True))
    if origin in (list, Sequence):
        read = _reader(arguments[0])
        # A sequence is most often empty, and then this one object.
        nothing: Callable[[], Sequence[Any]] = list if origin is list else tuple
        return lambda value: [read(each) for each in _listed(value)] or nothing()
    return _named_reader(wanted)


def _named_reader(wanted: Any) -> Reader:
    """Return what reads a named tuple, whose fields come by their names or in their order."""
    hints = get_type_hints(wanted)
    fields = [
        (name, _reader(hints[name]), wanted._field_defaults.get(name, _NOTHING)) for name in wanted._fields
    ]
    names = wanted._fields

    def read(value: Any) -> Any:
        given = value if isinstance(value, Mapping) else dict(zip(names, _listed(value), strict=False))
        return wanted(
            *(
                default if default is not _NOTHING and name not in given else reader(given[name])
                for name, reader, default in fields
            )
        )

    return read


def _plain(wanted: Any, value: Any) -> Any:
    if type(value) is not wanted or (wanted is int and abs(value) > MAX_SIZE):
        raise TypeError(wanted.__name__)
    return value


def _one_of(allowed: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(allowed)
    return value


def _listed(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError("list")
    return value


#: What describes a context: what is always there, and what only where it applies.
_ABOUT: Final[dict[str, Any]] = {
    "id": int,
    "type": Literal["app", "request", "both"],
    "how": str,
    "app": str,
    "thread": str | None,
    "pushes": int,
    "sees": Sees,
}
_ABOUT_SOME: Final[dict[str, Any]] = {
    "reused": int | None,
    "implicit": bool,
    "method": str,
    "path": str,
    "fired": str | None,
    "copied": int | None,
    "g": list[tuple[str, Snapshot]],
    "g_unseen": str,
}


def _about(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("about")
    # What is not known here may come from a newer version: it is text or a number of which nobody makes anything.
    known = {name: _reader(wanted)(value[name]) for name, wanted in _ABOUT.items()}
    some = {name: _reader(wanted)(value[name]) for name, wanted in _ABOUT_SOME.items() if name in value}
    return {**value, **known, **some}
