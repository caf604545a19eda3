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

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

StartRedis = Callable[..., "Redis"]
StartHub = Callable[..., str]
StartWorker = Callable[..., "Program"]
OpenPage = Callable[[str], "Page"]

STREAM = "flaskscope:1:events"


def is_whole(page: Page, run: str, requests: int) -> bool:
    return bool(page.kinds(run).count("request.finished") == requests)


def one_run(page: Page) -> str:
    run: str = page.until(lambda page: next(iter(page.processes), None))
    return run


def assert_gapless(page: Page, run: str) -> None:
    """Every number from 1 on was told exactly once, as an event or as lost."""
    assert list(range(1, len(page.numbers[run]) + 1)) == page.numbers[run]


def state_of(page: Page, run: str) -> str:
    state: str = page.processes[run]["state"]
    return state


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
        page.until(lambda page: all(is_whole(page, run, 20) for run in page.processes))
        page.until(lambda page: all(state_of(page, run) == "live" for run in page.processes))
        assert {worker.process.pid for worker in workers} == {
            each["process"]["pid"] for each in page.processes.values()
        }
        for run in page.processes:
            assert_gapless(page, run)
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
    run = one_run(page)
    page.until(lambda page: state_of(page, run) == "ended")
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
        live = [run for run in page.processes if state_of(page, run) == "live"]
        return len(live) == 2

    page.until(both_answered)
    killed = {run: each["process"]["pid"] for run, each in page.processes.items()}
    for pid in killed.values():
        server.kill_child(pid)

    begun = time.monotonic()
    page.until(lambda page: all(state_of(page, run) == "away" for run in killed))
    assert time.monotonic() - begun < 8
    page.until(both_answered)
    for run in page.numbers:
        assert_gapless(page, run)
    assert 4 == len(page.processes)


