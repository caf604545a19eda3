"""What programs are told of other processes, by `/events`, `/messages`, `flaskscope tail` and `flaskscope doctor`."""

from __future__ import annotations

import json
import signal
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Page, Program  # type: ignore[import-not-found]

Start = Callable[..., "Program"]
StartHub = Callable[..., str]
StartWorker = Callable[..., "Program"]
OpenPage = Callable[[str], "Page"]

#: The failure is caught further out: where the function itself expected a RuntimeError, it would not be told.
BROKEN = """
from shop import app
from flask import current_app
import contextlib

def name_too_early():
    return current_app.name

with contextlib.suppress(Exception):
    name_too_early()
with app.app_context():
    pass
"""


#: Leaves a context pushed, says so, and ends at the next line.
LEAKY = """
from shop import app
import sys

app.app_context().push()
print("pushed", flush=True)
sys.stdin.readline()
"""

#: Forks while a context is pushed, properly, and leaves one pushed in the child.
FORKING = """
import os, sys
from shop import app

with app.app_context():
    print("pushed", flush=True)
    sys.stdin.readline()
    if os.fork():
        os.wait()
    else:
        app.app_context().push()
        os._exit(0)
"""


def lines(address: str, query: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}events?{query}", timeout=10) as response:
        return [json.loads(line) for line in response]


def a_process_has_answered(start_worker: StartWorker, address: str, page: Page, requests: int) -> str:
    worker = start_worker(FLASKSCOPE_HUB_URL=address)
    worker.say(str(requests))
    run: str = page.until(lambda page: next(iter(page.processes), None))
    page.until(lambda page: page.kinds(run).count("request.finished") == requests)
    return run


def test_lines_of_other_processes_come_for_those_who_ask(
    start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    address = start_hub()
    page = open_page(address)
    run = a_process_has_answered(start_worker, address, page, 3)

    told = lines(address, "processes=1")

    assert list(range(1, len(page.rows[run]) + 1)) == [line["number"] for line in told]
    assert {run} == {line["run"] for line in told}
    process = page.processes[run]["process"]
    assert process == told[0]["process"]
    values = [line["value"] for line in told if line["kind"] == "g.set"]
    assert [{"text": "'ada'", "type": "str", "size": 3, "flags": 0}] * 3 == values
    assert {"index"} == {line["site"]["function"] for line in told if line["kind"] == "g.set"}
    assert [] == lines(address, "after=0")


def test_messages_of_other_processes_come_as_lines_too(
    start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage
) -> None:
    address = start_hub()
    page = open_page(address)
    run = a_process_has_answered(start_worker, address, page, 3)
    last = page.numbers[run][-1]

    def told(processes: str, count: int) -> list[dict[str, Any]]:
        query = urllib.parse.urlencode({"after": 0, "processes": processes})
        with urllib.request.urlopen(f"{address}messages?{query}", timeout=10) as response:
            found: list[dict[str, Any]] = []
            while len(found) < count:
                line = response.readline()
                if line.strip():
                    found.append(json.loads(line))
            return found

    hello, process, events = told("1", 3)
    assert ["hello", "process", "events"] == [each["type"] for each in (hello, process, events)]
    assert (run, 1) == (events["run"], events["from"])
    hello, process, events = told(json.dumps({run: last - 2}), 3)
    assert last == events["to"]
    assert events["from"] > 1 or len(page.rows[run]) == events["to"]


def test_tail_prints_them_with_the_name_of_the_process(
    start_hub: StartHub, start_worker: StartWorker, open_page: OpenPage, start: Start
) -> None:
    address = start_hub()
    tail = start("-m", "flaskscope", "tail", "--url", address)
    page = open_page(address)
    run = a_process_has_answered(start_worker, address, page, 1)
    pid = page.processes[run]["process"]["pid"]

    tail.wait_for(rf"worker\.py {pid}: .*g\.set +g\.user = 'ada'")
    told = start("-m", "flaskscope", "tail", "--url", address, "--no-follow", "-f", "json")
    assert 0 == told.wait()
    first = json.loads(told.output.splitlines()[0])
    assert (1, run, pid) == (first["number"], first["run"], first["process"]["pid"])


def test_the_doctor_examines_each_process_by_itself(
    start_hub: StartHub, open_page: OpenPage, start: Start, tmp_path: Any
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    address = start_hub()
    doctor = start("-m", "flaskscope", "doctor", "--url", address)
    broken = [
        start("broken.py", FLASKSCOPE_ENABLED="1", FLASKSCOPE_HUB_URL=address, PYTHONUNBUFFERED="1")
        for _ in range(2)
    ]

    for process in broken:
        assert 0 == process.wait()
        doctor.wait_for(rf"(?s)In broken\.py \({process.process.pid}\):\nerror: outside-app-context")

    doctor.process.send_signal(signal.SIGINT)
    assert 1 == doctor.wait()
    assert "2 errors in" in doctor.output


def test_a_context_that_is_still_pushed_when_its_process_ends_is_told_then(
    start_hub: StartHub, open_page: OpenPage, start: Start, tmp_path: Any
) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    address = start_hub()
    page = open_page(address)
    doctors = [start("-m", "flaskscope", "doctor", "--url", address)]
    live, leaky = [start("leaky.py", FLASKSCOPE_ENABLED="1", FLASKSCOPE_HUB_URL=address) for _ in range(2)]
    page.until(lambda page: [1, 1] == [len(rows) for rows in page.rows.values()])
    assert {} == page.problems

    leaky.say("end")

    assert 0 == leaky.wait()
    run = page.until(
        lambda page: next((run for run in page.processes if page.state_of(run) == "ended"), None)
    )
    assert leaky.process.pid == page.processes[run]["process"]["pid"]
    page.until(lambda page: page.problems)
    assert {run: ["context-left-pushed"]} == page.problems
    doctors.append(start("-m", "flaskscope", "doctor", "--url", address))
    for doctor in doctors:
        doctor.wait_for(rf"In leaky\.py \({leaky.process.pid}\):\nerror: context-left-pushed")
        doctor.process.send_signal(signal.SIGINT)
        assert 1 == doctor.wait()
        assert "1 error in " in doctor.output
        assert str(live.process.pid) not in doctor.output


def test_what_a_forked_process_has_of_its_parent_is_not_told_at_its_end(
    start_hub: StartHub, open_page: OpenPage, start: Start, tmp_path: Any
) -> None:
    (tmp_path / "forking.py").write_text(FORKING)
    address = start_hub()
    page = open_page(address)
    forking = start("forking.py", FLASKSCOPE_ENABLED="1", FLASKSCOPE_HUB_URL=address)
    page.until(lambda page: any(page.rows.values()))

    forking.say("fork")

    assert 0 == forking.wait()
    page.until(lambda page: ["ended"] * 2 == [each["state"] for each in page.processes.values()])
    page.until(lambda page: page.problems)
    ((run, rules),) = page.problems.items()
    assert ["context-left-pushed"] == rules
    assert forking.process.pid != page.processes[run]["process"]["pid"]
