"""Brings the events of other processes out of Redis to a hub: from where it was, for as long as somebody wants them."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

from flaskscope import wire
from flaskscope.bus.clocks import Offset, between
from flaskscope.bus.redis_client import (
    BEAT_SECONDS,
    STREAM,
    RedisAddress,
    alive_key,
    ask_time,
    explained,
    hello_key,
)
from flaskscope.errors import MessageError

logger = logging.getLogger(__name__)

#: Entries read at once, and how long to wait for the first one, in milliseconds.
READ_AT_ONCE, BLOCK_MS = 32, 200

#: Bytes of one entry. A longer one is none of ours.
MAX_ENTRY_BYTES = 8 * 1024 * 1024

#: Seconds to go on after somebody last wanted to know, unless it is for good.
WANTED_SECONDS = 3.0

#: Seconds to wait after Redis could not be used: the first time, and at most.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0

_FROM_THE_BEGINNING = b"0-0"


class Takers(Protocol):
    """The part of a hub's processes that is needed."""

    def join(self, joining: wire.Joining, way: Literal["redis"]) -> int:
        """Take a process in, or back."""

    def receive(self, run: str, delivery: wire.Delivery) -> bool:
        """Keep what is new, and return whether the process is known."""

    def tell(self, run: str, problem: wire.Told) -> None:
        """Keep what its doctor found."""

    def has(self, run: str, way: Literal["feed", "redis"]) -> bool:
        """Return whether a process is known that comes this way."""

    def last_of(self, run: str) -> int:
        """Return the number of its last event."""

    def note(self, run: str, state: Literal["live", "away", "ended"], last: int | None = None) -> None:
        """Note how it is, and that nothing is missing up to *last* that will still come."""

    def align(self, run: str, alignment: wire.Alignment | None) -> None:
        """Note how its clock stands to the hub's."""


