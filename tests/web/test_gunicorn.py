"""The dashboard under gunicorn: threads are left for the app, and ends are quick and clean."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.deadlines import stop_seconds

if TYPE_CHECKING:
    from conftest import Peer  # type: ignore[import-not-found]

APP = """
from flask import Flask, g
from flaskscope import FlaskScope
from werkzeug.middleware.dispatcher import DispatcherMiddleware


def an_app(name):
    made = Flask(name)

    @made.get("/")
    def index():
        g.user = "ada"
        return "the shop"

    FlaskScope(made, enabled=True)
    return made


app = an_app("watched")
two = DispatcherMiddleware(app, {"/two": an_app("two")})
"""

START_SECONDS = 20.0


@dataclass
class Gunicorn:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            body: bytes = response.read()
            return body

    def worker(self) -> int | None:
        """The process of the worker, if there is one at this moment."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def worker_statistics(self) -> tuple[int, int]:
        """Threads and open files of the worker."""
        worker = self.worker()
        return len(os.listdir(f"/proc/{worker}/task")), len(os.listdir(f"/proc/{worker}/fd"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Gunicorn]]:
    """Start gunicorn with the options given, and end it afterwards."""
    (tmp_path / "watched.py").write_text(APP)
    started: list[Gunicorn] = []

    def run(*options: str, app: str = "watched:app") -> Gunicorn:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        log = tmp_path / "gunicorn.log"
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-b",
            f"127.0.0.1:{port}",
            "--chdir",
            str(tmp_path),
            *options,
        ]
        with log.open("wb") as output:
            process = subprocess.Popen([*command, app], stdout=output, stderr=output)
        server = Gunicorn(process, port, log)
        started.append(server)
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                server.get("/")
                return server
            except OSError:
                assert time.monotonic() < end, log.read_text()
                assert process.poll() is None, log.read_text()

    yield run

    for server in started:
        server.process.terminate()
        try:
            server.process.wait(10)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait(10)


def test_threads_are_left_for_the_app(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer], wait: Any
) -> None:
    server = start("-k", "gthread", "--threads", "4")
    peers = [connect(server) for _ in range(2)]
    for peer in peers:
        peer.until("hello")

    refused = connect(server)

    assert 503 == refused.status
    assert (
        b"2 streams are open already (pages, or processes that send here), and the app needs the rest"
        in refused.rest()
    )
    assert b"the shop" == server.get("/")
    assert "context.popped" == peers[0].until("events")["rows"][-1][2]
    peers[0].socket.close()
    wait(lambda: connect(server).status == 101, "the place was not given back")


def test_threads_are_left_for_two_apps_that_share_them(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer], wait: Any
) -> None:
    """Each has a dashboard of its own, but there is one pool of threads."""
    server = start("-k", "gthread", "--threads", "4", app="watched:two")
    paths = ["/_flaskscope/stream", "/two/_flaskscope/stream"]
    peers = [connect(server, path=path) for path in paths * 2]

    assert [101, 101, 503, 503] == [peer.status for peer in peers]
    assert b"2 streams are open already" in peers[3].rest()
    for path in ("/", "/two/"):
        assert b"the shop" == server.get(path)
    peers[0].socket.close()
    wait(lambda: connect(server, path=paths[1]).status == 101, "the place was not given back")


def test_a_worker_with_too_few_threads_is_told_what_to_use(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer]
) -> None:
    sync, few = start("-k", "sync"), start("-k", "gthread", "--threads", "2")

    for server in (sync, few):
        refused = connect(server)
        assert 503 == refused.status
        assert b"--threads 8" in refused.rest()
        assert b"the shop" == server.get("/")
        # Neither may lines, which a page asks for next, hold the only thread there is.
        for path in ("messages", "events?follow=1"):
            with pytest.raises(urllib.error.HTTPError) as lasting:
                server.get(f"/_flaskscope/{path}")
            with lasting.value as answer:
                assert 503 == answer.code
                assert "--threads 8" in json.load(answer)["remedy"]
        assert b"context.pushed" in server.get("/_flaskscope/events")


@pytest.mark.parametrize(
    ("setting", "said"),
    [({}, "unseen"), ({"FLASKSCOPE_HUB_URL": "http://127.0.0.1:9/_flaskscope/"}, "hub")],
    ids=["alone", "hub"],
)
def test_one_of_several_workers_says_that_it_is_not_all(
    start: Callable[..., Gunicorn],
    connect: Callable[..., Peer],
    monkeypatch: pytest.MonkeyPatch,
    setting: dict[str, str],
    said: str,
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    server = start("-k", "gthread", "--threads", "8", "--workers", "2")

    hellos = [connect(server).until("hello") for _ in range(4)]

    assert {said} == {hello["process"]["siblings"] for hello in hellos}
    pids = {hello["process"]["pid"] for hello in hellos}
    log = server.log.read_text()
    for pid in pids:
        assert 1 == log.count(f"This dashboard shows process {pid} only, and the server has others"), log


def test_the_only_worker_has_nothing_to_say(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer]
) -> None:
    server = start("-k", "gthread", "--threads", "8")

    assert connect(server).until("hello")["process"]["siblings"] is None
    assert "This dashboard shows" not in server.log.read_text()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
