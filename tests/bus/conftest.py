"""Real hubs and real processes that send their events to them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from websockets.sync.client import ClientConnection, connect

START_SECONDS = 30.0

SHOP = """
from flask import Flask, g
from flaskscope import FlaskScope

app = Flask("shop")
FlaskScope(app)


@app.get("/")
def index():
    g.user = "ada"
    return "the shop"


@app.cli.command("count")
def count():
    g.counted = 3
    print("counted")
"""


class Program:
    """A process in *folder*, whose output is kept."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            arguments,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        with self._changed:
            self._changed.wait_for(
                lambda: re.search(pattern, self.output) or not self._reader.is_alive(), START_SECONDS
            )
        match = re.search(pattern, self.output)
        assert match is not None, self.output
        return match

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, seconds: float = START_SECONDS) -> int:
        status = self.process.wait(seconds)
        self._reader.join(START_SECONDS)
        return status

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(START_SECONDS)
        self._reader.join(START_SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def kill_child(self, pid: int) -> None:
        """Kill one of the processes that it has started."""
        assert os.getpgid(pid) == self.process.pid
        os.kill(pid, signal.SIGKILL)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError):
            for line in self.process.stdout:
                with self._changed:
                    self.output += line
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


class Page:
    """What a page that asks for other processes is told, by run."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.processes: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, list[list[Any]]] = {}
        self.lost: dict[str, int] = {}
        self.numbers: dict[str, list[int]] = {}
        self.wheres: dict[str, set[str]] = {}
        self.problems: dict[str, list[str]] = {}
        #: Events of processes that the hub does not have any more.
        self.forgotten = 0
        self.hello = json.loads(self.connection.recv(timeout=10))
        self.follow({})

    def follow(self, known: dict[str, int]) -> None:
        wish = {"v": 1, "type": "follow", "after": 0, "run": None, "processes": known or True}
        self.connection.send(json.dumps(wish))

    def until(self, condition: Callable[[Page], Any], seconds: float = START_SECONDS) -> Any:
        """Read until *condition* holds, and return what it returned."""
        end = time.monotonic() + seconds
        while not (found := condition(self)):
            assert time.monotonic() < end, f"{self.processes}\n{self.rows}"
            with contextlib.suppress(TimeoutError):
                self._take(json.loads(self.connection.recv(timeout=0.2)))
        return found

    def named(self, name: str) -> dict[str, Any] | None:
        """The process called *name*, once it is there."""
        return next((each for each in self.processes.values() if each["process"]["name"] == name), None)

    def kinds(self, run: str) -> list[str]:
        return [row[2] for row in self.rows.get(run, [])]

    def is_whole(self, run: str, requests: int) -> bool:
        """Whether so many requests of *run* have been told to their end."""
        return self.kinds(run).count("request.finished") == requests

    def one_run(self) -> str:
        """The first process that is told of."""
        run: str = self.until(lambda page: next(iter(page.processes), None))
        return run

    def state_of(self, run: str) -> str:
        state: str = self.processes[run]["state"]
        return state

    def assert_gapless(self, run: str) -> None:
        """Every number from 1 on was told exactly once, as an event or as lost."""
        assert list(range(1, len(self.numbers[run]) + 1)) == self.numbers[run]

    def _take(self, message: dict[str, Any]) -> None:
        run = message.get("run")
        if message["type"] == "process":
            self.processes[message["run"]] = message
        elif message["type"] == "events" and run is not None:
            self.rows.setdefault(run, []).extend(message["rows"])
            self.numbers.setdefault(run, []).extend(range(message["from"], message["to"] + 1))
        elif message["type"] == "problem" and run is not None:
            self.problems.setdefault(run, []).append(message["rule"])
        elif message["type"] == "lost" and run is None:
            self.forgotten += message["count"]
        elif message["type"] == "lost" and run is not None:
            self.lost[run] = self.lost.get(run, 0) + message["count"]
            self.wheres.setdefault(run, set()).add(message["where"])
            self.numbers.setdefault(run, []).extend(range(message["from"], message["to"] + 1))


@pytest.fixture
def start(tmp_path: Path, start_program: Callable[..., Program]) -> Callable[..., Program]:
    """Start Python with arguments in a folder with a shop in it; it is ended afterwards."""
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "plain.py").write_text(re.sub(r".*FlaskScope.*\n", "", SHOP))

    def run(*arguments: str, **environment: str) -> Program:
        program = start_program(sys.executable, *arguments, **environment)
        return program

    return run


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start a program in that folder; ``python`` is this one. It is ended afterwards."""
    started: list[Program] = []

    def run(*arguments: str, **environment: str) -> Program:
        command = tuple(sys.executable if each == "python" else each for each in arguments)
        program = Program(tmp_path, command, environment)
        started.append(program)
        return program

    yield run

    for program in started:
        program.kill()
        print(f"--- {program.process.args!r} printed\n{program.output}")