class RedisReader:
    """Reads the stream of the Redis at *address* from its own thread.

    It ends when nobody wanted anything for a while; the next time it goes on where it was. What is in Redis was
    written by others: it is checked like what comes over the network.

    Args:
        address: Where Redis is.
        processes: Takes what is read.
        anchor: The monotonic clock in nanoseconds and Unix time in milliseconds, when the hub's recording began.
        is_own: Whether a run is of this very process, whose events are here already.
        is_for_good: Whether to read though nobody looks.
    """

    def __init__(
        self,
        address: RedisAddress,
        processes: Takers,
        anchor: tuple[int, float],
        is_own: Callable[[str], bool] = lambda _run: False,
        *,
        is_for_good: bool = False,
    ) -> None:
        self._address = address
        self._processes = processes
        self._anchor = anchor
        self._is_own = is_own
        self._is_for_good = is_for_good
        self._position = _FROM_THE_BEGINNING
        #: The last event that each run had sent when we last looked.
        self._expected: dict[str, int] = {}
        self._runs: set[str] = set()
        self._is_at_end = False
        self._has_warned = False
        self._has_complained = False
        self._wanted_at = 0.0
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def want(self) -> None:
        """Read now, and go on for a few seconds at least."""
        self._wanted_at = time.monotonic()
        thread = self._thread
        # A thread does not survive a fork; is_alive() is false then.
        if (thread is not None and thread.is_alive()) or self._stopped.is_set():
            return
        # Whoever comes second need not wait: the first one does it.
        if self._starting.acquire(blocking=False):
            try:
                if self._thread is thread:
                    self._thread = threading.Thread(target=self._work, name="flaskscope-redis", daemon=True)
                    self._thread.start()
            finally:
                self._starting.release()

    def stop(self, seconds: float = 1.0) -> None:
        """End, within *seconds*."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _is_wanted(self) -> bool:
        if self._stopped.is_set():
            return False
        return self._is_for_good or time.monotonic() - self._wanted_at < WANTED_SECONDS

    def _work(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while self._is_wanted():
            try:
                with contextlib.closing(self._address.connect()) as client:
                    client.ping()
                    self._say_again()
                    pause = FIRST_PAUSE_SECONDS
                    self._read(client)
                continue
            # A guest: the hub and its app go on, whatever is wrong with Redis.
            except Exception as error:  # noqa: BLE001
                self._warn(error)
            for run in self._runs:
                self._processes.note(run, "away")
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "FlaskScope cannot read from Redis at %s (%s); it goes on trying.",
                self._address.name,
                explained(error),
            )

    def _say_again(self) -> None:
        if self._has_warned:
            self._has_warned = False
            logger.warning("FlaskScope reads from Redis at %s again.", self._address.name)

    def _read(self, client: Any) -> None:
        offset = Offset(self._anchor, "redis")
        looked = 0.0
        self._expected.clear()
        while self._is_wanted():
            if offset.is_due:
                ask_time(client, offset)
            is_news = self._read_some(client)
            now = time.monotonic()
            if is_news or now - looked >= BEAT_SECONDS:
                looked = now
                self._look(client, offset)

    def _read_some(self, client: Any) -> bool:
        """Hand on the next entries, and return whether a process came with them that was not known."""
        found = client.xread({STREAM: self._position}, count=READ_AT_ONCE, block=BLOCK_MS)
        entries: list[tuple[bytes, dict[bytes, bytes]]] = found[0][1] if found else []
        is_news = False
        for position, fields in entries:
            is_news |= self._take(client, fields)
            self._position = position
        self._is_at_end = len(entries) < READ_AT_ONCE
        return is_news

    def _take(self, client: Any, fields: dict[bytes, bytes]) -> bool:
        """Hand on one entry, and return whether a process came with it that was not known."""
        run, text = fields.get(b"r", b"").decode("ascii", "replace"), fields.get(b"m", b"")
        if self._is_own(run) or self._processes.has(run, "feed"):
            return False
        try:
            if len(text) > MAX_ENTRY_BYTES:
                raise MessageError("It is too long.", f"{len(text)} bytes", "Use Redis for nothing else.")
            is_new = not self._processes.has(run, "redis")
            if is_new and not self._introduce(client, run):
                return False
            last = wire.parse_end(text)
            if last is not None:
                self._processes.note(run, "ended", last)
                return is_new
            problem = wire.parse_problem(text, run)
            if problem is not None:
                self._processes.tell(run, problem)
                return is_new
            delivery = wire.parse_delivery(text, run)
            if delivery is None:
                return is_new
            if delivery.first > self._processes.last_of(run) + 1:
                # With what is missing went the names that were told in it.
                self._introduce(client, run)
            self._processes.receive(run, delivery)
            return is_new
        except MessageError as error:
            if not self._has_complained:
                self._has_complained = True
                logger.warning(
                    "FlaskScope leaves out something that is in Redis at %s (%s).",
                    self._address.name,
                    error.what,
                )
            return False

    def _introduce(self, client: Any, run: str) -> bool:
        """Have the process *run* join; return whether it has said who it is."""
        if not wire.is_run(run):
            raise MessageError("'run' is not the id of a recording.", run, "Use Redis for nothing else.")
        hello, beat = client.mget(hello_key(run), alive_key(run))
        if hello is None or len(hello) > MAX_ENTRY_BYTES:
            return False
        joining = wire.parse_joining(hello)
        if joining.run != run:
            raise MessageError("A hello is not of this run.", joining.run, "Use Redis for nothing else.")
        self._processes.join(joining, "redis")
        if beat is not None:
            self._processes.note(run, "live")
        self._runs.add(run)
        return True

    def _look(self, client: Any, offset: Offset) -> None:
        """Look who is alive, what their clocks say, and whether something is missing that nobody will send."""
        self._start_over_if_emptied(client)
        runs = [run for run in self._runs if self._processes.has(run, "redis")]
        self._runs = set(runs)
        beats = client.mget([alive_key(run) for run in runs]) if runs else []
        for run, beat in zip(runs, beats, strict=True):
            if beat is None:
                self._processes.note(run, "away")
                continue
            try:
                last, alignment = wire.parse_beat(beat)
            except MessageError:
                continue
            # What was sent before we last looked has been read since, if we have been at the end.
            missing_up_to = self._expected.get(run) if self._is_at_end else None
            self._processes.note(run, "live", missing_up_to)
            self._processes.align(run, between(alignment, offset.best()))
            self._expected[run] = last

    def _start_over_if_emptied(self, client: Any) -> None:
        """Go back to the beginning if the stream does not reach to where we are: it was emptied, or its clock set back.

        Redis says nothing then: it would wait for an entry beyond our place, for ever. What is here already is not
        taken twice.
        """
        newest = client.xrevrange(STREAM, count=1)
        if _order(newest[0][0] if newest else _FROM_THE_BEGINNING) < _order(self._position):
            self._position = _FROM_THE_BEGINNING


def _order(position: bytes) -> tuple[int, int]:
    milliseconds, _, count = position.partition(b"-")
    return int(milliseconds), int(count)
