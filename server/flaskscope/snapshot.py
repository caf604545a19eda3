"""Any value → short safe text, without ever running the app's code.

Exact builtin types are looked into, within the limits below. Everything else is named by its type and address:
a subclass of ``dict`` may well do something in its ``__iter__``, and a ``__repr__`` may load a row from a
database. Only a type for which the user has registered a describer is shown by that.

The type is taken from ``type()``, never from ``__class__``, which an object may lie about.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any, Final, TypeAlias, TypeVar

from flaskscope.describers import being_described, describers
from flaskscope.events import OPAQUE, REDACTED, TRUNCATED, Failure, Snapshot

#: Characters of a snapshot's text. A longer text ends in an ellipsis and carries `TRUNCATED`.
MAX_TEXT = 200

#: Characters of the message of an exception.
MAX_MESSAGE = 500

#: Entries shown of one container; the rest is an ellipsis.
MAX_WIDTH = 8

#: Containers shown inside each other; a deeper one is shown as its type and size.
MAX_DEPTH = 3

#: Values looked at in all for one snapshot, however they are nested.
MAX_NODES = 60

#: Small values of one type whose snapshots are remembered, so that a journal with the same value a thousand times holds
#: it once. Past the limit all of that type are forgotten.
MAX_REMEMBERED = 4_096

#: By type, since 1 equals True.
_of_kept: Final[dict[type[Any], dict[Any, Snapshot]]] = {str: {}, int: {}, bool: {}, type(None): {}}

#: Those of strings that `keep` returned: a snapshot that is there need not be asked for by `kept_as_snapshot`.
snapshots_of_text: Final = _of_kept[str]

REDACTED_SNAPSHOT: Final = Snapshot("redacted", "", None, REDACTED)

#: The longest string, and the largest number, that is kept as it is until it is described.
MAX_ATOMIC_LENGTH = 120
MAX_ATOMIC_BITS = 64  # with its sign
MAX_ATOMIC_INT = 1 << (MAX_ATOMIC_BITS - 1)

IsSecret: TypeAlias = Callable[[str], bool]

_Value = TypeVar("_Value")

_type_qualname = type.__dict__["__qualname__"].__get__
_type_module = type.__dict__["__module__"].__get__
_exception_args = BaseException.__dict__["args"].__get__


def snapshot(value: object, is_secret: IsSecret | None = None) -> Snapshot:
    """Describe *value* as it is now.

    Never raises, never calls a method of the app's classes, and takes a bounded time whatever the size of the
    value: at most `MAX_NODES` values are looked at.

    Args:
        value: Anything.
        is_secret: Says of a key inside a ``dict`` whether its value must not be shown.
    """
    kind = type(value)
    describe = _SIZED.get(id(kind))
    if describe is None:
        text, flags = _describe_opaque(value, kind, is_secret)
        return Snapshot(text, type_name(kind), None, flags)
    writer = _Writer(is_secret)
    try:
        writer.add(value, 0)
    except RuntimeError:
        # Another thread changed a container while it was read.
        writer.parts.append("… changed while it was read")
        writer.truncated = True
    except ValueError:
        # Python refuses to write numbers of thousands of digits, inside a range for instance.
        writer.parts.append("… a number too long to write")
        writer.truncated = True
    text = "".join(writer.parts)
    truncated = writer.truncated
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
        truncated = True
    flags = (TRUNCATED if truncated else 0) | (REDACTED if writer.redacted else 0)
    return Snapshot(text, kind.__name__, describe(value), flags)


def keep(value: object, is_secret: IsSecret) -> Any:
    """Return *value* itself if it is small, immutable and of Python's own, else its snapshot.

    This is what a hook stores: describing a short string or a number can wait until somebody looks.
    """
    kind = type(value)
    if kind is str:
        if len(value) <= MAX_ATOMIC_LENGTH:  # type: ignore[arg-type]
            return value
    elif kind is int:
        if -MAX_ATOMIC_INT < value < MAX_ATOMIC_INT:  # type: ignore[operator]
            return value
    elif value is None or kind is float or kind is bool:
        return value
    return snapshot(value, is_secret)


def kept_as_snapshot(kept: Any) -> Snapshot:
    """Return the snapshot of what `keep` returned; the same one for the same value, as long as it is remembered."""
    kind = type(kept)
    if kind is Snapshot:
        return kept  # type: ignore[no-any-return]
    if kind is float:  # seldom the same twice, and 0.0 equals -0.0
        return Snapshot(repr(kept), "float", None, 0)
    remembered = _of_kept[kind]
    known = remembered.get(kept)
    if known is None:
        if len(remembered) >= MAX_REMEMBERED:
            remembered.clear()
        is_plain = kind is int and -MAX_ATOMIC_INT < kept < MAX_ATOMIC_INT
        known = remembered[kept] = Snapshot(repr(kept), "int", None, 0) if is_plain else snapshot(kept)
    return known


def type_name(kind: type) -> str:
    """Return ``module.QualifiedName`` of a type, without the module for builtins, read past any metaclass."""
    name, module = _type_qualname(kind), _type_module(kind)
    if type(name) is not str:
        name = "?"
    if type(module) is not str or module == "builtins":
        return name[:MAX_TEXT]
    return f"{module}.{name}"[:MAX_TEXT]


def describe_exception(error: BaseException) -> Failure:
    """Return the class and the message of an exception, without calling its ``__str__``.

    The message is its first argument if that is of a builtin type, and empty otherwise.
    """
    kind = type(error)
    args = _exception_args(error)
    message = ""
    if type(args) is tuple and args:
        first = args[0]
        if type(first) is str:
            message = first
        elif id(type(first)) in _SIZED:
            message = snapshot(first).text
    if len(message) > MAX_MESSAGE:
        message = message[: MAX_MESSAGE - 1] + "…"
    return Failure(type_name(kind), message)


def is_looked_into(kind: type) -> bool:
    """Return whether values of exactly this type are shown as they are."""
    return id(kind) in _SIZED


def _describe_opaque(value: object, kind: type, is_secret: IsSecret | None) -> tuple[str, int]:
    """Return the text and the flags of a value that is not looked into."""
    describer = describers.get(id(kind)) if describers else None
    if describer is None or describer.is_off or id(value) in being_described:
        return f"<{type_name(kind)} at 0x{id(value):x}>", OPAQUE
    being_described.add(id(value))
    try:
        described = describer.function(value)
        if type(described) is not str:
            shown = snapshot(described, is_secret)
            return shown.text, shown.flags
    except Exception as error:  # noqa: BLE001 - code of the app's, run on its wish: it must not break what it describes
        describer.note_failure(error)
        raised = type_name(type(error))
        return f"<{type_name(kind)} at 0x{id(value):x}, whose describer raised {raised}>", OPAQUE
    finally:
        being_described.discard(id(value))
    if len(described) <= MAX_TEXT:
        return described, 0
    return described[: MAX_TEXT - 1] + "…", TRUNCATED


class _Writer:
    """Collects the text of a value and of what is inside it, within the limits of this module."""

    __slots__ = ("is_secret", "nodes", "open", "parts", "redacted", "truncated")

    def __init__(self, is_secret: IsSecret | None) -> None:
        self.is_secret = is_secret
        self.nodes = 0
        self.open: list[int] = []  # ids of the containers being written, to notice a cycle
        self.parts: list[str] = []
        self.redacted = False
        self.truncated = False

    def add(self, value: object, depth: int) -> None:
        kind = type(value)
        self.nodes += 1
        write = _CONTAINERS.get(id(kind))
        if write is None:
            self.parts.append(self._scalar(value, kind))
            return
        size = len(value)  # type: ignore[arg-type]
        if id(value) in self.open:
            self.parts.append(f"<the same {kind.__name__} again>")
        elif size and (depth >= MAX_DEPTH or self.nodes >= MAX_NODES):
            self.parts.append(f"<{kind.__name__} of {size:,}>")
            self.truncated = True
        else:
            self.open.append(id(value))
            write(self, value, depth)
            self.open.pop()

    def _scalar(self, value: Any, kind: type) -> str:
        if kind is str or kind is bytes or kind is bytearray:
            if len(value) > MAX_TEXT:
                self.truncated = True
                return repr(value[:MAX_TEXT]) + "…"
            return repr(value)
        if kind is int and not -(10**100) < value < 10**100:
            # Python refuses to write, or takes very long for, numbers of thousands of digits.
            return f"<int of {value.bit_length():,} bits>"
        write = _SCALARS.get(id(kind))
        if write:
            return write(value)
        text, flags = _describe_opaque(value, kind, self.is_secret)
        self.truncated |= bool(flags & TRUNCATED)
        self.redacted |= bool(flags & REDACTED)
        return text

    def sequence(self, value: Any, depth: int, start: str, end: str) -> None:
        parts = self.parts
        parts.append(start)
        for index, entry in enumerate(islice(value, MAX_WIDTH)):
            if index:
                parts.append(", ")
            self.add(entry, depth + 1)
            if self.nodes >= MAX_NODES:
                break
        self._close(value, end)

    def mapping(self, value: dict[Any, Any], depth: int) -> None:
        parts = self.parts
        parts.append("{")
        for index, (key, entry) in enumerate(islice(value.items(), MAX_WIDTH)):
            if index:
                parts.append(", ")
            self.add(key, MAX_DEPTH)
            parts.append(": ")
            if self.is_secret is not None and type(key) is str and self.is_secret(key):
                parts.append("redacted")
                self.redacted = True
            else:
                self.add(entry, depth + 1)
            if self.nodes >= MAX_NODES:
                break
        self._close(value, "}")

    def _close(self, value: Any, end: str) -> None:
        if len(value) > MAX_WIDTH or self.nodes >= MAX_NODES:
            self.parts.append(", …")
            self.truncated = True
        self.parts.append(end)


def _write_tuple(writer: _Writer, value: Any, depth: int) -> None:
    writer.sequence(value, depth, "(", ",)" if len(value) == 1 else ")")


def _write_set(writer: _Writer, value: Any, depth: int) -> None:
    writer.sequence(value, depth, "{", "}") if value else writer.parts.append("set()")


def _by_address(table: dict[type, _Value]) -> dict[int, _Value]:
    """Key *table* by the addresses of its types, which never go away.

    To look up a type by itself would ask the metaclass of the app's class for its hash.
    """
    return {id(kind): value for kind, value in table.items()}


_CONTAINER_TYPES: Final[dict[type, Callable[[_Writer, Any, int], None]]] = {
    list: lambda writer, value, depth: writer.sequence(value, depth, "[", "]"),
    tuple: _write_tuple,
    dict: lambda writer, value, depth: writer.mapping(value, depth),
    set: _write_set,
    frozenset: lambda writer, value, depth: writer.sequence(value, depth, "frozenset({", "})"),
    deque: lambda writer, value, depth: writer.sequence(value, depth, "deque([", "])"),
}


def _write_datetime(value: Any) -> str:
    zone = value.tzinfo
    # A time zone is an object with methods; only Python's own fixed offsets are known not to be the app's.
    if zone is None or type(zone) is datetime.timezone:
        return repr(value.isoformat(sep=" ") if type(value) is datetime.datetime else value.isoformat())
    return repr(value.replace(tzinfo=None).isoformat()) + " in its time zone"


_SCALAR_TYPES: Final[dict[type, Callable[[Any], str]]] = {
    type(None): repr,
    bool: repr,
    int: repr,
    float: repr,
    complex: repr,
    range: repr,
    type(Ellipsis): repr,
    type(NotImplemented): repr,
    decimal.Decimal: lambda value: (
        f"Decimal('{value}')" if len(value.as_tuple().digits) < 100 else "<long Decimal>"
    ),
    uuid.UUID: lambda value: f"UUID('{value}')",
    datetime.date: lambda value: repr(value.isoformat()),
    datetime.datetime: _write_datetime,
    datetime.time: _write_datetime,
    datetime.timedelta: lambda value: f"timedelta('{value}')",
}


def _no_size(value: object) -> None:
    return None


_CONTAINERS: Final = _by_address(_CONTAINER_TYPES)
_SCALARS: Final = _by_address(_SCALAR_TYPES)

#: How to tell the size of a value of a type that may be looked into.
_SIZED: Final[dict[int, Callable[[Any], int | None]]] = _by_address(
    {
        **dict.fromkeys(_SCALAR_TYPES, _no_size),
        **dict.fromkeys((str, bytes, bytearray), len),
        **dict.fromkeys(_CONTAINER_TYPES, len),
    }
)
