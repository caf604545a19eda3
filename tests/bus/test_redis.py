"""Processes and hubs with a real Redis between them: every event arrives once, in order, or is told as lost."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flaskscope.bus.redis_client import RedisAddress
from flaskscope.bus.redis_reader import RedisReader
from flaskscope.hub.processes import Processes
from tests.deadlines import stop_seconds

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

StartRedis = Callable[..., "Redis"]
StartHub = Callable[..., str]
StartWorker = Callable[..., "Program"]
OpenPage = Callable[[str], "Page"]
Wait = Callable[..., None]

STREAM = "flaskscope:1:events"


def test_any_number_of_hubs_read_all_of_every_process(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    url = start_redis().url
    first = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))
    workers = [start_worker(FLASKSCOPE_REDIS_URL=url) for _ in range(2)]
    for worker in workers:
        worker.say("20")
    first.until(lambda page: len(page.processes) == 2)
    late = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))

    for page in (first, late):
        page.until(lambda page: len(page.processes) == 2)
        page.until(lambda page: all(page.is_whole(run, 20) for run in page.processes))
        page.until(lambda page: all(page.state_of(run) == "live" for run in page.processes))
        assert {worker.process.pid for worker in workers} == {
            each["process"]["pid"] for each in page.processes.values()
        }
        for run in page.processes:
            page.assert_gapless(run)
            assert not page.lost
            assert "redis" == page.processes[run]["way"]


def test_a_process_that_ends_has_sent_all_and_says_so(
    start_redis: StartRedis, start_hub: StartHub, start: Callable[..., Program], open_page: OpenPage
) -> None:
    url = start_redis().url
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))

    command = start(
        "-m", "flask", "--app", "plain", "count", FLASKSCOPE_ENABLED="1", FLASKSCOPE_REDIS_URL=url
    )

    assert 0 == command.wait()
    run = page.one_run()
    page.until(lambda page: page.state_of(run) == "ended")
    page.until(lambda page: "context.popped" in page.kinds(run))


def test_gunicorn_workers_that_are_killed_are_away_and_their_successors_are_others(
    start_redis: StartRedis,
    start_hub: StartHub,
    start: Callable[..., Program],
    open_page: OpenPage,
    free_port: int,
    ask: Callable[[int], int],
) -> None:
    url = start_redis().url
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))
    server = start(
        *("-m", "gunicorn", "-b", f"127.0.0.1:{free_port}", "-w", "2", "--threads", "4", "shop:app"),
        FLASKSCOPE_ENABLED="1",
        FLASKSCOPE_REDIS_URL=url,
    )
    server.wait_for(r"(?s)Booting worker.*Booting worker")

    def both_answered(page: Page) -> bool:
        ask(free_port)
        live = [run for run in page.processes if page.state_of(run) == "live"]
        return len(live) == 2

    page.until(both_answered)
    killed = {run: each["process"]["pid"] for run, each in page.processes.items()}
    for pid in killed.values():
        server.kill_child(pid)

    begun = time.monotonic()
    page.until(lambda page: all(page.state_of(run) == "away" for run in killed))
    assert time.monotonic() - begun < 8
    page.until(both_answered)
    for run in page.numbers:
        page.assert_gapless(run)
    assert 4 == len(page.processes)


def test_what_others_write_into_the_stream_is_left_out(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    server = start_redis()
    address = start_hub(FLASKSCOPE_REDIS_URL=server.url)
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("1")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 1))
    strange = {"v": 1, "type": "events", "from": 10, "to": 10, "lanes": [], "sites": [], "rows": [[10]]}
    for fields in (
        ("x", "y"),
        ("r", run, "m", "{"),
        ("r", run, "m", json.dumps(strange)),
        ("r", run, "m", "[" * 100_000),
        ("r", "../../etc", "m", '{"v":1,"type":"end","last":1}'),
        ("r", run, "m", '{"v":1,"type":"end","last":-1}'),
    ):
        server.ask("XADD", STREAM, "*", *fields)
    server.ask("SET", "flaskscope:1:hello:abc", '{"v":1,"type":"hello","run":"other"}')
    server.ask("XADD", STREAM, "*", "r", "abc", "m", json.dumps(strange))
    server.ask("SET", f"flaskscope:1:alive:{run}", "nonsense")

    worker.say("1")

    page.until(lambda page: page.is_whole(run, 2))
    page.assert_gapless(run)
    assert [run] == list(page.processes)
    hub = start_hub.programs[address]  # type: ignore[attr-defined]
    hub.wait_for("leaves out something that is in Redis at ")
    assert 1 == hub.output.count("leaves out")
    assert "Traceback" not in hub.output


def test_more_processes_than_there_is_room_for_make_room_for_those_that_live(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage, wait: Wait
) -> None:
    server = start_redis()
    hello = json.loads((Path(__file__).parents[1] / "wire" / "hello.json").read_text())
    row = [1, 0, "g.set", 1, None, None, "user", ["1", "int", None, 0]]
    one = {"v": 1, "type": "events", "from": 1, "to": 1, "lanes": [], "sites": [], "rows": [row]}
    for number in range(100):
        server.ask("SET", f"flaskscope:1:hello:run{number}", json.dumps({**hello, "run": f"run{number}"}))
        server.ask("XADD", STREAM, "*", "r", f"run{number}", "m", json.dumps(one))
        if number == 3:
            worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
            worker.say("2")
            wait(lambda: server.last_sent() == 2 * 9)

    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))

    page.until(lambda page: "run99" in page.numbers)
    mine = next(run for run, each in page.processes.items() if each["process"]["pid"] == worker.process.pid)
    worker.say("1")
    page.until(lambda page: page.is_whole(mine, 3))
    page.assert_gapless(mine)
    assert mine not in page.lost


def test_the_dashboard_of_an_app_shows_the_others_and_itself_once(
    start_redis: StartRedis, start: Callable[..., Program], start_worker: StartWorker, open_page: OpenPage
) -> None:
    url = start_redis().url
    app = start(
        *("-m", "flaskscope", "run", "--app", "plain", "--port", "0"),
        FLASKSCOPE_REDIS_URL=url,
    )
    address = app.wait_for(r"http://\S+")[0]
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_REDIS_URL=url)
    worker.say("3")

    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 3))

    assert worker.process.pid == page.processes[run]["process"]["pid"]
    assert page.hello["run"] not in page.processes


def test_how_sure_the_clock_of_a_process_is_comes_with_it(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    url = start_redis().url
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=url)
    worker.say("1")

    run = page.one_run()

    clock: dict[str, Any] = page.processes[run]["clock"]
    assert page.hello["clock"]["machine"] == clock["machine"]
    assert ("machine", 0) == (clock["by"], clock["uncertainty_ms"])
    assert abs(clock["offset_ms"]) < 50


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "flaskscope", "hub", "--port", "0"),
        ("-m", "flaskscope", "run", "--app", "plain", "--port", "0"),
    ],
    ids=["hub", "run"],
)
@pytest.mark.parametrize("is_there", [True, False], ids=["redis", "no-redis"])
def test_ctrl_c_ends_it_at_once_with_pages_whether_redis_is_there_or_not(
    start_redis: StartRedis,
    start: Callable[..., Program],
    start_worker: StartWorker,
    open_page: OpenPage,
    command: tuple[str, ...],
    is_there: bool,
) -> None:
    server = start_redis()
    program = start(*command, FLASKSCOPE_REDIS_URL=server.url)
    address = program.wait_for(r"http://\S+")[0]
    pages = [open_page(address) for _ in range(3)]
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("3")
    for page in pages:
        page.until(lambda page: page.processes)
    if not is_there:
        server.kill()
        program.wait_for("cannot read from Redis")

    begun = time.monotonic()
    program.process.send_signal(signal.SIGINT)

    assert 0 == program.wait()
    assert time.monotonic() - begun < stop_seconds()
    assert "Traceback" not in program.output


def test_nobody_reads_while_nobody_looks(
    start_redis: StartRedis, monkeypatch: pytest.MonkeyPatch, wait: Wait
) -> None:
    """The dashboard of an app asks Redis only for as long as a page is open, and then goes on where it was."""
    server = start_redis()
    monkeypatch.setattr("flaskscope.bus.redis_reader.WANTED_SECONDS", 0.3)
    known = Processes(1_000)
    reader = RedisReader(RedisAddress(server.url), known, (time.perf_counter_ns(), 0.0))

    def threads() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "flaskscope-redis"]

    assert [] == threads()
    for _ in range(2):
        reader.want()
        assert 1 == len(threads())
        wait(lambda: not threads())
    reader.stop()
    reader.want()
    assert [] == threads()