def test_redis_that_is_killed_and_comes_back_empty_is_made_up_for(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    """What it had and nobody had read is told as lost; all else arrives, once."""
    server = start_redis()
    address = start_hub(FLASKSCOPE_REDIS_URL=server.url)
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("30")
    run = one_run(page)
    page.until(lambda page: is_whole(page, run, 30))

    server.kill()
    worker.say("30")
    _, slowest = worker.wait_for(r"(?s)done.*done \S+ (\S+)")[0], worker.output.split()[-1]
    assert float(slowest) < 1, worker.output
    worker.wait_for("cannot send its events to Redis at redis://127.0.0.1")
    page.until(lambda page: state_of(page, run) == "away")
    server.begin()

    page.until(lambda page: is_whole(page, run, 60))
    page.until(lambda page: state_of(page, run) == "live")
    assert_gapless(page, run)
    worker.wait_for("sends its events to Redis at .* again")
    assert 1 == worker.output.count("cannot send its events")
    hub = start_hub.programs[address]  # type: ignore[attr-defined]
    hub.wait_for("reads from Redis at .* again")
    assert 1 == hub.output.count("cannot read from Redis")

    late = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    late.until(lambda page: page.processes)
    late.until(lambda page: page.kinds(run).count("request.finished") >= 30)
    assert_gapless(late, run)


def test_redis_that_hangs_holds_nobody_up(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    """What was sent and not confirmed is sent again, and still told once."""
    server = start_redis()
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("5")
    run = one_run(page)
    page.until(lambda page: is_whole(page, run, 5))

    server.signal(signal.SIGSTOP)
    worker.say("50")
    worker.wait_for(r"(?s)done.*done")
    assert float(worker.output.split()[-1]) < 1, worker.output
    worker.wait_for("cannot send its events to Redis")
    server.signal(signal.SIGCONT)

    page.until(lambda page: is_whole(page, run, 55))
    assert_gapless(page, run)
    assert not page.lost


def test_redis_that_is_full_loses_what_is_counted_and_goes_on_when_there_is_room(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    server = start_redis("--maxmemory-policy", "noeviction")
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url, FLASKSCOPE_MAX_EVENTS="200")
    worker.say("5")
    run = one_run(page)
    page.until(lambda page: is_whole(page, run, 5))
    server.ask("CONFIG", "SET", "maxmemory", "1")

    worker.say("100")
    worker.wait_for(r"(?s)done.*done")
    worker.wait_for(r"cannot send its events to Redis at \S+ \(it is full: ")
    server.ask("CONFIG", "SET", "maxmemory", "0")

    page.until(lambda page: page.lost.get(run))
    page.until(lambda page: len(page.rows[run]) + page.lost[run] == len(page.numbers[run]))
    worker.say("1")
    page.until(lambda page: page.numbers[run][-1] >= 106 * 9)
    assert_gapless(page, run)
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
    run = one_run(page)
    page.until(lambda page: page.numbers.get(run) and page.numbers[run][-1] == 12 * 300 * 9)
    assert_gapless(page, run)
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

    run = one_run(open_page(address))
    page = open_page(address)
    page.until(lambda page: is_whole(page, run, 3))
    assert 1 == worker.output.count("is wrong or missing")
    assert right not in worker.output


def test_what_was_trimmed_or_thrown_away_is_told_as_lost_in_redis(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    server = start_redis()
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    for requests in (20, 40, 60):
        worker.say("20")
        until(lambda requests=requests: last_sent(server) == requests * 9)  # type: ignore[misc]
    server.ask("XTRIM", STREAM, "MAXLEN", "1")
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    run = one_run(page)
    page.until(lambda page: page.numbers.get(run) and page.numbers[run][-1] == 3 * 20 * 9)
    assert_gapless(page, run)
    assert page.lost[run] == page.rows[run][0][0] - 1 > 0
    assert {"redis"} == page.wheres[run]

    hub_gone = page.lost[run]
    worker.say("1")
    page.until(lambda page: is_whole(page, run, page.kinds(run).count("request.finished")))
    server.ask("FLUSHALL")
    worker.say("20")
    page.until(lambda page: page.numbers[run][-1] >= 81 * 9)
    assert_gapless(page, run)
    assert page.lost[run] >= hub_gone


def test_the_last_events_of_a_process_that_are_thrown_away_are_told_as_lost_too(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    """Nothing comes after them that would show the gap: what the process says of itself does."""
    server = start_redis()
    address = start_hub(FLASKSCOPE_REDIS_URL=server.url)
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("2")
    run = one_run(page)
    page.until(lambda page: is_whole(page, run, 2))
    hub = start_hub.programs[address]  # type: ignore[attr-defined]
    hub.process.send_signal(signal.SIGSTOP)
    # The hub was waiting for the first of these when it was stopped: Redis has answered it already.
    for requests in (4, 6):
        worker.say("2")
        until(lambda requests=requests: last_sent(server) == requests * 9)  # type: ignore[misc]
    server.ask("XTRIM", STREAM, "MAXLEN", "0")
    hub.process.send_signal(signal.SIGCONT)

    page.until(lambda page: page.numbers[run][-1] == 6 * 9)
    assert_gapless(page, run)
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
    run = one_run(page)
    page.until(lambda page: is_whole(page, run, 2))
    server.ask("DEL", STREAM)

    worker.say("2")

    page.until(lambda page: is_whole(page, run, 4))
    assert_gapless(page, run)


def test_what_others_write_into_the_stream_is_left_out(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    server = start_redis()
    address = start_hub(FLASKSCOPE_REDIS_URL=server.url)
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    worker.say("1")
    run = one_run(page)
    page.until(lambda page: is_whole(page, run, 1))
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

    page.until(lambda page: is_whole(page, run, 2))
    assert_gapless(page, run)
    assert [run] == list(page.processes)
    hub = start_hub.programs[address]  # type: ignore[attr-defined]
    hub.wait_for("leaves out something that is in Redis at ")
    assert 1 == hub.output.count("leaves out")
    assert "Traceback" not in hub.output


def test_more_processes_than_there_is_room_for_make_room_for_those_that_live(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
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
            until(lambda: last_sent(server) == 2 * 9)

    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))

    page.until(lambda page: "run99" in page.numbers)
    mine = next(run for run, each in page.processes.items() if each["process"]["pid"] == worker.process.pid)
    worker.say("1")
    page.until(lambda page: is_whole(page, mine, 3))
    assert_gapless(page, mine)
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

    run = one_run(page)
    page.until(lambda page: is_whole(page, run, 3))

    assert worker.process.pid == page.processes[run]["process"]["pid"]
    assert page.hello["run"] not in page.processes


def test_how_sure_the_clock_of_a_process_is_comes_with_it(
    start_redis: StartRedis, start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    url = start_redis().url
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=url)
    worker.say("1")

    run = one_run(page)

    clock: dict[str, Any] = page.processes[run]["clock"]
    assert page.hello["clock"]["machine"] == clock["machine"]
    assert ("machine", 0) == (clock["by"], clock["uncertainty_ms"])
    assert abs(clock["offset_ms"]) < 50


def last_sent(server: Redis) -> int:
    """The number of the last event that the only process says it has sent."""
    keys = server.ask("KEYS", "flaskscope:1:alive:*")
    beat = server.ask("GET", keys[0]) if keys else None
    return 0 if beat is None else int(json.loads(beat)["last"])


def until(condition: Callable[[], Any], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.05)


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
    assert time.monotonic() - begun < 2
    assert "Traceback" not in program.output


def test_nobody_reads_while_nobody_looks(start_redis: StartRedis, monkeypatch: pytest.MonkeyPatch) -> None:
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
        until(lambda: not threads())
    reader.stop()
    reader.want()
    assert [] == threads()
