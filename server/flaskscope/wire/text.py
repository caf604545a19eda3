"""Strict JSON in plain ASCII: what every message is made of, and how one is taken apart."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from flaskscope.errors import MessageError

#: The version both sides must speak. A change that is more than a new optional field raises it.
PROTOCOL = 1

#: JavaScript counts exactly up to here: event numbers cannot be larger.
MAX_NUMBER = 2**53 - 1

#: A run id has 16 hexadecimal digits; anything much longer is no run id.
MAX_RUN_LENGTH = 64

# Looking for circles costs a third of it; one would end in a RecursionError, which `strict` knows.
dumps = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object in *text*.

    Raises:
        MessageError: If it is not JSON, not strict JSON, or not an object.
    """
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
    # RecursionError: thousands of brackets; ValueError: also bad UTF-8 and numbers of thousands of digits.
    except (ValueError, RecursionError):
        raise MessageError("This is not JSON.", shown, "Send one JSON object.") from None
    if not isinstance(parsed, dict):
        raise MessageError("This is JSON, but not an object.", shown, "Send one JSON object.")
    return parsed


def of_version(message: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return *message* if it is a *kind* of this protocol.

    Raises:
        MessageError: If it is not.
    """
    if message.get("v") != PROTOCOL or message.get("type") != kind:
        raise MessageError(
            f"This is no {kind} of protocol {PROTOCOL}.",
            strict_text(message.get("type")),
            "Use the same version of FlaskScope everywhere.",
        )
    return message


def number_in(message: dict[str, Any], name: str) -> int:
    """Return the number of an event that *message* has as *name*.

    Raises:
        MessageError: If it is none.
    """
    number = message.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MAX_NUMBER:
        raise MessageError(f"'{name}' is not the number of an event.", strict_text(number), "Send it again.")
    return number


def entries_in(message: dict[str, Any], name: str, length: int) -> list[list[Any]]:
    """Return the lanes or sites of *message*, each a row that begins with its number."""
    entries = message.get(name)
    if not isinstance(entries, list) or any(
        not isinstance(entry, list) or len(entry) != length or not isinstance(entry[0], int)
        for entry in entries
    ):
        raise MessageError(f"'{name}' are not rows of {length}.", None, "Send the hello again.")
    return entries


def encoded(kind: str, **fields: Any) -> bytes:
    """Return the message *kind* with *fields*."""
    return strict({"v": PROTOCOL, "type": kind, **fields}).encode("ascii")


def strict(value: Any) -> str:
    """Return *value* as strict JSON, whatever is in it."""
    try:
        return dumps(value)
    except (ValueError, TypeError, RecursionError):
        # A recorder that lets such a value through has a bug; the page should see the rest all the same.
        return dumps(_mended(value))


def as_object(value: Any) -> Any:
    """Return named tuples, at any depth, as objects with the names of their fields."""
    fields = getattr(value, "_fields", None)
    if isinstance(value, tuple) and fields is not None:
        return {name: as_object(item) for name, item in zip(fields, value, strict=True)}
    if isinstance(value, dict):
        return {key: as_object(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_object(item) for item in value]
    return value


def strict_text(value: Any) -> str:
    """Return *value* as JSON to be shown."""
    try:
        return strict(value)
    except RecursionError:
        return "…"


def _mended(value: Any, depth: int = 0) -> Any:
    """Return *value* with what JSON cannot say turned into text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if depth < 8 and isinstance(value, Mapping):
        return {str(key): _mended(item, depth + 1) for key, item in value.items()}
    if depth < 8 and isinstance(value, list | tuple):
        return [_mended(item, depth + 1) for item in value]
    return f"<{type(value).__name__}>"


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
