"""Several processes and one hub: every event arrives once, in order, or is told as lost."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.deadlines import stop_seconds

if TYPE_CHECKING:
    from conftest import Page, Program  # type: ignore[import-not-found]

Start = Callable[..., "Program"]
StartHub = Callable[..., str]
StartWorker = Callable[..., "Program"]


def test_two_processes_are_told_apart_with_numbers_of_their_own(
    start_hub: Callable[..., str], start_worker: Callable[..., Program], open_page: Callable[[str], Page]
) -> None:
    address = start_hub()
    page = open_page(address)
    workers = [start_worker(FLASKSCOPE_HUB_URL=address), start_worker(FLASKSCOPE_HUB_URL=address)]
    for worker in workers:
        worker.say("20")

    page.until(lambda page: len(page.processes) == 2)
    page.until(lambda page: all(page.is_whole(run, 20) for run in page.processes))

    assert {worker.process.pid for worker in workers} == {
        process["process"]["pid"] for process in page.processes.values()
    }
    for run in page.processes:
        assert list(range(1, len(page.rows[run]) + 1)) == [row[0] for row in page.rows[run]]
        lanes = page.processes[run]["lanes"]
        assert all(lane[2] == page.processes[run]["process"]["pid"] for lane in lanes)


def test_a_flask_command_sends_all_of_it_before_it_ends(
    start_hub: Callable[..., str], start: Start, open_page: Callable[[str], Page]
) -> None:
    address = start_hub()
    page = open_page(address)

    command = start(
        "-m", "flask", "--app", "plain", "count", FLASKSCOPE_ENABLED="1", FLASKSCOPE_HUB_URL=address
    )

    assert 0 == command.wait()
    process = page.until(lambda page: page.named("flask count") or page.named("flask"))
    page.until(lambda page: page.processes[process["run"]]["state"] == "ended")
    page.until(lambda page: "context.popped" in page.kinds(process["run"]))
    assert ["context.pushed", "g.set"] == page.kinds(process["run"])[:2]


def test_a_hub_that_is_killed_and_comes_back_misses_and_doubles_nothing(
    start_hub: Callable[..., str], start_worker: Callable[..., Program], open_page: Callable[[str], Page]
) -> None:
    address = start_hub()
    port = re.search(r":(\d+)", address)
    assert port is not None
    worker = start_worker(FLASKSCOPE_HUB_URL=address)
    for _ in range(2):
        worker.say("30")
        page = open_page(address)
        page.until(lambda page: page.processes)
        start_hub.programs[address].kill()  # type: ignore[attr-defined]
        worker.say("30")
        start_hub("--port", port[1])

    page = open_page(address)
    run = page.until(lambda page: next(iter(page.processes), None))
    page.until(lambda page: page.is_whole(run, 120))
    assert list(range(1, len(page.rows[run]) + 1)) == page.numbers[run]


def test_a_page_that_comes_back_gets_only_what_it_has_not(
    start_hub: Callable[..., str], start_worker: Callable[..., Program], open_page: Callable[[str], Page]
) -> None:
    address = start_hub()
    worker = start_worker(FLASKSCOPE_HUB_URL=address)
    worker.say("5")
    first = open_page(address)
    run = first.until(lambda page: next(iter(page.processes), None))
    first.until(lambda page: page.is_whole(run, 5))
    worker.say("5")
    worker.wait_for(r"(?s)done.*done")

    second = open_page(address)
    second.rows.clear()
    second.numbers.clear()
    second.follow({run: first.numbers[run][-1]})

    # What it asked for by coming on may still be on its way: the first that it has not comes in any case.
    second.until(lambda page: first.numbers[run][-1] + 1 in page.numbers.get(run, []))


def test_a_wrong_token_is_refused_and_a_right_one_not(
    start_hub: Callable[..., str], start_worker: Callable[..., Program], open_page: Callable[[str], Page]
) -> None:
    address = start_hub(FLASKSCOPE_TOKEN="a-token-that-is-long-enough")
    page = open_page(address)
    stranger = start_worker(FLASKSCOPE_HUB_URL=address.replace("a-token", "no-token"))
    friend = start_worker(FLASKSCOPE_HUB_URL=address)
    for worker in (stranger, friend):
        worker.say("1")

    page.until(lambda page: page.processes)
    stranger.wait_for(
        r"cannot send its events to the hub at \S+/feed \(the token is wrong: set FLASKSCOPE_HUB_URL to the whole"
    )
    assert [friend.process.pid] == [each["process"]["pid"] for each in page.processes.values()]
    assert "no-token" not in stranger.output


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        (r"\?.*", "", "it needs a token: set FLASKSCOPE_HUB_URL to the whole address"),
        # The same machine, under a name that the hub does not know.
        (
            r"127\.0\.0\.1",
            "127.1",
            "it does not let this host in, or not by this name of it: .* FLASKSCOPE_HOSTS",
        ),
        ("/_flaskscope/", "/elsewhere/", "there is no hub at this address: its path may be another one"),
    ],
)
def test_why_a_hub_refuses_is_said_with_what_to_do(
    start_hub: StartHub, start_worker: StartWorker, right: str, wrong: str, reason: str
) -> None:
    address = start_hub(FLASKSCOPE_TOKEN="a-token-that-is-long-enough")
    worker = start_worker(FLASKSCOPE_HUB_URL=re.sub(right, wrong, address))

    worker.say("1")

    worker.wait_for(rf"cannot send its events to the hub at \S+ \({reason}")


@pytest.mark.parametrize("options", [(), ("--preload",), ("-k", "gevent")])
def test_each_gunicorn_worker_is_a_process_of_its_own(
    start_hub: Callable[..., str],
    start: Start,
    open_page: Callable[[str], Page],
    options: tuple[str, ...],
) -> None:
    """With --preload they are forked from one that has FlaskScope already: neither run nor thread is shared."""
    address = start_hub()
    page = open_page(address)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = start(
        *("-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4", *options, "shop:app"),
        FLASKSCOPE_ENABLED="1",
        FLASKSCOPE_HUB_URL=address,
    )
    server.wait_for(r"(?s)Booting worker.*Booting worker")

    def both_have_answered(page: Page) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            pass
        return len([run for run in page.processes if "request.finished" in page.kinds(run)]) == 2

    page.until(both_have_answered)
    workers = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    assert sorted(map(int, workers)) == sorted(each["process"]["pid"] for each in page.processes.values())
    for run, rows in page.rows.items():
        numbers = [row[0] for row in rows]
        assert list(range(numbers[0], numbers[-1] + 1)) == numbers, run
        assert run not in page.lost

    begun = time.monotonic()
    server.process.terminate()
    assert 0 == server.wait()
    # gunicorn's gevent worker itself looks only once a second whether it is to end.
    assert time.monotonic() - begun < stop_seconds() + (3 if "gevent" in options else 0)
    page.until(lambda page: {"ended"} == {each["state"] for each in page.processes.values()})


def test_a_process_ends_though_the_hub_is_frozen(
    start_hub: Callable[..., str], start_worker: Callable[..., Program], open_page: Callable[[str], Page]
) -> None:
    """It is connected, and what it sends is taken by the kernel, or not, but nobody reads."""
    address = start_hub()
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_HUB_URL=address)
    worker.say("1")
    page.until(lambda page: page.processes)
    start_hub.programs[address].process.send_signal(signal.SIGSTOP)  # type: ignore[attr-defined]
    worker.say("2000")
    worker.wait_for(r"(?s)done.*done")

    begun = time.monotonic()
    assert worker.process.stdin is not None
    worker.process.stdin.close()

    assert 0 == worker.wait()
    assert time.monotonic() - begun < stop_seconds()


def test_a_hub_ends_at_once_with_pages_and_processes(
    start_hub: Callable[..., str], start_worker: Callable[..., Program], open_page: Callable[[str], Page]
) -> None:
    address = start_hub()
    page = open_page(address)
    worker = start_worker(FLASKSCOPE_HUB_URL=address)
    worker.say("1")
    page.until(lambda page: page.processes)
    hub = start_hub.programs[address]  # type: ignore[attr-defined]

    begun = time.monotonic()
    hub.process.send_signal(signal.SIGINT)

    assert 0 == hub.wait()
    assert time.monotonic() - begun < stop_seconds()
    assert "Traceback" not in hub.output


def test_a_process_whose_hub_it_is_itself_sends_nothing(
    start: Start,
    open_page: Callable[[str], Page],
    free_port: int,
    ask: Callable[[int], int],
    start_worker: StartWorker,
) -> None:
    """One setting for all processes of a shell; others are told at the same place."""
    address = f"http://127.0.0.1:{free_port}"
    app = start(
        *("-m", "flaskscope", "run", "--app", "plain", "--port", str(free_port)), FLASKSCOPE_HUB_URL=address
    )
    app.wait_for("Stop with")
    page = open_page(f"{address}/_flaskscope/")
    ask(free_port)
    worker = start_worker(FLASKSCOPE_HUB_URL=address)
    worker.say("3")

    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 3))

    assert worker.process.pid == page.processes[run]["process"]["pid"]
    assert [run] == list(page.processes)
    assert "cannot send" not in app.output


def test_a_mistaken_setting_does_not_end_flask_commands(start: Start) -> None:
    command = start(
        *("-m", "flask", "--app", "plain", "count"), FLASKSCOPE_ENABLED="maybe", FLASKSCOPE_HUB_URL="http://x"
    )

    assert 0 == command.wait()
    assert "FLASKSCOPE_ENABLED is 'maybe'" in command.output


@pytest.mark.parametrize("answer", ["close", "silence", "nonsense"])
def test_what_is_no_hub_is_said_and_does_not_hold_the_process(
    start_worker: Callable[..., Program], answer: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        worker = start_worker(FLASKSCOPE_HUB_URL=f"http://127.0.0.1:{server.getsockname()[1]}/_flaskscope")
        worker.say("1")
        server.settimeout(20)
        connection, _ = server.accept()
        with connection:
            if answer == "close":
                connection.shutdown(socket.SHUT_RDWR)
            elif answer == "nonsense":
                connection.sendall(b"what?\r\n\r\n")
            worker.wait_for("cannot send its events to the hub at")

        begun = time.monotonic()
        assert worker.process.stdin is not None
        worker.process.stdin.close()
        assert 0 == worker.wait()
        assert time.monotonic() - begun < stop_seconds()
        assert "Traceback" not in worker.output
