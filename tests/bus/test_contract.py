"""What holds for every way that events go, by a WebSocket to a hub or through Redis: the promises of `Way`."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

StartWorker = Callable[..., "Program"]


class HubWay:
    """Straight to the hub: what can break is the hub."""

    def __init__(self, start_hub: Callable[..., str], open_page: Callable[[str], Page]) -> None:
        self._start_hub = start_hub
        self._open_page = open_page
        self._address = start_hub()
        self.environment = {"FLASKSCOPE_HUB_URL": self._address}

    def open_page(self) -> Page:
        return self._open_page(self._address)

    def cut(self) -> None:
        self._start_hub.programs[self._address].kill()  # type: ignore[attr-defined]

    def mend(self) -> None:
        port = re.search(r":(\d+)", self._address)
        assert port is not None
        self._start_hub("--port", port[1])


class RedisWay:
    """Through Redis: what can break is Redis, and it forgets."""

    def __init__(
        self,
        start_hub: Callable[..., str],
        open_page: Callable[[str], Page],
        start_redis: Callable[..., Redis],
    ) -> None:
        self._server = start_redis()
        self._open_page = open_page
        self.environment = {"FLASKSCOPE_REDIS_URL": self._server.url}
        self._address = start_hub(**self.environment)

    def open_page(self) -> Page:
        return self._open_page(self._address)

    def cut(self) -> None:
        self._server.kill()

    def mend(self) -> None:
        self._server.begin()


@pytest.fixture(params=["hub", "redis"])
def way(request: pytest.FixtureRequest, start_hub: Any, open_page: Any, start_redis: Any) -> Any:
    return (
        HubWay(start_hub, open_page)
        if request.param == "hub"
        else RedisWay(start_hub, open_page, start_redis)
    )


def test_all_arrives_once_and_in_order_and_the_end_is_told(way: Any, start_worker: StartWorker) -> None:
    page = way.open_page()
    worker = start_worker(**way.environment)
    for _ in range(5):
        worker.say("20")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 100))
    assert "live" == page.processes[run]["state"]
    worker.process.stdin.close()

    page.until(lambda page: page.processes[run]["state"] == "ended")
    page.assert_gapless(run)
    assert not page.lost


def test_one_that_is_killed_is_away(way: Any, start_worker: StartWorker) -> None:
    page = way.open_page()
    worker = start_worker(**way.environment)
    worker.say("1")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 1))

    worker.process.send_signal(signal.SIGKILL)

    page.until(lambda page: page.processes[run]["state"] == "away", 10)


def test_while_it_is_broken_the_app_goes_on_and_says_so_once_and_then_makes_up_for_it(
    way: Any, start_worker: StartWorker
) -> None:
    way.cut()
    worker = start_worker(**way.environment)
    for _ in range(3):
        worker.say("20")
    worker.wait_for(r"(?s)(done.*){3}")
    assert max(float(slowest) for slowest in re.findall(r"done \S+ (\S+)", worker.output)) < 1, worker.output
    worker.wait_for("cannot send its events to ")
    way.mend()

    page = way.open_page()
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 60))
    page.assert_gapless(run)
    worker.wait_for("sends its events to .* again")
    assert 1 == worker.output.count("cannot send its events to ")


def test_what_left_the_journal_meanwhile_is_told_as_lost(way: Any, start_worker: StartWorker) -> None:
    way.cut()
    worker = start_worker(**way.environment, FLASKSCOPE_MAX_EVENTS="100")
    worker.say("200")
    worker.wait_for("done")
    way.mend()

    page = way.open_page()
    run = page.until(lambda page: next(iter(page.lost), None))
    page.until(lambda page: len(page.rows.get(run, [])) >= 100)
    page.assert_gapless(run)
    assert page.lost[run] == page.rows[run][0][0] - 1
    assert {"journal"} == page.wheres[run]


def test_a_process_ends_in_time_though_it_is_broken(way: Any, start_worker: StartWorker) -> None:
    worker = start_worker(**way.environment)
    worker.say("1")
    way.open_page().one_run()
    way.cut()
    worker.say("3")
    worker.wait_for(r"(?s)done.*done")

    begun = time.monotonic()
    worker.process.stdin.close()

    assert 0 == worker.wait()
    assert time.monotonic() - begun < 3
    assert "Traceback" not in worker.output
