"""Other processes that send their events here: what is kept of each, and who has read how much of it.

Each process has its own run and its own numbers, without gaps, all the way from its recorder to the page. What it
sends is checked and kept as it is: nothing here knows what an event means.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.wire import Delivery, Joining

#: Processes that are known at once. Those that ended leave first, the oldest before the others.
MAX_PROCESSES = 64

#: Bytes kept of all processes together; the oldest of whichever has most leave first.
MAX_BYTES = 64 * 1024 * 1024

#: Lanes and call sites of one process. A process with more is a mistake or an attack.
MAX_NAMES = 100_000

State = Literal["live", "away", "ended"]


@dataclass(slots=True)
class Process:
    """One process, by the run of its recording."""

    joining: Joining
    state: State = "away"
    #: Grows with every change but new events, so that a reader sees that it has to be told again.
    version: int = 1
    last: int = 0
    size: int = 0
    #: How many deliveries have left: the oldest one kept has this place.
    gone: int = 0
    kept: deque[Delivery] = field(default_factory=deque)
    lanes: dict[int, list[object]] = field(default_factory=dict)
    sites: dict[int, list[object]] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The number of the oldest event that is kept; last + 1 when none is."""
        return self.kept[0].first if self.kept else self.last + 1

    def introduced(self) -> bytes:
        """Return the message that a page is told first."""
        return wire.encode_process(
            self.joining.run,
            self.state,
            self.first,
            self.last,
            list(self.lanes.values()),
            list(self.sites.values()),
            **self.joining.fields,
        )


class Processes:
    """All of them. Safe to use from any thread.

    Args:
        max_events: How many events are kept of all processes together.
    """

    def __init__(self, max_events: int) -> None:
        self._max_events = max_events
        self._events = 0
        self._bytes = 0
        self._by_run: dict[str, Process] = {}
        self._lock = threading.Lock()

    @property
    def is_live(self) -> bool:
        """Whether any process is connected now."""
        with self._lock:
            return any(process.state == "live" for process in self._by_run.values())

    def join(self, joining: Joining) -> int:
        """Take a process in, or back, and return the number of its last event that is here already.

        Raises:
            MessageError: If there are too many, or if it is connected already.
        """
        with self._lock:
            process = self._by_run.get(joining.run)
            if process is None:
                self._make_room()
                process = self._by_run[joining.run] = Process(joining, last=joining.begin)
            elif process.state == "live":
                raise MessageError("This process is connected already.", joining.run, "Wait a moment.")
            _learn(process.lanes, joining.lanes)
            _learn(process.sites, joining.sites)
            process.joining, process.state = joining, "live"
            process.version += 1
            return process.last

    def take(self, run: str, delivery: Delivery) -> None:
        """Keep what the process *run* sent.

        Raises:
            MessageError: If its numbers do not go on where they ended: it has to follow anew.
        """
        with self._lock:
            process = self._by_run[run]
            if delivery.first != process.last + 1 or delivery.last < delivery.first - 1:
                raise MessageError(
                    f"After number {process.last} there is a gap or something twice.",
                    f"{delivery.first} to {delivery.last}",
                    "Connect again and send what is asked for.",
                )
            _learn(process.lanes, delivery.lanes)
            _learn(process.sites, delivery.sites)
            process.kept.append(delivery)
            process.last = delivery.last
            self._count(process, delivery, 1)
            while self._events > self._max_events or self._bytes > MAX_BYTES:
                largest = max(self._by_run.values(), key=lambda each: each.size)
                self._drop_oldest(largest)

    def leave(self, run: str, *, ended: bool) -> None:
        """Note that the process *run* is not connected any more: by its own will, if it *ended*."""
        with self._lock:
            process = self._by_run.get(run)
            if process is not None:
                process.state = "ended" if ended else "away"
                process.version += 1

    def processes(self) -> list[Process]:
        """Return those that are known, in the order of their first coming."""
        with self._lock:
            return list(self._by_run.values())

    def place_after(self, process: Process, number: int) -> int:
        """Return the place of the first delivery of *process* that is newer than event *number*."""
        with self._lock:
            newer = next(
                (at for at, each in enumerate(process.kept) if each.last > number), len(process.kept)
            )
            return process.gone + newer

    def at(self, process: Process, place: int) -> tuple[int, Delivery] | None:
        """Return the delivery of *process* at *place*, or the oldest one that is kept, with its place."""
        with self._lock:
            place = max(place, process.gone)
            index = place - process.gone
            return (place, process.kept[index]) if index < len(process.kept) else None

    def _drop_oldest(self, process: Process) -> None:
        self._count(process, process.kept.popleft(), -1)
        process.gone += 1

    def _count(self, process: Process, delivery: Delivery, sign: int) -> None:
        count = sign * (delivery.last - delivery.first + 1)
        size = sign * len(delivery.message)
        self._events += count
        self._bytes += size
        process.size += size

    def _make_room(self) -> None:
        while len(self._by_run) >= MAX_PROCESSES:
            gone = next((run for run, process in self._by_run.items() if process.state != "live"), None)
            if gone is None:
                raise MessageError(
                    f"{MAX_PROCESSES} processes are connected already.", None, "End some, or use another hub."
                )
            process = self._by_run.pop(gone)
            while process.kept:
                self._drop_oldest(process)


class Reader:
    """What one page still has to be told of *processes*. Used by one thread.

    Args:
        processes: What is told.
        known: The number of the last event that the page has of each run it knows.
    """

    def __init__(self, processes: Processes, known: Mapping[str, int]) -> None:
        self._processes = processes
        self._known = known
        self._versions: dict[str, int] = {}
        self._places: dict[str, int] = {}
        self._after: dict[str, int] = {}

    @property
    def is_needed_soon(self) -> bool:
        """Whether something may come at any moment."""
        return self._processes.is_live

    def next(self) -> bytes | None:
        """Return the next message, or ``None`` when there is none now. It never waits."""
        for process in self._processes.processes():
            run = process.joining.run
            if self._versions.get(run) != process.version:
                self._versions[run] = process.version
                if run not in self._places:
                    known = min(max(self._known.get(run, 0), process.joining.begin), process.last)
                    self._places[run] = self._processes.place_after(process, known)
                    self._after[run] = known
                return process.introduced()
            message = self._next_of(process, run)
            if message is not None:
                return message
        return None

    def _next_of(self, process: Process, run: str) -> bytes | None:
        found = self._processes.at(process, self._places[run])
        if found is None:
            return None
        place, delivery = found
        after = self._after[run]
        if delivery.first > after + 1:
            self._after[run] = delivery.first - 1
            count = delivery.first - 1 - after
            why = "The hub had no room for them any more when this page could take them."
            return wire.encode_lost(after + 1, delivery.first - 1, count, "stream", why, run)
        self._places[run] = place + 1
        self._after[run] = max(after, delivery.last)
        return delivery.message


def _learn(known: dict[int, list[object]], entries: list[list[object]]) -> None:
    for entry in entries:
        if len(known) >= MAX_NAMES and entry[0] not in known:
            raise MessageError(f"It has more than {MAX_NAMES:,} names.", None, "Start the process anew.")
        known[entry[0]] = entry  # type: ignore[index]
