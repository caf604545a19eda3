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

#: Runs of other processes that a page may say it knows.
MAX_FOLLOWED = 1_000

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
    """What a page asks for: the events after number *after* of the recording *run* (``None``: any).

    *processes* is for a page that also wants what other processes send: the number of the last event it has of
    each run it knows.
    """

    after: int
    run: str | None
    processes: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """What another process says of itself first: the checked fields of its ``hello`` that pages are told.

    Its numbers begin after *begin*: a forked process goes on counting where it was forked.
    """

    run: str
    begin: int
    fields: dict[str, Any]
    lanes: list[list[Any]]
    sites: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The events *first* to *last* of another process; of *lost* ones there is no more than the message."""

    first: int
    last: int
    lost: bool
    lanes: list[list[Any]]
    sites: list[list[Any]]
    message: bytes


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
    first: int,
    last: int,
    count: int,
    where: Literal["journal", "stream", "recorder"],
    why: str,
    run: str | None = None,
) -> bytes:
    """Return the message that says that the events *first* to *last* will not come.

    Events that were dropped before they got a number have none: *last* is then first - 1, the place in the
    stream where they are missing. *run* is named where they are those of another process.
    """
    fields = {"from": first, "to": last, "count": count, "where": where, "why": why}
    return _message("lost", **fields) if run is None else _message("lost", run=run, **fields)


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
    return Follow(after, run, _wanted_processes(message.get("processes")))


def encode_process(
    run: str, state: str, first: int, last: int, lanes: Sequence[Any], sites: Sequence[Any], **fields: Any
) -> bytes:
    """Return the message that introduces another process to a page, or tells how it is now.

    *state* is ``live``, ``away`` (its connection broke) or ``ended``; *fields* are those of its `Joining`.
    """
    return _message(
        "process", run=run, state=state, first=first, last=last, lanes=lanes, sites=sites, **fields
    )


def encode_follow(after: int, run: str | None) -> bytes:
    """Return the message that asks for the events after number *after* of *run*."""
    return _message("follow", after=after, run=run)


def parse_joining(text: str | bytes) -> Joining:
    """Return what a process says that opens a feed.

    Raises:
        MessageError: If it is anything but the ``hello`` of a process.
    """
    message = _of_version(parse_object(text), "hello")
    run = message.get("run")
    if not isinstance(run, str) or not 1 <= len(run) <= MAX_RUN_LENGTH or not run.isalnum():
        raise MessageError("'run' is not the id of a recording.", _strict_text(run), "Send the hello again.")
    kinds = {"app": dict, "process": dict, "versions": dict, "clock": dict, "counts": dict, "contexts": list}
    fields = {name: message.get(name) for name in kinds}
    wrong = [name for name, kind in kinds.items() if not isinstance(fields[name], kind)]
    if wrong:
        raise MessageError(
            f"'{wrong[0]}' is missing.", None, "Use the same version of FlaskScope everywhere."
        )
    settings = message.get("settings")
    fields["stack"] = settings.get("stack") if isinstance(settings, dict) else None
    begin = _number_in(message, "begin") if "begin" in message else 0
    return Joining(run, begin, fields, _entries(message, "lanes", 3), _entries(message, "sites", 4))


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
    _of_version(message, kind)
    first, last = _number_in(message, "from"), _number_in(message, "to")
    if kind == "lost":
        count, where, why = (message.get(name) for name in ("count", "where", "why"))
        if not isinstance(count, int) or not isinstance(where, str) or not isinstance(why, str):
            raise MessageError("'lost' is not whole.", None, "Use the same version of FlaskScope everywhere.")
        told = {"from": first, "to": last, "count": count, "where": where, "why": why}
        return Delivery(first, last, True, [], [], _message("lost", run=run, **told))
    rows = message.get("rows")
    if not isinstance(rows, list) or len(rows) != last - first + 1 or not rows:
        raise MessageError("'rows' are not as many as the numbers.", f"{first} to {last}", "Send them again.")
    if any(not isinstance(row, list) or len(row) < 6 or row[0] != first + at for at, row in enumerate(rows)):
        raise MessageError("'rows' have a gap.", f"{first} to {last}", "Send them again.")
    lanes, sites = _entries(message, "lanes", 3), _entries(message, "sites", 4)
    told = {"from": first, "to": last, "lanes": lanes, "sites": sites, "rows": rows}
    return Delivery(first, last, False, lanes, sites, _message("events", run=run, **told))


def _wanted_processes(value: Any) -> Mapping[str, int] | None:
    if value is None or value is False:
        return None
    if value is True:
        return {}
    if (
        not isinstance(value, dict)
        or len(value) > MAX_FOLLOWED
        or not all(isinstance(after, int) and 0 <= after <= MAX_NUMBER for after in value.values())
    ):
        raise MessageError(
            "'processes' does not say which events of which run are there.",
            _strict_text(value),
            "Send true, or an object with the last number of each run.",
        )
    return value


def _of_version(message: dict[str, Any], kind: str) -> dict[str, Any]:
    if message.get("v") != PROTOCOL or message.get("type") != kind:
        raise MessageError(
            f"This is no {kind} of protocol {PROTOCOL}.",
            _strict_text(message.get("type")),
            "Use the same version of FlaskScope everywhere.",
        )
    return message


def _number_in(message: dict[str, Any], name: str) -> int:
    number = message.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MAX_NUMBER:
        raise MessageError(f"'{name}' is not the number of an event.", _strict_text(number), "Send it again.")
    return number


def _entries(message: dict[str, Any], name: str, length: int) -> list[list[Any]]:
    """Return the lanes or sites of *message*, each a row that begins with its number."""
    entries = message.get(name)
    if not isinstance(entries, list) or any(
        not isinstance(entry, list) or len(entry) != length or not isinstance(entry[0], int)
        for entry in entries
    ):
        raise MessageError(f"'{name}' are not rows of {length}.", None, "Send the hello again.")
    return entries


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
