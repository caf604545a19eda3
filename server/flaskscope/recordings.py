"""Recordings as files: JSON lines, only ever appended to, and readable after a crash.

The first line says what the file is, as an object with ``flaskscope_recording`` (the version of the format), ``run``,
``app``, ``root``, ``stack``, ``clock``, ``process``, ``versions`` and ``stretches`` (triples of a label and the numbers
of its first and last event); all but the first may be ``null`` or missing. Each line after it is an event as
`flaskscope.wire.encode_line` writes it, or a ``lost`` message where events are missing. A last line without an end was
being written when its process died, and is left out.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flaskscope import wire
from flaskscope.errors import MessageError, RecordingError
from flaskscope.events import ContextPushed, Event, Lane, Site
from flaskscope.lines import Ended, Lost, Names, parse_line

#: The version of the format. A change that is more than a new optional field raises it.
VERSION = 1

#: Bytes of a line. A longer one is no event: a file with one is foreign.
MAX_LINE = 1_000_000

#: Events of a file that are read; it is refused if it has more.
MAX_EVENTS = 5_000_000


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its recording; ``None`` where it was not known."""

    run: str | None = None
    app: str | None = None
    root: str | None = None
    stack: str | None = None
    clock: tuple[int, float] | None = None
    process: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    stretches: tuple[tuple[str, int, int], ...] = ()  #: a label, and the numbers of its first and last event


class Writer:
    """Appends events to the new file *path*, each batch in one piece. A sink of a recording.

    Raises:
        RecordingError: If the file exists, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        try:
            # Without a buffer of ours: what was handed on is in the file, whatever happens to this process.
            self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - it is closed by close()
        except FileExistsError:
            raise RecordingError(str(path), None, "it exists already", "Choose another name.") from None
        except OSError as error:
            raise RecordingError(str(path), None, str(error.strerror), "Choose another place.") from None
        self.written = 0
        self._lock = threading.Lock()
        self._waiting: list[Event] = []
        self._names: Any = None

    def begin(self, header: Header, names: Any) -> None:
        """Write the first line. *names* has the lanes and sites that events speak of."""
        with self._lock:
            clock = (
                None
                if header.clock is None
                else {"monotonic_ns": str(header.clock[0]), "unix_ms": header.clock[1]}
            )
            first = {
                "flaskscope_recording": VERSION,
                "run": header.run,
                "app": header.app,
                "root": header.root,
                "stack": header.stack,
                "clock": clock,
                "process": header.process,
                "versions": header.versions,
                **({"stretches": header.stretches} if header.stretches else {}),
            }
            self._file.write(json.dumps(first).encode("ascii") + b"\n")
            self._names = names
            self._write(self._waiting)
            self._waiting = []

    def add(self, events: list[Event]) -> None:
        """Append *events*."""
        with self._lock:
            if self._names is None:
                self._waiting += events
            else:
                self._write(events)

    def lost(self, lost: Lost) -> None:
        """Note that events are missing here."""
        with self._lock:
            self._file.write(wire.encode_lost(*lost[:3], "journal", lost.why) + b"\n")

    def events(self) -> list[Event]:
        """Return nothing: what is in the file is not kept here."""
        return []

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, events: list[Event]) -> None:
        lanes, sites = self._names.lanes, self._names.sites
        if events:
            self._file.write(b"".join(wire.encode_line(event, lanes, sites) for event in events))
            self.written += len(events)


class Recorded:
    """A recording out of a file: all that the dashboard needs of one."""

    def __init__(
        self, header: Header, events: list[Event], names: Names, *, is_cut: bool, missing: int
    ) -> None:
        self.header = header
        self.recorded = events
        self.is_cut = is_cut  #: whether the last line had no end
        self.run = header.run or "0" * 16
        self.clock = header.clock or (0, 0.0)
        self.dropped = missing
        self.failures = 0
        self._names = names

    @property
    def lanes(self) -> list[Lane]:
        """The lanes that the events speak of."""
        return self._names.lanes

    @property
    def sites(self) -> list[Site]:
        """The lines of code that the events speak of."""
        return self._names.sites

    @property
    def app(self) -> str:
        """The name of the app."""
        told = (event.about.get("app") for event in self.recorded if isinstance(event, ContextPushed))
        return self.header.app or next(told, None) or "a recording"

    @property
    def stack(self) -> str:
        """``separate`` or ``merged``."""
        merged = any(
            event.about["type"] == "both" for event in self.recorded if isinstance(event, ContextPushed)
        )
        return self.header.stack or ("merged" if merged else "separate")

    def flush(self, limit: int | None = None) -> bool:
        """Do nothing: all is there."""
        return True

    def open_contexts(self) -> list[dict[str, Any]]:
        """Return nothing: whatever is pushed, its push is in the file."""
        return []


def read_recording(path: Path) -> Recorded:
    """Return the recording in the file *path*.

    Raises:
        RecordingError: If there is none, or it is foreign, of a newer version or damaged: with the line and the reason.
    """
    try:
        with open(path, "rb") as file:
            return _read(str(path), file)
    except OSError as error:
        raise RecordingError(str(path), None, str(error.strerror), "Give the path of a recording.") from None


def _read(path: str, file: Any) -> Recorded:
    header = _header(path, file.readline(MAX_LINE))
    names = Names()
    events: list[Event] = []
    missing, skip, is_cut = 0, False, False
    for number, text in enumerate(iter(lambda: file.readline(MAX_LINE), b""), start=2):
        if not text.endswith(b"\n"):
            if len(text) == MAX_LINE:
                raise RecordingError(path, number, "it is too long for an event", "The file is damaged.")
            is_cut = True
            break
        try:
            line = parse_line(text)
        except MessageError as error:
            raise RecordingError(
                path, number, error.what.rstrip(".").lower(), "The file is damaged there."
            ) from None
        if isinstance(line, Lost):
            missing, skip = missing + line.missing, True
            continue
        if isinstance(line, Ended):
            continue
        last = events[-1][0] if events else None
        if last is not None and line.event[0] != last + 1:
            if not skip or line.event[0] <= last:
                reason = f"event {line.event[0]} does not follow {last}"
                raise RecordingError(path, number, reason, "Lines are missing or in another order.")
            # A journal has no gaps: what was before the gap is left out, and counted.
            missing += len(events)
            events.clear()
        if len(events) >= MAX_EVENTS:
            raise RecordingError(path, number, f"there are more than {MAX_EVENTS:,} events", "Record less.")
        skip = False
        names.learn(line)
        events.append(line.event)
    return Recorded(header, events, names, is_cut=is_cut, missing=missing)


def _header(path: str, text: bytes) -> Header:
    foreign = RecordingError(
        path, 1, "it is not the beginning of a recording", "Was it made by flaskscope record?"
    )
    try:
        found = json.loads(text)
        version = found["flaskscope_recording"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise foreign from None
    if version != VERSION:
        reason = f"it is of version {json.dumps(version)[:20]}, and this FlaskScope reads {VERSION}"
        raise RecordingError(path, 1, reason, "Open it with the FlaskScope that made it.")
    try:
        clock = found.get("clock")
        texts = {name: found.get(name) for name in ("run", "app", "root", "stack", "process")}
        if not all(value is None or isinstance(value, str) for value in texts.values()):
            raise TypeError
        return Header(
            **texts,
            clock=None if clock is None else (int(clock["monotonic_ns"]), float(clock["unix_ms"])),
            versions={str(name): str(value) for name, value in (found.get("versions") or {}).items()},
            stretches=tuple(
                (str(label), int(first), int(last)) for label, first, last in found.get("stretches") or ()
            ),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise foreign from None