@pytest.mark.parametrize("options", [(), ("--preload",)])
def test_it_ends_at_once_although_dashboards_are_open(
    start: Callable[..., Gunicorn],
    connect: Callable[..., Peer],
    sign: signal.Signals,
    options: tuple[str, ...],
) -> None:
    """Its graceful timeout, 30 s, would pass if the streams did not see it coming."""
    server = start("-k", "gthread", "--threads", "8", *options)
    peers = [connect(server) for _ in range(3)]
    for peer in peers:
        peer.until("hello")

    begun = time.monotonic()
    server.process.send_signal(sign)
    codes = [peer.close_code() for peer in peers]
    server.process.wait(10)

    assert [1012, 1012, 1012] == codes
    assert time.monotonic() - begun < stop_seconds()
    assert "Traceback" not in server.log.read_text()


def test_pages_that_come_and_go_leave_nothing_behind(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer], wait: Any
) -> None:
    """Were the socket closed twice, gunicorn would lose count of its connections, or close somebody else's."""
    server = start("-k", "gthread", "--threads", "8", "--log-level", "debug")
    connect(server).until("hello")
    threads, files = server.worker_statistics()

    for number in range(20):
        with connect(server) as peer:
            assert 101 == peer.status
            peer.until("hello")
            if number % 2:
                peer.send_frame(8, (1000).to_bytes(2, "big"))
                assert 1000 == peer.close_code()
                assert b"" == peer.rest()

    # One connection is still open; eight threads at most belong to gunicorn's own pool.
    wait(lambda: server.worker_statistics()[1] <= files + 1, f"files {files} -> {server.worker_statistics()}")
    wait(
        lambda: server.worker_statistics()[0] <= threads + 8,
        f"threads {threads} -> {server.worker_statistics()}",
    )
    assert b"the shop" == server.get("/")
    log = server.log.read_text()
    assert "Traceback" not in log, log
    assert "Error" not in log, log


def test_a_gevent_worker_serves_pages_and_ends_at_once(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer]
) -> None:
    """Its streams are greenlets: they take no thread of the app's, and see the end coming all the same."""
    server = start("-k", "gevent")
    peers = [connect(server) for _ in range(10)]
    for peer in peers:
        peer.until("hello")
    for _ in range(5):
        assert b"the shop" == server.get("/")
    for peer in peers:
        assert "context.popped" == peer.until("events")["rows"][-1][2]

    begun = time.monotonic()
    server.process.terminate()
    codes = [peer.close_code() for peer in peers]
    server.process.wait(10)

    assert [1012] * 10 == codes
    # gunicorn's gevent worker itself looks only once a second whether it is to end, and whether all have left.
    assert time.monotonic() - begun < stop_seconds() + 2
    assert "Traceback" not in server.log.read_text()


def test_a_worker_that_restarts_does_not_wait_for_pages(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer]
) -> None:
    server = start("-k", "gthread", "--threads", "8")
    run = connect(server).until("hello")["run"]
    peers = [connect(server) for _ in range(3)]
    for peer in peers:
        peer.until("hello")

    begun = time.monotonic()
    server.process.send_signal(signal.SIGHUP)
    assert [1012, 1012, 1012] == [peer.close_code() for peer in peers]
    assert time.monotonic() - begun < stop_seconds()

    assert b"the shop" == server.get("/")
    assert run != connect(server).until("hello")["run"]


def test_what_succeeds_a_preloaded_worker_that_was_killed_is_another_run(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer], wait: Any
) -> None:
    """It counts its events from the beginning: under the same run a page would take them for some that it has."""
    server = start("-k", "gthread", "--threads", "8", "--preload")
    for _ in range(3):
        server.get("/")
    first = connect(server).until("hello")
    killed = first["process"]["pid"]
    assert killed == server.worker() != server.process.pid

    os.kill(killed, signal.SIGKILL)
    wait(lambda: server.worker() not in {None, killed}, "nobody came in its place")
    server.get("/")
    peer = connect(server)
    second = peer.until("hello")
    peer.follow(first["last"], first["run"])
    events = peer.until("events")

    assert first["run"] != second["run"]
    assert second["last"] < first["last"]
    assert (1, second["last"]) == (events["from"], events["to"])
    for hello in (first, second):
        assert {hello["process"]["pid"]} == {process for _, _, process in hello["lanes"]}


def test_preloaded_workers_are_runs_of_their_own(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer], wait: Any
) -> None:
    server = start("-k", "gthread", "--threads", "8", "--preload", "--workers", "2")
    runs: dict[int, str] = {}

    def both_have_answered() -> bool:
        with connect(server) as peer:
            hello = peer.until("hello")
        assert hello["run"] == runs.setdefault(hello["process"]["pid"], hello["run"])
        return len(runs) == 2

    wait(both_have_answered, "only one worker answers")
    assert 2 == len(set(runs.values()))


def test_many_pages_leave_the_app_its_threads(
    start: Callable[..., Gunicorn], connect: Callable[..., Peer]
) -> None:
    server = start("-k", "gthread", "--threads", "4")
    peers = [connect(server) for _ in range(10)]

    assert 2 == sum(peer.status == 101 for peer in peers)
    for _ in range(10):
        assert b"the shop" == server.get("/")
