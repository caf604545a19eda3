"""A Redis that is far away: each of its answers takes a while. The app does not notice, and all of it arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.bus.relays import relays
from tests.deadlines import stop_seconds

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

DELAY_SECONDS = 0.3


@pytest.fixture
def far_away() -> Iterator[Callable[[int], int]]:
    """Open a way to a port of this machine on which all that comes back takes `DELAY_SECONDS`; return its own port."""
    with relays(delay_seconds=DELAY_SECONDS) as open_way:
        yield open_way


def test_redis_that_is_slow_slows_no_request_and_loses_nothing(
    start_redis: Callable[..., Redis],
    start_hub: Callable[..., str],
    start_worker: Callable[..., Program],
    open_page: Callable[[str], Page],
    far_away: Callable[[int], int],
) -> None:
    url = f"redis://127.0.0.1:{far_away(start_redis().port)}/0"
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=url)
    worker.say("1")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 1))

    for round_ in (1, 2, 3):
        worker.say("100")
        worker.wait_for(rf"(?s)(done.*){{{round_ + 1}}}\n")
    for total in [float(line.split()[1]) for line in worker.output.splitlines()]:
        assert total < 100 * DELAY_SECONDS / 4, worker.output
    page.until(lambda page: page.is_whole(run, 301))
    begun = time.monotonic()
    assert worker.process.stdin is not None
    worker.process.stdin.close()

    assert 0 == worker.wait()
    assert time.monotonic() - begun < stop_seconds()
    # Whether it could say in time that it ends is a matter of what was under way.
    page.until(lambda page: page.state_of(run) != "live")
    page.assert_gapless(run)
    assert not page.lost
    assert "FlaskScope" not in worker.output
