"""Real hubs and real processes that send their events to them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
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
            [sys.executable, *arguments],
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

    def _take(self, message: dict[str, Any]) -> None:
        run = message.get("run")
        if message["type"] == "process":
            self.processes[message["run"]] = message
        elif message["type"] == "events" and run is not None:
            self.rows.setdefault(run, []).extend(message["rows"])
            self.numbers.setdefault(run, []).extend(range(message["from"], message["to"] + 1))
        elif message["type"] == "lost" and run is not None:
            self.lost[run] = self.lost.get(run, 0) + message["count"]
            self.numbers.setdefault(run, []).extend(range(message["from"], message["to"] + 1))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start Python with arguments in a folder with a shop in it; it is ended afterwards."""
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "plain.py").write_text(re.sub(r".*FlaskScope.*\n", "", SHOP))
    started: list[Program] = []

    def run(*arguments: str, **environment: str) -> Program:
        program = Program(tmp_path, arguments, environment)
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


@pytest.fixture
def open_page() -> Iterator[Callable[[str], Page]]:
    """Open a page at an address that a hub printed; it is closed afterwards."""
    with contextlib.ExitStack() as pages:

        def open_one(address: str) -> Page:
            stream = re.sub(r"^http(.*/)(\?.*)?$", r"ws\1stream\2", address)
            return Page(pages.enter_context(connect(stream, max_size=None)))

        yield open_one