@pytest.fixture
def start_hub(start: Callable[..., Program]) -> Callable[..., str]:
    """Start a hub and return its address."""

    def run(*options: str, **environment: str) -> str:
        hub = start("-m", "flaskscope", "hub", *(options or ("--port", "0")), **environment)
        address = hub.wait_for(r"http://\S+")[0]
        programs[address] = hub
        return address

    programs: dict[str, Program] = {}
    run.programs = programs  # type: ignore[attr-defined]
    return run


class Redis:
    """A real redis-server on a port of its own, which nothing is kept of when it is restarted."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.begin()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def begin(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no", *self.options],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert time.monotonic() < end, "redis-server does not start"
            threading.Event().wait(0.02)

    def ask(self, *command: str, password: str | None = None) -> Any:
        with redis.Redis(port=self.port, password=password, decode_responses=True, protocol=2) as client:
            return client.execute_command(*command)

    def last_sent(self) -> int:
        """The number of the last event that the only process says it has sent."""
        keys = self.ask("KEYS", "flaskscope:1:alive:*")
        beat = self.ask("GET", keys[0]) if keys else None
        return 0 if beat is None else int(json.loads(beat)["last"])

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(START_SECONDS)


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[Callable[..., Redis]]:
    """Start a Redis with options; it is ended afterwards."""
    started: list[Redis] = []

    def run(*options: str) -> Redis:
        server = Redis(tmp_path, *options)
        started.append(server)
        return server

    yield run

    for server in started:
        server.kill()


@pytest.fixture
def wait() -> Callable[..., None]:
    """Wait until a condition holds."""

    def until(condition: Callable[[], Any], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end
            threading.Event().wait(0.05)

    return until


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
def ask() -> Callable[[int], int]:
    """Ask a server on a port for its first page, and return the status."""

    def get(port: int) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
            return int(response.status)

    return get


#: Sends as many requests as the next line says, and goes on until there are no more lines.
WORKER = """
import sys, time
from shop import app

client = app.test_client()
for line in sys.stdin:
    begun = time.monotonic()
    slowest = 0
    for _ in range(int(line)):
        started = time.monotonic()
        client.get("/")
        slowest = max(slowest, time.monotonic() - started)
    # In one piece: what is logged meanwhile goes to the same place.
    sys.stdout.write(f"done {time.monotonic() - begun:.3f} {slowest:.3f}\\n")
    sys.stdout.flush()
"""


@pytest.fixture
def start_worker(start: Callable[..., Program], tmp_path: Path) -> Callable[..., Program]:
    """Start a process that answers as many requests as it is told to, with its settings in the environment."""
    (tmp_path / "worker.py").write_text(WORKER)

    def run(**environment: str) -> Program:
        return start("worker.py", FLASKSCOPE_ENABLED="1", **environment)

    return run


@pytest.fixture
def open_page() -> Iterator[Callable[[str], Page]]:
    """Open a page at an address that a hub printed; it is closed afterwards."""
    with contextlib.ExitStack() as pages:

        def open_one(address: str) -> Page:
            stream = re.sub(r"^http(.*/)(\?.*)?$", r"ws\1stream\2", address)
            return Page(pages.enter_context(connect(stream, max_size=None)))

        yield open_one
