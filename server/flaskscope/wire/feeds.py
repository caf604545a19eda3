"""What other processes send, and what pages are told of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from flaskscope.errors import MessageError
from flaskscope.wire.pages import Where, encode_lost
from flaskscope.wire.text import (
    MAX_RUN_LENGTH,
    encoded,
    entries_in,
    number_in,
    of_version,
    parse_object,
    strict_text,
)

_HEAD = re.compile(rb'\{\s*"v"\s*:\s*1\s*,\s*"type"\s*:\s*"([a-z]+)"')

#: The `value` of the error with which a hub answers the hello of its own process: it need not send anything.
ITSELF = "itself"

_ONE_VERSION = "Use the same version of FlaskScope everywhere."


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the clock of one process relates to another one: add *offset_ms* to its time, right within *uncertainty_ms*.

    *by* says how that is known: ``machine`` (both are on one machine, with one monotonic clock), ``hub`` or ``redis``
    (round trips were measured).
    """

    offset_ms: float
    uncertainty_ms: float
    by: str


@dataclass(frozen=True, slots=True)
class Joining:
    """What another process says of itself first: the checked fields of its ``hello`` that pages are told.

    Its numbers begin after *begin*: a forked process goes on counting where it was forked. *beats* is whether it gives
    a sign of life when there is nothing else to send.
    """

    run: str
    begin: int
    fields: dict[str, Any]
    lanes: list[list[Any]]
    sites: list[list[Any]]
    beats: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """The events *first* to *last* of another process; of *lost* ones there is no more than the message."""

    first: int
    last: int
    lost: bool
    lanes: list[list[Any]]
    sites: list[list[Any]]
    message: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What a process asks its hub for: the time. It tells what it found out so far, and that it is still there."""

    asked_ns: str
    alignment: Alignment | None


def encode_process(
    run: str,
    state: str,
    first: int,
    last: int,
    lanes: Sequence[Any],
    sites: Sequence[Any],
    alignment: Alignment | None = None,
    way: str = "feed",
    **fields: Any,
) -> bytes:
    """Return the message that introduces another process to a page, or tells how it is now.

    *state* is ``live``, ``away`` (its connection broke) or ``ended``; *way* is how its events come, ``feed`` or
    ``redis``; *fields* are those of its `Joining`.
    """
    clock = {
        **fields.pop("clock"),
        "offset_ms": None if alignment is None else round(alignment.offset_ms, 4),
        "uncertainty_ms": None if alignment is None else round(alignment.uncertainty_ms, 4),
        "by": None if alignment is None else alignment.by,
    }
    return encoded(
        "process",
        run=run,
        state=state,
        way=way,
        first=first,
        last=last,
        lanes=lanes,
        sites=sites,
        clock=clock,
        **fields,
    )


def parse_joining(text: str | bytes) -> Joining:
    """Return what a process says that opens a feed.

    Raises:
        MessageError: If it is anything but the ``hello`` of a process.
    """
    message = of_version(parse_object(text), "hello")
    run = message.get("run")
    if not is_run(run):
        raise MessageError("'run' is not the id of a recording.", strict_text(run), "Send the hello again.")
    kinds = {"app": dict, "process": dict, "versions": dict, "clock": dict, "counts": dict, "contexts": list}
    fields = {name: message.get(name) for name in kinds}
    wrong = [name for name, kind in kinds.items() if not isinstance(fields[name], kind)]
    if wrong:
        raise MessageError(f"'{wrong[0]}' is missing.", None, _ONE_VERSION)
    clock = message["clock"]
    if not _is_time(clock.get("unix_ms")) or not _is_digits(clock.get("monotonic_ns")):
        raise MessageError("'clock' is not whole.", strict_text(clock), _ONE_VERSION)
    settings = message.get("settings")
    fields["stack"] = settings.get("stack") if isinstance(settings, dict) else None
    begin = number_in(message, "begin") if "begin" in message else 0
    lanes, sites = entries_in(message, "lanes", 3), entries_in(message, "sites", 4)
    return Joining(run, begin, fields, lanes, sites, message.get("beats") is True)


def is_run(value: Any) -> TypeGuard[str]:
    """Return whether *value* is the id of a recording."""
    return (
        isinstance(value, str) and 1 <= len(value) <= MAX_RUN_LENGTH and value.isascii() and value.isalnum()
    )


def parse_delivery(text: str | bytes, run: str) -> Delivery | None:
    """Return what a process sends after its hello, to be told to pages with its *run*.

    ``None`` for a message of another type, which a newer version may send.

    Raises:
        MessageError: If it is not whole.
    """
    message = parse_object(text)
    kind = message.get("type")
    if kind not in {"events", "lost"}:
        return None
    of_version(message, kind)
    first, last = number_in(message, "from"), number_in(message, "to")
    if kind == "lost":
        count, where, why = (message.get(name) for name in ("count", "where", "why"))
        if not isinstance(count, int) or not isinstance(where, str) or not isinstance(why, str):
            raise MessageError("'lost' is not whole.", None, _ONE_VERSION)
        told = {"from": first, "to": last, "count": count, "where": where, "why": why}
        return Delivery(first, last, True, [], [], encoded("lost", run=run, **told))
    rows = message.get("rows")
    if not isinstance(rows, list) or len(rows) != last - first + 1 or not rows:
        raise MessageError("'rows' are not as many as the numbers.", f"{first} to {last}", "Send them again.")
    if any(not isinstance(row, list) or len(row) < 6 or row[0] != first + at for at, row in enumerate(rows)):
        raise MessageError("'rows' have a gap.", f"{first} to {last}", "Send them again.")
    lanes, sites = entries_in(message, "lanes", 3), entries_in(message, "sites", 4)
    told = {"from": first, "to": last, "lanes": lanes, "sites": sites, "rows": rows}
    return Delivery(first, last, False, lanes, sites, encoded("events", run=run, **told))


def as_lost(run: str, first: int, last: int, where: Where, why: str) -> Delivery:
    """Return what stands for the events *first* to *last* of a process, which will not come."""
    message = encode_lost(first, last, last - first + 1, where, why, run)
    return Delivery(first, last, True, [], [], message)


def without(delivery: Delivery, run: str, after: int) -> Delivery:
    """Return *delivery*, of which a part is here already, from the event after number *after* on."""
    told = parse_object(delivery.message)
    if delivery.lost:
        left = delivery.last - after
        message = encode_lost(after + 1, delivery.last, left, told["where"], told["why"], run)
    else:
        told.update({"from": after + 1, "rows": told["rows"][after + 1 - delivery.first :]})
        fields = {name: value for name, value in told.items() if name not in {"v", "type"}}
        message = encoded("events", **fields)
    return replace(delivery, first=after + 1, message=message)


def encode_asking(asked_ns: int, alignment: Alignment | None) -> bytes:
    """Return the message with which a process asks its hub for the time, and tells how it stands to it so far."""
    return encoded(
        "clock",
        asked_ns=str(asked_ns),
        offset_ms=None if alignment is None else alignment.offset_ms,
        uncertainty_ms=None if alignment is None else alignment.uncertainty_ms,
    )


def parse_asked(text: str | bytes) -> Asked | None:
    """Return what a process asks, ``None`` if the message is another one.

    Raises:
        MessageError: If it is not whole.
    """
    # Deliveries are large: they are not taken apart twice.
    if _kind_of(text) != "clock":
        return None
    message = parse_object(text)
    asked_ns = message.get("asked_ns")
    if not _is_digits(asked_ns):
        raise MessageError("'asked_ns' is no time.", strict_text(asked_ns), _ONE_VERSION)
    return Asked(asked_ns, parse_alignment(message, "hub"))


def parse_alignment(message: dict[str, Any], by: str) -> Alignment | None:
    """Return how a process says that its clock stands to the other one, ``None`` if it does not know."""
    offset, uncertainty = message.get("offset_ms"), message.get("uncertainty_ms")
    if not _is_time(offset) or not _is_time(uncertainty) or uncertainty < 0:
        return None
    return Alignment(offset, uncertainty, by)


def encode_beat(last: int, alignment: Alignment | None) -> bytes:
    """Return the sign of life of a process that sends through Redis, which has confirmed its events up to *last*."""
    return encoded(
        "beat",
        last=last,
        offset_ms=None if alignment is None else alignment.offset_ms,
        uncertainty_ms=None if alignment is None else alignment.uncertainty_ms,
    )


def parse_beat(text: bytes) -> tuple[int, Alignment | None]:
    """Return what `encode_beat` was given.

    Raises:
        MessageError: If it is not whole.
    """
    message = of_version(parse_object(text), "beat")
    return number_in(message, "last"), parse_alignment(message, "redis")


def encode_end(last: int) -> bytes:
    """Return what a process that sends through Redis says when it ends, after its event number *last*."""
    return encoded("end", last=last)


def parse_end(text: bytes) -> int | None:
    """Return the number of the last event of a process that says that it ends, ``None`` if it says something else.

    Raises:
        MessageError: If it is not whole.
    """
    return number_in(parse_object(text), "last") if _kind_of(text) == "end" else None


def encode_answer(asked: Asked, unix_ms: float) -> bytes:
    """Return the hub's answer: the time on its clock."""
    return encoded("clock", asked_ns=asked.asked_ns, unix_ms=unix_ms)


def parse_answer(text: str | bytes) -> tuple[int, float] | None:
    """Return when was asked and what the hub's clock said, ``None`` if the message is another one.

    Raises:
        MessageError: If it is no message.
    """
    message = parse_object(text)
    asked_ns, unix_ms = message.get("asked_ns"), message.get("unix_ms")
    if message.get("type") != "clock" or not _is_digits(asked_ns) or not _is_time(unix_ms):
        return None
    return int(asked_ns), float(unix_ms)


def _kind_of(text: str | bytes) -> str | None:
    """Return the type of a message that is short, and begins as ours do; ``None`` of any other."""
    head = text[:40].encode() if isinstance(text, str) else text[:40]
    found = _HEAD.match(head)
    return found[1].decode() if found else None


def _is_time(value: Any) -> TypeGuard[float]:
    """Return whether *value* is milliseconds as a clock might show them."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and abs(value) < 1e15


def _is_digits(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= 20 and value.isascii() and value.isdigit()
