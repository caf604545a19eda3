"""What travels between the server and a page, as JSON text: the only Python that knows the names on the wire.

Every message is an object with ``v``, the protocol's version, and ``type``. Its JSON is strict (no ``NaN``, no
``Infinity``) and plain ASCII, so that no text of an app, lone surrogates included, can break a frame.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flaskscope.errors import MessageError, shortened
from flaskscope.events import Event, Lane, Site

#: The version both sides must speak. A change that is more than a new optional field raises it.
PROTOCOL = 1

#: Characters of a scenario's output that are sent; the rest is left out, and the message says so.
MAX_OUTPUT = 20_000

#: JavaScript counts exactly up to here: event numbers cannot be larger.
MAX_NUMBER = 2**53 - 1

#: A run id has 16 hexadecimal digits; anything much longer is no run id.
MAX_RUN_LENGTH = 64

_dumps = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Hello:
    """What a page learns first; the fields are those of the message.

    *first* and *last* are the numbers of the events that are still kept, first = last + 1 when there are none.
    *contexts* describes those contexts still pushed whose push is no longer kept. *app_mount* is the path that the
    app itself is under, without a slash at its end: the rules in *routes* begin there.
    """

    run: str
    app_name: str
    app_root: str
    pid: int
    process_name: str
    versions: Mapping[str, str]
    monotonic_ns: int
    unix_ms: float
    first: int
    last: int
    max_events: int
    stack: str
    g_reads: bool
    redact: Sequence[str]
    editor: str | None
    lanes: Sequence[Lane]
    sites: Sequence[Site]
    contexts: Sequence[Mapping[str, Any]]
    scenarios: Sequence[Mapping[str, Any]]
    dropped: int
    failures: int
    app_mount: str = ""
    routes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """What a page asks for: the events after number *after* of the recording *run* (``None``: any)."""

    after: int
    run: str | None


def encode_hello(hello: Hello) -> bytes:
    """Return the message that opens every connection."""
    return _message(
        "hello",
        run=hello.run,
        app={"name": hello.app_name, "root": hello.app_root, "mount": hello.app_mount},
        process={"pid": hello.pid, "name": hello.process_name},
        versions=dict(hello.versions),
        # Nanoseconds since boot pass 2^53 after 104 days, so they go as text.
        clock={"monotonic_ns": str(hello.monotonic_ns), "unix_ms": hello.unix_ms},
        first=hello.first,
        last=hello.last,
        settings={
            "max_events": hello.max_events,
            "stack": hello.stack,
            "g_reads": hello.g_reads,
            "redact": list(hello.redact),
            "editor": hello.editor,
        },
        lanes=hello.lanes,
        sites=hello.sites,
        contexts=hello.contexts,
        scenarios=hello.scenarios,
        routes=hello.routes,
        counts={"dropped": hello.dropped, "failures": hello.failures},
    )


def encode_events(events: Sequence[Event], lanes: Sequence[Lane], sites: Sequence[Site]) -> bytes:
    """Return the message with *events*, which must not be empty, and the lanes and sites they speak of."""
    head = (
        f'{{"v":{PROTOCOL},"type":"events","from":{events[0][0]},"to":{events[-1][0]},'
        f'"lanes":{_dumps(lanes)},"sites":{_dumps(sites)},"rows":'
    )
    return (head + _rows(events) + "}").encode("ascii")


def encode_lost(
    first: int, last: int, count: int, where: Literal["journal", "stream", "recorder"], why: str
) -> bytes:
    """Return the message that says that the events *first* to *last* will not come.

    Events that were dropped before they got a number have none: *last* is then first - 1, the place in the
    stream where they are missing.
    """
    fields = {"from": first, "to": last, "count": count, "where": where, "why": why}
    return _message("lost", **fields)


def encode_result(
    *,
    scenario: str,
    fire: str | None,
    ok: bool,
    seconds: float,
    summary: str,
    exit_status: int | None = None,
    output: str | None = None,
) -> bytes:
    """Return the message with what a scenario came to; *output* is cut at `MAX_OUTPUT` characters."""
    return _message(
        "result",
        scenario=scenario,
        fire=fire,
        ok=ok,
        seconds=round(seconds, 6),
        exit_status=exit_status,
        output=output[:MAX_OUTPUT] if output is not None else None,
        summary=summary,
        truncated=output is not None and len(output) > MAX_OUTPUT,
    )


def encode_error(what: str, value: str | None, remedy: str) -> bytes:
    """Return the message that says what is wrong with something the page sent."""
    return _message("error", what=what, value=shortened(value) if value is not None else None, remedy=remedy)


def encode_problem(
    *,
    number: int,
    rule: str,
    severity: str,
    sentence: str,
    why: str,
    remedy: str,
    link: str,
    events: Sequence[int],
    sites: Sequence[int],
    heuristic: bool,
) -> bytes:
    """Return the message that tells one finding of the doctor; the fields are those of the message."""
    return _message(
        "problem",
        number=number,
        rule=rule,
        severity=severity,
        sentence=sentence,
        why=why,
        remedy=remedy,
        link=link,
        events=list(events),
        sites=list(sites),
        heuristic=heuristic,
    )


def encode_line(event: Event, lanes: Sequence[Lane], sites: Sequence[Site]) -> bytes:
    """Return *event* as one line for programs: an object with the names of the fields, lane and site in full."""
    named: dict[str, Any] = _named(event)
    named["lane"] = _named(lanes[event[3] - 1]) if 0 < event[3] <= len(lanes) else {"id": event[3]}
    site = event[5]
    if site is not None:
        named["site"] = _named(sites[site - 1]) if 0 < site <= len(sites) else {"id": site}
    return _strict(named).encode("ascii") + b"\n"


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


def parse_follow(text: str | bytes) -> Follow:
    """Return what a page asks for in its message *text*.

    Raises:
        MessageError: If it is anything but a ``follow`` of this protocol.
    """
    if isinstance(text, bytes):
        raise MessageError("This is a binary message.", None, "Send text.")
    message = parse_object(text)
    version, kind = message.get("v"), message.get("type")
    if version != PROTOCOL or isinstance(version, bool):
        raise MessageError(
            f"The server speaks protocol {PROTOCOL}, not this version.",
            _strict_text(version),
            "Reload the page (Ctrl+Shift+R).",
        )
    if kind != "follow":
        raise MessageError(
            "This type of message is unknown.",
            _strict_text(kind),
            'Send {"v":1,"type":"follow","after":0,"run":null}.',
        )
    after, run = message.get("after"), message.get("run")
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after <= MAX_NUMBER:
        raise MessageError(
            "'after' is not the number of an event.",
            _strict_text(after),
            "Send a whole number, 0 for the beginning.",
        )
    if run is not None and (not isinstance(run, str) or len(run) > MAX_RUN_LENGTH):
        raise MessageError(
            "'run' is not the id of a recording.", _strict_text(run), "Send the 'run' of hello, or null."
        )
    return Follow(after, run)


def _message(kind: str, **fields: Any) -> bytes:
    return _strict({"v": PROTOCOL, "type": kind, **fields}).encode("ascii")


def _rows(events: Iterable[Event]) -> str:
    """Return *events* as a JSON array. A named tuple is an array to the encoder, without another step."""
    return _strict(events if isinstance(events, list) else list(events))


def _strict(value: Any) -> str:
    try:
        return _dumps(value)
    except (ValueError, TypeError, RecursionError):
        # A recorder that lets such a value through has a bug; the page should see the rest all the same.
        return _dumps(_mended(value))


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


def _named(value: Any) -> Any:
    """Return named tuples, at any depth, as objects with the names of their fields."""
    fields = getattr(value, "_fields", None)
    if isinstance(value, tuple) and fields is not None:
        return {name: _named(item) for name, item in zip(fields, value, strict=True)}
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_named(item) for item in value]
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _strict_text(value: Any) -> str:
    try:
        return _strict(value)
    except RecursionError:
        return "…"
