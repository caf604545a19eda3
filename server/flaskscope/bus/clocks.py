"""How far the clock of this process is from another one, found out by asking that one for the time."""

from __future__ import annotations

import functools
import hashlib
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flaskscope.wire import Alignment

#: Round trips that are remembered. The shortest of them says most.
MAX_SAMPLES = 16

#: How much faster one clock may run than another: a second in nearly six hours. An old round trip is worth less.
DRIFT = 50e-6

#: Seconds between two round trips: often at first, until there are a few, and then now and then.
OFTEN_SECONDS, SELDOM_SECONDS, MANY = 0.2, 5.0, 8


class Offset:
    """The distance from our clock to another one, which is asked again and again.

    Our clock is the monotonic one since *anchor*: whoever sets the wall clock does not disturb it. A round trip of
    *n* ms tells the distance within n / 2 ms, wherever on the way the time was spent. Used by one thread.

    Args:
        anchor: The monotonic clock in nanoseconds and Unix time in milliseconds, at one moment.
        by: Who is asked.
        now_ns: The monotonic clock.
    """

    def __init__(
        self, anchor: tuple[int, float], by: str, now_ns: Callable[[], int] = time.perf_counter_ns
    ) -> None:
        self._anchor = anchor
        self._by = by
        self._now_ns = now_ns
        self._samples: deque[tuple[int, Alignment]] = deque(maxlen=MAX_SAMPLES)
        self._asked_ns: int | None = None

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask again."""
        if self._asked_ns is None:
            return True
        pause = OFTEN_SECONDS if len(self._samples) < MANY else SELDOM_SECONDS
        return self._now_ns() - self._asked_ns >= pause * 1e9

    def ask(self) -> int:
        """Return the present moment, which has to be handed to `learn` with the answer."""
        self._asked_ns = self._now_ns()
        return self._asked_ns

    def learn(self, asked_ns: int, unix_ms: float) -> None:
        """Note that the other clock, when it was asked at *asked_ns*, said *unix_ms*, and that this is known now."""
        now = self._now_ns()
        middle = self._anchor[1] + ((asked_ns + now) / 2 - self._anchor[0]) / 1e6
        if now >= asked_ns >= self._anchor[0]:
            self._samples.append((now, Alignment(unix_ms - middle, (now - asked_ns) / 2e6, self._by)))

    def best(self) -> Alignment | None:
        """Return what is known now; ``None`` before the first answer."""
        now = self._now_ns()
        aged = (
            replace(sample, uncertainty_ms=sample.uncertainty_ms + (now - learnt) * DRIFT / 1e6)
            for learnt, sample in self._samples
        )
        return min(aged, key=lambda sample: sample.uncertainty_ms, default=None)


def between(theirs: Alignment | None, ours: Alignment | None) -> Alignment | None:
    """Return how their clock stands to ours, if both know how they stand to a third one."""
    if theirs is None or ours is None:
        return None
    return Alignment(
        theirs.offset_ms - ours.offset_ms, theirs.uncertainty_ms + ours.uncertainty_ms, theirs.by
    )


def host_name() -> str:
    """Return what this machine is called, at most 100 characters."""
    return socket.gethostname()[:100]


@functools.cache
def machine_id() -> str | None:
    """Return an id that two processes have in common if and only if they have one monotonic clock.

    ``None`` where that cannot be told. It says nothing else: it is a digest of an id that is new at each boot.
    """
    if sys.platform != "linux" or "MONOTONIC" not in time.get_clock_info("perf_counter").implementation:
        return None
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        # A container may have a monotonic clock of its own.
        namespace = os.readlink("/proc/self/ns/time")
    except OSError:
        return None
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:16]
