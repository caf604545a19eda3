"""The events of other processes as lines for programs."""

from __future__ import annotations

import logging
from typing import Any

from flaskscope import wire
from flaskscope.events import Lane, Site
from flaskscope.hub.process_reader import Reader
from flaskscope.hub.processes import Processes
from flaskscope.lines import MAX_NAMES, event_of

logger = logging.getLogger(__name__)


class OtherLines:
    """What *processes* send, from what is kept on: each line says of which process it is. Used by one thread."""

    def __init__(self, processes: Processes) -> None:
        self._reader = Reader(processes, {})
        self._senders: dict[str, _Sender] = {}
        self._has_complained = False

    @property
    def is_needed_soon(self) -> bool:
        """Whether something may come at any moment."""
        return self._reader.is_needed_soon

    def next(self) -> bytes:
        """Return the lines of the next message that has any; empty when there is none now. It never waits."""
        while (message := self._reader.next()) is not None:
            lines = self._lines_of(wire.parse_object(message))
            if lines:
                return lines
        return b""

    def _lines_of(self, told: dict[str, Any]) -> bytes:
        run = told.get("run")
        if run is None:
            return _lost(told)
        if told["type"] == "process":
            sender = self._senders.setdefault(run, _Sender(told["first"] - 1))
            sender.process = {name: told["process"].get(name) for name in ("pid", "name", "host")}
            sender.learn(told)
            sender.ends_after = told["last"] if told["state"] == "ended" else None
            sender.is_told = sender.is_told and sender.ends_after is not None  # one that ended may go on
            return self._end(run, sender)
        sender = self._senders[run]
        if told["type"] == "lost":
            lines = _lost(told, run)
        elif told["type"] == "events":
            sender.learn(told)
            lines = b"".join(self._line(row, run, sender) for row in told["rows"])
        else:
            return b""  # what its doctor found: a program has its own
        sender.last = told["to"]
        return lines + self._end(run, sender)

    def _end(self, run: str, sender: _Sender) -> bytes:
        """Return a line that says that a process has ended, once, when all its events have been told."""
        if sender.ends_after is None or sender.last < sender.ends_after or sender.is_told:
            return b""
        sender.is_told = True
        return wire.encode_ended(run, sender.process)

    def _line(self, row: list[Any], run: str, sender: _Sender) -> bytes:
        try:
            event = event_of(row)
            return wire.encode_line(event, sender.lanes, sender.sites, run=run, process=sender.process)
        except (KeyError, TypeError, ValueError, IndexError):
            # A process of a newer version: the rest can be told all the same.
            if not self._has_complained:
                self._has_complained = True
                logger.warning(
                    "The process %s sends events that this version of FlaskScope does not know.", run
                )
            return b""


def _lost(told: dict[str, Any], run: str | None = None) -> bytes:
    return wire.encode_lost(told["from"], told["to"], told["count"], told["where"], told["why"], run) + b"\n"


class _Sender:
    """A process, and what its numbers stand for."""

    def __init__(self, last: int) -> None:
        #: The number of the last event that was told.
        self.last = last
        #: The number of its last event, if it has ended, and whether that was told.
        self.ends_after: int | None = None
        self.is_told = False
        self.process: dict[str, Any] = {}
        self.lanes: list[Lane] = []
        self.sites: list[Site] = []

    def learn(self, told: dict[str, Any]) -> None:
        for row in told["lanes"]:
            _put(self.lanes, Lane(*row), lambda number: Lane(number, f"thread {number}", 0))
        for row in told["sites"]:
            _put(self.sites, Site(*row), lambda number: Site(number, "?", 1, "?"))


def _put(known: list[Any], entry: Any, unknown: Any) -> None:
    if not 0 < entry.id <= MAX_NAMES:
        return
    while len(known) < entry.id:
        known.append(unknown(len(known) + 1))
    known[entry.id - 1] = entry
