"""Other processes that send their events here: what is kept of each.

Each process has its own run and its own numbers, without gaps, all the way from its recorder to the page. What it
sends is checked and kept as it is: nothing here knows what an event means.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.wire import Alignment, Delivery, Joining, Told

#: Processes that are known at once. Those that ended leave first, the oldest before the others.
MAX_PROCESSES = 64

#: Bytes kept of all processes together; the oldest of whichever has most leave first.
MAX_BYTES = 64 * 1024 * 1024

#: Processes that were forgotten of which it is known how many events they had, for pages that come later.
MAX_FORGOTTEN = 10_000

#: Lanes and call sites of one process. A process with more is a mistake or an attack.
MAX_NAMES = 100_000

#: A clock that is known better by less than this part is not told to pages again.
WORTH_TELLING = 0.2

State = Literal["live", "away", "ended"]

#: How the events of a process come: over a WebSocket of its own, or through Redis.
Carrier = Literal["feed", "redis"]


@dataclass(slots=True)
class Process:
    """One process, by the run of its recording."""

    joining: Joining
    way: Carrier = "feed"
    state: State = "away"
    #: How its clock stands to the hub's, if that is known.
    alignment: Alignment | None = None
    #: Grows with every change but new events, so that a reader sees that it has to be told again.
    version: int = 1
    last: int = 0
    #: The number of the newest of the problems that its doctor found.
    problems: int = 0
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
            self.alignment,
            self.way,
            **self.joining.fields,
        )


class Forgotten(NamedTuple):
    """A process that had to make room, and the numbers of its events."""

    run: str
    begin: int
    last: int


@dataclass(frozen=True, slots=True)
class OwnClock:
    """The clock of the hub's own recording, which pages draw everything on.

    *machine* is the same for all processes that share its monotonic clock, ``None`` where that cannot be told.
    """

    monotonic_ns: int
    unix_ms: float
    machine: str | None

    def aligned(self, joining: Joining) -> Alignment | None:
        """Return how the clock of *joining* stands to this one, if it is of the same machine."""
        clock = joining.fields["clock"]
        if self.machine is None or clock.get("machine") != self.machine:
            return None
        # One monotonic clock: whatever the wall clock did between their two beginnings is told by it.
        apart_ms = (int(clock["monotonic_ns"]) - self.monotonic_ns) / 1e6
        return Alignment(self.unix_ms + apart_ms - clock["unix_ms"], 0.0, "machine")


class Processes:
    """All of them. Safe to use from any thread.

    Args:
        max_events: How many events are kept of all processes together.
        own_clock: The clock of the hub's own recording, if processes of the same machine are to be told by it.
    """

    def __init__(self, max_events: int, own_clock: OwnClock | None = None) -> None:
        self._max_events = max_events
        self._own_clock = own_clock
        self._events = 0
        self._bytes = 0
        self._by_run: dict[str, Process] = {}
        self._forgotten: deque[Forgotten] = deque(maxlen=MAX_FORGOTTEN)
        self._forgotten_count = 0
        self._lock = threading.Lock()
        #: Called whenever somebody reads: what has to be fetched is fetched for as long as that goes on.
        self.fetch: Callable[[], None] = lambda: None
        #: Whether a run is of this very process, whose events are here already.
        self.is_own: Callable[[str], bool] = lambda _run: False

    @property
    def is_live(self) -> bool:
        """Whether any process is connected now."""
        with self._lock:
            return any(process.state == "live" for process in self._by_run.values())

    def join(self, joining: Joining, way: Carrier = "feed") -> int:
        """Take a process in, or back, and return the number of its last event that is here already.

        One that comes through Redis is away until it gives a sign of life.

        Raises:
            MessageError: If there are too many, if it is connected already, or if it is this one.
        """
        if self.is_own(joining.run):
            raise MessageError("This hub is the process itself.", wire.ITSELF, "It need not send anything.")
        with self._lock:
            process = self._by_run.get(joining.run)
            if process is None:
                self._make_room()
                process = self._by_run[joining.run] = Process(joining, way, last=joining.begin)
            elif process.state == "live" and process.way == "feed":
                raise MessageError("This process is connected already.", joining.run, "Wait a moment.")
            _learn(process.lanes, joining.lanes)
            _learn(process.sites, joining.sites)
            process.joining, process.way = joining, way
            if way == "feed":
                process.state = "live"
            if self._own_clock is not None:
                process.alignment = self._own_clock.aligned(joining) or process.alignment
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
            self._keep(process, delivery)

    def receive(self, run: str, delivery: Delivery) -> bool:
        """Keep what of *delivery* is new, from a carrier that cannot be asked to send something again.

        What is missing before it is told as lost. Returns whether the process is known.
        """
        with self._lock:
            process = self._by_run.get(run)
            if process is None:
                return False
            if process.way != "redis":
                return True  # its own connection is better
            if delivery.first > process.last + 1:
                why = "They had left Redis before they were read."
                self._keep(process, wire.as_lost(run, process.last + 1, delivery.first - 1, "redis", why))
            is_unnumbered = delivery.lost and delivery.last < delivery.first == process.last + 1
            if delivery.last <= process.last and not is_unnumbered:
                return True
            if delivery.first <= process.last:
                delivery = wire.without(delivery, run, process.last)
            self._keep(process, delivery)
            return True

    def tell(self, run: str, problem: Told) -> None:
        """Keep what the doctor of the process *run* found, to be told after the events that are here now.

        A process that connects again tells all of its problems again, and a forked one those of its parent.
        """
        with self._lock:
            process = self._by_run.get(run)
            if process is None or problem.number <= process.problems:
                return
            process.problems = problem.number
            if problem.newest > process.joining.begin:
                last = process.last
                self._keep(process, Delivery(last + 1, last, False, [], [], problem.message))

    def has(self, run: str, way: Carrier) -> bool:
        """Return whether the process *run* is known, and its events come by *way*."""
        with self._lock:
            process = self._by_run.get(run)
            return process is not None and process.way == way

    def last_of(self, run: str) -> int:
        """Return the number of the last event of the process *run*, 0 if it is not known."""
        with self._lock:
            process = self._by_run.get(run)
            return 0 if process is None else process.last

    def note(self, run: str, state: State, last: int | None = None) -> None:
        """Note how a process that comes through Redis is now. What is missing up to number *last* will not come."""
        with self._lock:
            process = self._by_run.get(run)
            if process is None or process.way != "redis":
                return
            if last is not None and last > process.last:
                why = "They were in Redis, and left it before they were read."
                self._keep(process, wire.as_lost(run, process.last + 1, last, "redis", why))
            # Who said that it ends is not away.
            if state != process.state and (state, process.state) != ("away", "ended"):
                process.state = state
                process.version += 1

    def align(self, run: str, alignment: Alignment | None) -> None:
        """Note how the clock of the process *run* stands to the hub's, as far as it was measured."""
        with self._lock:
            process = self._by_run.get(run)
            if process is None or alignment is None:
                return
            known = process.alignment
            if known is not None:
                limit = WORTH_TELLING * known.uncertainty_ms
                is_moved = abs(known.offset_ms - alignment.offset_ms) > limit
                is_other = abs(known.uncertainty_ms - alignment.uncertainty_ms) > limit
                if known.by == "machine" or not (is_moved or is_other):
                    return
            process.alignment = alignment
            process.version += 1

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

    def forgotten_since(self, count: int) -> tuple[list[Forgotten], int]:
        """Return those that were forgotten after the first *count* and did not come back, and how many ever were."""
        if count == self._forgotten_count:
            return [], count
        with self._lock:
            new = min(self._forgotten_count - count, len(self._forgotten))
            found = list(self._forgotten)[len(self._forgotten) - new :]
            return [each for each in found if each.run not in self._by_run], self._forgotten_count

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

    def _keep(self, process: Process, delivery: Delivery) -> None:
        _learn(process.lanes, delivery.lanes)
        _learn(process.sites, delivery.sites)
        process.kept.append(delivery)
        process.last = delivery.last
        self._count(process, delivery, 1)
        while self._events > self._max_events or self._bytes > MAX_BYTES:
            self._drop_oldest(max(self._by_run.values(), key=lambda each: each.size))

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
            self._forgotten.append(Forgotten(gone, process.joining.begin, process.last))
            self._forgotten_count += 1
            while process.kept:
                self._drop_oldest(process)


def _learn(known: dict[int, list[object]], entries: list[list[object]]) -> None:
    for entry in entries:
        if len(known) >= MAX_NAMES and entry[0] not in known:
            raise MessageError(f"It has more than {MAX_NAMES:,} names.", None, "Start the process anew.")
        known[entry[0]] = entry  # type: ignore[index]
