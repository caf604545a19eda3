"""How far two clocks are apart, and how sure that is."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from flaskscope.bus.clocks import (
    DRIFT,
    MANY,
    MAX_SAMPLES,
    OFTEN_SECONDS,
    SELDOM_SECONDS,
    Offset,
    between,
    machine_id,
)
from flaskscope.wire import Alignment

MS = 1_000_000


class Clocks:
    """Two clocks that are *apart_ms* apart, and a way between them."""

    def __init__(self, apart_ms: float) -> None:
        self.apart_ms = apart_ms
        self.now_ns = 5_000 * MS
        # Ours says 70,000 when the monotonic clock says 1,000.
        self.offset = Offset((1_000 * MS, 70_000.0), "redis", lambda: self.now_ns)

    @property
    def theirs_ms(self) -> float:
        return 70_000 + (self.now_ns - 1_000 * MS) / 1e6 + self.apart_ms

    def ask(self, there_ms: float, back_ms: float) -> None:
        asked = self.offset.ask()
        self.now_ns += round(there_ms * MS)
        said = self.theirs_ms
        self.now_ns += round(back_ms * MS)
        self.offset.learn(asked, said)


def test_nothing_is_known_before_the_first_answer() -> None:
    clocks = Clocks(3)
    clocks.offset.ask()

    assert clocks.offset.best() is None


def test_a_way_as_long_there_as_back_tells_it_exactly() -> None:
    clocks = Clocks(-12.5)

    clocks.ask(4, 4)

    best = clocks.offset.best()
    assert best is not None
    assert (-12.5, 4, "redis") == (round(best.offset_ms, 6), round(best.uncertainty_ms, 6), best.by)


@pytest.mark.parametrize("seed", range(20))
def test_the_truth_is_never_further_off_than_is_said(seed: int) -> None:
    chance = random.Random(seed)
    clocks = Clocks(chance.uniform(-1e6, 1e6))
    for _ in range(MAX_SAMPLES * 2):
        clocks.ask(chance.expovariate(1), chance.expovariate(0.2))
        clocks.now_ns += round(chance.uniform(0, 5) * 1e9)

        best = clocks.offset.best()
        assert best is not None
        assert abs(best.offset_ms - clocks.apart_ms) <= best.uncertainty_ms + 1e-6


def test_the_shortest_way_counts_until_it_is_too_long_ago() -> None:
    clocks = Clocks(0)
    clocks.ask(1, 1)
    clocks.ask(40, 2)
    best = clocks.offset.best()
    assert best is not None
    assert best.uncertainty_ms < 1.1

    clocks.now_ns += 3_600 * 1_000 * MS
    clocks.ask(2, 2)

    best = clocks.offset.best()
    assert best is not None
    assert 2 <= best.uncertainty_ms < 2 + 3_600 * 1_000 * DRIFT


def test_it_is_asked_often_at_first_and_seldom_later() -> None:
    clocks = Clocks(0)
    assert clocks.offset.is_due
    for _ in range(MANY):
        clocks.ask(1, 1)
        assert not clocks.offset.is_due
        clocks.now_ns += round(OFTEN_SECONDS * 1e9)
    assert not clocks.offset.is_due
    clocks.now_ns += round(SELDOM_SECONDS * 1e9)
    assert clocks.offset.is_due


def test_two_that_know_a_third_know_each_other() -> None:
    ours, theirs = Alignment(10, 0.5, "redis"), Alignment(-4, 2, "redis")

    assert Alignment(-14, 2.5, "redis") == between(theirs, ours)
    assert between(None, ours) is None
    assert between(theirs, None) is None


def test_processes_of_one_machine_have_one_id_and_it_is_not_the_machines() -> None:
    """Linux tells; elsewhere nothing is claimed."""
    code = "from flaskscope.bus.clocks import machine_id; print(machine_id())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert str(machine_id()) == other.stdout.strip()
    if sys.platform == "linux":
        found = machine_id()
        assert found is not None
        assert 16 == len(found)
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
            assert found not in boot.read().replace("-", "")
    else:
        assert os.name != "posix" or machine_id() is None
