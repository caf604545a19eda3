"""100,000 events take less than 30 MiB: `tests/hub/memory.py` measures that, and this a tenth of it, to the byte."""

from __future__ import annotations

import tracemalloc

from tests.hub.memory import growth

#: 30 MiB for 100,000.
MOST_BYTES_OF_AN_EVENT = 30 * 2**20 / 100_000


def test_an_event_of_a_usual_request_stays_within_its_share() -> None:
    """What numbering remembers besides is bounded, and counted here as if it grew with the events."""
    capacity = 10_000

    tracemalloc.start()
    try:
        grown = growth("/index", capacity, lambda: tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert grown / capacity < 0.9 * MOST_BYTES_OF_AN_EVENT
