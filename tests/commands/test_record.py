"""``flaskscope record``, ``open`` and ``export``, with real programs and a real page's stream."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from flaskscope.recordings import read_recording
from tests.commands.command import Running, run

#: What a page is told more where a file is shown.
GOLDEN = Path(__file__).parents[1] / "wire" / "hello-recording.json"

JOB = "from shop import app\napp.test_client().get('/login')\n"


@pytest.fixture
def file(folder: Path) -> Path:
    """A recording of one request."""
    (folder / "job.py").write_text(JOB, encoding="utf-8")
    done = run(folder, "record", "-o", "run.jsonl", "--", "python", "job.py")
    assert 0 == done.returncode, done.stderr
    return folder / "run.jsonl"


def test_a_program_is_recorded_while_it_runs(file: Path) -> None:
    recorded = read_recording(file)

    assert "shop" == recorded.app
    assert {"g.set", "session.saved", "context.popped"} <= {event.kind for event in recorded.recorded}


def test_a_program_that_dies_leaves_what_it_did(folder: Path) -> None:
    """Killed without a warning, as the kernel does it when memory runs out."""
    (folder / "job.py").write_text(
        f"{JOB}print('visited', flush=True)\ninput_of_nobody = __import__('threading').Event().wait()\n"
    )
    running = Running(folder, "record", "-o", "run.jsonl", "--", "python", "job.py")
    try:
        running.wait_for("visited")
        path = folder / "run.jsonl"
        deadline = 300
        while b"context.popped" not in path.read_bytes() and deadline:
            deadline -= 1
            run(folder, "--version")
    finally:
        running.kill()

    assert "context.popped" in {event.kind for event in read_recording(path).recorded}


def test_a_recording_is_shown_as_if_it_were_running(folder: Path, file: Path) -> None:
    running = Running(folder, "open", str(file), "--port", "0", "--no-open")
    try:
        address = running.wait_for(r"http://\S+")
        with urllib.request.urlopen(address.partition("_flaskscope")[0], timeout=10) as page:
            assert "FlaskScope" in page.read().decode()
        origin = Origin(address.rpartition("/_")[0])
        with connect(address.replace("http", "ws") + "stream", origin=origin) as stream:
            hello = json.loads(stream.recv(10))
            stream.send('{"v":1,"type":"follow","after":0,"run":null}')
            rows = json.loads(stream.recv(10))["rows"]
    finally:
        running.kill()

    assert "shop" == hello["app"]["name"]
    assert "stretches" not in hello["recording"]
    assert [event.kind for event in read_recording(file).recorded] == [row[2] for row in rows]


def test_the_page_is_told_the_stretches_of_a_recording(folder: Path, file: Path) -> None:
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))["recording"]
    first, *events = file.read_text(encoding="utf-8").splitlines(keepends=True)
    clock = {"monotonic_ns": "5", "unix_ms": expected["unix_ms"]}
    header = {**json.loads(first), "clock": clock, "stretches": expected["stretches"]}
    labelled = folder / expected["name"]
    labelled.write_text(json.dumps(header) + "\n" + "".join(events), encoding="utf-8")

    running = Running(folder, "open", str(labelled), "--port", "0", "--no-open")
    try:
        address = running.wait_for(r"http://\S+")
        with connect(
            address.replace("http", "ws") + "stream", origin=Origin(address.rpartition("/_")[0])
        ) as stream:
            hello = json.loads(stream.recv(10))
    finally:
        running.kill()

    assert expected == hello["recording"]


def problems_shown(folder: Path, *options: str) -> list[str]:
    """Record a program that leaves a context pushed, open the recording, and return the rules that the page is told."""
    (folder / "leak.py").write_text("from shop import app\napp.app_context().push()\n", encoding="utf-8")
    done = run(folder, "record", "-o", "leak.jsonl", "--", "python", "leak.py")
    assert 0 == done.returncode, done.stderr
    running = Running(folder, "open", "leak.jsonl", "--port", "0", "--no-open", *options)
    rules: list[str] = []
    try:
        address = running.wait_for(r"http://\S+")
        with connect(
            address.replace("http", "ws") + "stream", origin=Origin(address.rpartition("/_")[0])
        ) as stream:
            stream.send('{"v":1,"type":"follow","after":0,"run":null}')
            with contextlib.suppress(TimeoutError):
                while True:
                    message = json.loads(stream.recv(3))
                    rules += [message["rule"]] if message["type"] == "problem" else []
    finally:
        running.kill()
    return rules


def test_a_context_that_is_still_pushed_where_a_recording_ends_is_a_problem(folder: Path) -> None:
    assert ["context-left-pushed"] == problems_shown(folder)


def test_a_rule_can_be_switched_off_for_a_recording(folder: Path) -> None:
    assert [] == problems_shown(folder, "-W", "context-left-pushed")


def test_a_rule_can_be_switched_off_by_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASKSCOPE_ALLOW", "context-left-pushed")

    assert [] == problems_shown(folder)


def test_a_running_app_is_recorded_until_ctrl_c(folder: Path, dashboard: str) -> None:
    running = Running(folder, "record", "-o", "run.jsonl", "--url", dashboard)
    urllib.request.urlopen(dashboard.partition("/_flaskscope")[0] + "/login", timeout=10).close()
    path = folder / "run.jsonl"
    try:
        attempts = 300
        while attempts and not (path.exists() and b"request.finished" in path.read_bytes()):
            attempts -= 1
            run(folder, "--version")
        status = running.interrupt()
    finally:
        running.kill()

    assert 0 == status
    assert "shop" == read_recording(path).app


def test_an_exported_trace_is_one_json_object(folder: Path, file: Path) -> None:
    done = run(folder, "export", str(file), "-o", "trace.json")

    assert 0 == done.returncode
    assert json.loads((folder / "trace.json").read_text("utf-8"))["traceEvents"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["open", "shop.py"], "shop.py, line 1: it is not the beginning of a recording"),
        (["open", "missing.jsonl"], "missing.jsonl: No such file"),
        (["export", "shop.py", "-o", "t.json"], "line 1"),
        (["record", "-o", "shop.py", "--", "python", "shop.py"], "shop.py: it exists already"),
        (["record", "-o", "run.jsonl"], "Say what to record"),
        (["record", "-o", "run.jsonl", "--", "ls"], "'ls' cannot be watched"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(folder: Path, arguments: list[str], says: str) -> None:
    done = run(folder, *arguments)

    assert 2 == done.returncode
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "run.jsonl").exists()
