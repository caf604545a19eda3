"""What pages are told, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flaskscope.errors import MessageError, shortened
from flaskscope.events import Event, Lane, Site
from flaskscope.wire.rows import as_rows
from flaskscope.wire.text import (
    MAX_NUMBER,
    MAX_RUN_LENGTH,
    PROTOCOL,
    as_object,
    dumps,
    encoded,
    parse_object,
    strict,
    strict_text,
)

#: Characters of a scenario's output that are sent; the rest is left out, and the message says so.
MAX_OUTPUT = 20_000

#: Runs of other processes that a page may say it knows.
MAX_FOLLOWED = 1_000

#: Where events were lost: they had left the journal of their process, or the hub before a connection could take them,
#: or were never numbered, or had left Redis.
Where = Literal["journal", "stream", "recorder", "redis"]


@dataclass(frozen=True, slots=True)
class Hello:
    """What a page learns first; the fields are those of the message.

    *first* and *last* are the numbers of the events that are still kept, first = last + 1 when there are none.
    *contexts* describes those contexts still pushed whose push is no longer kept. *app_mount* is the path that the
    app itself is under, without a slash at its end: the rules in *routes* begin there. *host* is the name of the
    machine; processes with one *machine* share a monotonic clock. *recording* is there when a file is shown and nothing
    runs: its ``name``, ``unix_ms``, when it was begun, or ``None``, and ``stretches``, if it has labelled ones.
    *siblings* are the server's other processes: ``unseen``, or ``hub`` where they send to a hub elsewhere.
    *record* is ``watched`` where nothing is recorded while nobody looks.

    *without* are the kinds that are not recorded because somebody chose so (``None`` where there is no such choice),
    and *left_out* how many events that were.
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
    host: str | None = None
    machine: str | None = None
    siblings: str | None = None
    recording: Mapping[str, Any] | None = None
    record: str = "always"
    without: Sequence[str] | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Follow:
    """What a page asks for: the events after number *after* of the recording *run* (``None``: any).

    *processes* is for a page that also wants what other processes send: the number of the last event it has of
    each run it knows.
    """

    after: int
    run: str | None
    processes: Mapping[str, int] | None = None


def encode_hello(hello: Hello) -> bytes:
    """Return the message that opens every connection."""
    return encoded(
        "hello",
        run=hello.run,
        app={"name": hello.app_name, "root": hello.app_root, "mount": hello.app_mount},
        process={
            "pid": hello.pid,
            "name": hello.process_name,
            "host": hello.host,
            "siblings": hello.siblings,
        },
        versions=dict(hello.versions),
        # Nanoseconds since boot pass 2^53 after 104 days, so they go as text.
        clock={
            "monotonic_ns": str(hello.monotonic_ns),
            "unix_ms": hello.unix_ms,
            "machine": hello.machine,
        },
        first=hello.first,
        last=hello.last,
        settings={
            "max_events": hello.max_events,
            "stack": hello.stack,
            "g_reads": hello.g_reads,
            "redact": list(hello.redact),
            "editor": hello.editor,
            "record": hello.record,
            "without": None if hello.without is None else list(hello.without),
        },
        lanes=hello.lanes,
        sites=hello.sites,
        contexts=hello.contexts,
        scenarios=hello.scenarios,
        routes=hello.routes,
        counts={"dropped": hello.dropped, "failures": hello.failures, "left_out": hello.left_out},
        **({} if hello.recording is None else {"recording": dict(hello.recording)}),
    )


def encode_settings(without: Sequence[str], left_out: int) -> bytes:
    """Return the message that tells which kinds are not recorded, and how many events were left out for that."""
    return encoded("settings", without=list(without), left_out=left_out)


def encode_events(events: Sequence[Event], lanes: Sequence[Lane], sites: Sequence[Site]) -> bytes:
    """Return the message with *events*, which must not be empty, and the lanes and sites they speak of."""
    head = (
        f'{{"v":{PROTOCOL},"type":"events","from":{events[0][0]},"to":{events[-1][0]},'
        f'"lanes":{dumps(lanes)},"sites":{dumps(sites)},"rows":'
    )
    return (head + as_rows(events) + "}").encode("ascii")


def encode_lost(
    first: int,
    last: int,
    count: int,
    where: Where,
    why: str,
    run: str | None = None,
) -> bytes:
    """Return the message that says that the events *first* to *last* will not come.

    Events that were dropped before they got a number have none: *last* is then first - 1, the place in the
    stream where they are missing. *run* is named where they are those of another process.
    """
    fields = {"from": first, "to": last, "count": count, "where": where, "why": why}
    return encoded("lost", **fields) if run is None else encoded("lost", run=run, **fields)


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
    return encoded(
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
    return encoded("error", what=what, value=shortened(value) if value is not None else None, remedy=remedy)


def encode_line(event: Event, lanes: Sequence[Lane], sites: Sequence[Site], **more: Any) -> bytes:
    """Return *event* as one line for programs: an object with the names of the fields, lane and site in full.

    *more* are further fields: of another process its ``run`` and ``process``.
    """
    named: dict[str, Any] = as_object(event)
    named["lane"] = as_object(lanes[event[3] - 1]) if 0 < event[3] <= len(lanes) else {"id": event[3]}
    named["site"] = _site_in_full(event[5], sites)
    if named.get("unhandled") is not None:
        named["unhandled"]["site"] = _site_in_full(named["unhandled"]["site"], sites)
    return strict({**named, **more}).encode("ascii") + b"\n"


def _site_in_full(number: int | None, sites: Sequence[Site]) -> dict[str, Any] | None:
    if number is None:
        return None
    found: dict[str, Any] = as_object(sites[number - 1]) if 0 < number <= len(sites) else {"id": number}
    return found


def encode_ended(run: str, process: Mapping[str, Any]) -> bytes:
    """Return a line for programs: the *process* of *run* has ended, and all its events were told before."""
    told = {"v": PROTOCOL, "type": "process", "run": run, "state": "ended", "process": process}
    return strict(told).encode("ascii") + b"\n"


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
            strict_text(version),
            "Reload the page (Ctrl+Shift+R).",
        )
    if kind != "follow":
        raise MessageError(
            "This type of message is unknown.",
            strict_text(kind),
            'Send {"v":1,"type":"follow","after":0,"run":null}.',
        )
    after, run = message.get("after"), message.get("run")
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after <= MAX_NUMBER:
        raise MessageError(
            "'after' is not the number of an event.",
            strict_text(after),
            "Send a whole number, 0 for the beginning.",
        )
    if run is not None and (not isinstance(run, str) or len(run) > MAX_RUN_LENGTH):
        raise MessageError(
            "'run' is not the id of a recording.", strict_text(run), "Send the 'run' of hello, or null."
        )
    return Follow(after, run, parse_processes(message.get("processes")))


def encode_follow(after: int, run: str | None) -> bytes:
    """Return the message that asks for the events after number *after* of *run*."""
    return encoded("follow", after=after, run=run)


def parse_processes(value: Any) -> Mapping[str, int] | None:
    """Return the last number of each run that *value* names, ``None`` if other processes are not wanted.

    Raises:
        MessageError: If it says something else.
    """
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
            strict_text(value),
            "Send true, or an object with the last number of each run.",
        )
    return value
