"""A Redis that is away, hangs, is full, forgets or refuses: the app goes on, and what is lost is told."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

StartRedis = Callable[..., "Redis"]
StartHub = Callable[..., str]
StartWorker = Callable[..., "Program"]
OpenPage = Callable[[str], "Page"]
Wait = Callable[..., None]

STREAM = "flaskscope:1:events"


def test_redis_that_is_killed_and_comes_back_empty_is_made_up_for(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    """What it had and nobody had read is told as lost; all else arrives, once."""
    server = start_redis()
    address = start_hub(FLASKSCOPE_REDIS_URL=server.url)
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("30")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 30))

    server.kill()
    worker.say("30")
    slowest = worker.wait_for(r"(?s)done.*done \S+ (\S+)\n")[1]
    assert float(slowest) < 1, worker.output
    worker.wait_for("cannot send its events to Redis at redis://127.0.0.1")
    page.until(lambda page: page.state_of(run) == "away")
    server.begin()

    page.until(lambda page: page.is_whole(run, 60))
    page.until(lambda page: page.state_of(run) == "live")
    page.assert_gapless(run)
    worker.wait_for("sends its events to Redis at .* again")
    assert 1 == worker.output.count("cannot send its events")
    hub = start_hub.programs[address]  # type: ignore[attr-defined]
    hub.wait_for("reads from Redis at .* again")
    assert 1 == hub.output.count("cannot read from Redis")

    late = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    late.until(lambda page: page.processes)
    late.until(lambda page: page.kinds(run).count("request.finished") >= 30)
    late.assert_gapless(run)


def test_redis_that_hangs_holds_nobody_up(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    """What was sent and not confirmed is sent again, and still told once."""
    server = start_redis()
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("5")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 5))

    server.signal(signal.SIGSTOP)
    worker.say("50")
    worker.wait_for(r"(?s)done.*done")
    assert float(worker.output.split()[-1]) < 1, worker.output
    worker.wait_for("cannot send its events to Redis")
    server.signal(signal.SIGCONT)

    page.until(lambda page: page.is_whole(run, 55))
    page.assert_gapless(run)
    assert not page.lost


def test_redis_that_is_full_loses_what_is_counted_and_goes_on_when_there_is_room(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    server = start_redis("--maxmemory-policy", "noeviction")
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url, FLASKSCOPE_MAX_EVENTS="200")
    worker.say("5")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 5))
    server.ask("CONFIG", "SET", "maxmemory", "1")

    worker.say("100")
    worker.wait_for(r"(?s)done.*done")
    worker.wait_for(r"cannot send its events to Redis at \S+ \(it is full: ")
    server.ask("CONFIG", "SET", "maxmemory", "0")

    page.until(lambda page: page.lost.get(run))
    page.until(lambda page: len(page.rows[run]) + page.lost[run] == len(page.numbers[run]))
    worker.say("1")
    page.until(lambda page: page.numbers[run][-1] >= 106 * 9)
    page.assert_gapless(run)
    assert 1 == worker.output.count("cannot send its events")


def test_a_redis_that_we_filled_ourselves_is_given_room(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    """The older half of the stream goes: the newest events are worth more."""
    server = start_redis("--maxmemory", "3mb", "--maxmemory-policy", "noeviction")
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    for _ in range(12):
        worker.say("300")
    worker.wait_for(r"(?s)(done.*){12}")
    worker.wait_for("it is full")

    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    run = page.one_run()
    page.until(lambda page: page.numbers.get(run) and page.numbers[run][-1] == 12 * 300 * 9)
    page.assert_gapless(run)
    assert page.lost[run] > 0


@pytest.mark.parametrize("given", ["wrong", ""])
def test_a_wrong_password_is_said_once_without_telling_it(
    start_redis: StartRedis,
    start_hub: StartHub,
    start_worker: StartWorker,
    open_page: OpenPage,
    given: str,
) -> None:
    server = start_redis("--requirepass", "right")
    host = f"127.0.0.1:{server.port}/0"
    wrong = f"redis://:{given}-secret@{host}" if given else f"redis://{host}"
    right = f"redis://:right@{host}"
    address = start_hub(FLASKSCOPE_REDIS_URL=wrong)
    worker = start_worker(FLASKSCOPE_REDIS_URL=wrong)
    worker.say("3")
    worker.wait_for("done")

    for program in (worker, start_hub.programs[address]):  # type: ignore[attr-defined]
        program.wait_for("FLASKSCOPE_REDIS_URL is wrong or missing")
        assert "secret" not in program.output
        assert "Traceback" not in program.output
    server.ask("CONFIG", "SET", "requirepass", f"{given}-secret" if given else "", password="right")

    run = open_page(address).one_run()
    page = open_page(address)
    page.until(lambda page: page.is_whole(run, 3))
    assert 1 == worker.output.count("is wrong or missing")
    assert right not in worker.output


def test_what_was_trimmed_or_thrown_away_is_told_as_lost_in_redis(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage, wait: Wait
) -> None:
    server = start_redis()
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    for requests in (20, 40, 60):
        worker.say("20")
        wait(lambda requests=requests: server.last_sent() == requests * 9)
    server.ask("XTRIM", STREAM, "MAXLEN", "1")
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    run = page.one_run()
    page.until(lambda page: page.numbers.get(run) and page.numbers[run][-1] == 3 * 20 * 9)
    page.assert_gapless(run)
    assert page.lost[run] == page.rows[run][0][0] - 1 > 0
    assert {"redis"} == page.wheres[run]

    hub_gone = page.lost[run]
    worker.say("1")
    page.until(lambda page: page.is_whole(run, page.kinds(run).count("request.finished")))
    server.ask("FLUSHALL")
    worker.say("20")
    page.until(lambda page: page.numbers[run][-1] >= 81 * 9)
    page.assert_gapless(run)
    assert page.lost[run] >= hub_gone


def test_the_last_events_of_a_process_that_are_thrown_away_are_told_as_lost_too(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage, wait: Wait
) -> None:
    """Nothing comes after them that would show the gap: what the process says of itself does."""
    server = start_redis()
    address = start_hub(FLASKSCOPE_REDIS_URL=server.url)
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("2")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 2))
    hub = start_hub.programs[address]  # type: ignore[attr-defined]
    hub.process.send_signal(signal.SIGSTOP)
    # The hub was waiting for the first of these when it was stopped: Redis has answered it already.
    for requests in (4, 6):
        worker.say("2")
        wait(lambda requests=requests: server.last_sent() == requests * 9)
    server.ask("XTRIM", STREAM, "MAXLEN", "0")
    hub.process.send_signal(signal.SIGCONT)

    page.until(lambda page: page.numbers[run][-1] == 6 * 9)
    page.assert_gapless(run)
    assert {"redis"} == page.wheres[run]


def test_a_stream_that_goes_back_in_time_is_read_from_its_beginning(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    """After a restart with a clock set back its numbers are lower, and Redis would wait for higher ones for ever."""
    server = start_redis()
    server.ask("XADD", STREAM, "99999999999999-0", "r", "nobody", "m", "{}")
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("2")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 2))
    server.ask("DEL", STREAM)

    worker.say("2")

    page.until(lambda page: page.is_whole(run, 4))
    page.assert_gapless(run)
