"""The demo as a person starts it: a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

#: Seconds that the server has to print its address, and to end when it is told to.
START_SECONDS = 30
STOP_SECONDS = 10


class DemoServer:
    """``flaskscope demo`` as a process of its own, on a port of 127.0.0.1 that was free.

    Args:
        folder: Where it is started and keeps its secret key.
        command: What to start instead, as the arguments of ``flaskscope``.
    """

    def __init__(self, folder: Path, command: Sequence[str] = ("demo", "--no-open")) -> None:
        self._folder = folder
        self._command = command
        self._port = _free_port()
        self._process: subprocess.Popen[str] | None = None
        self._lines: list[str] = []
        self._printed = threading.Condition()
        self.address = ""  #: of the dashboard, as the server printed it

    def start(self) -> None:
        """Start it, and wait until it has printed its address and answers.

        A server that was stopped starts again on its old port, as a person would do it.
        """
        first_line = len(self._lines)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flaskscope", *self._command, "--port", str(self._port)],
            cwd=self._folder,
            env={
                **{name: text for name, text in os.environ.items() if not name.startswith("FLASKSCOPE_")},
                "FLASKSCOPE_DEMO_INSTANCE": str(self._folder / "instance"),
                "PYTHONUNBUFFERED": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        self.address = self._wait_for_address(first_line)
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it as Ctrl-C does, and whatever it started. Does nothing if it is not running."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def output(self) -> str:
        """Return all that it has printed so far."""
        with self._printed:
            return "".join(self._lines)

    def url(self, path: str) -> str:
        """Return the address of *path*, which begins with a slash, in the watched app."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}{path}"

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                with self._printed:
                    self._lines.append(line)
                    self._printed.notify_all()
        with self._printed:
            self._printed.notify_all()

    def _wait_for_address(self, first_line: int) -> str:
        pattern = re.compile(r"http://\S+?/_flaskscope/\S*")

        def found() -> re.Match[str] | None:
            return pattern.search("".join(self._lines[first_line:]))

        assert self._process is not None
        with self._printed:
            self._printed.wait_for(lambda: found() or not self._is_running(), START_SECONDS)
            match = found()
        if match is None:
            self.kill()
            pytest.fail(f"the demo printed no address within {START_SECONDS} s, but this:\n{self.output()}")
        return match.group()

    def _wait_until_it_answers(self) -> None:
        parts = urlsplit(self.address)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1).close()
            except OSError as error:
                if time.monotonic() > deadline or not self._is_running():
                    self.kill()
                    pytest.fail(f"nobody answers at {self.address} ({error}). It printed:\n{self.output()}")
                with self._printed:
                    self._printed.wait(0.05)
            else:
                return

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            if process.poll() is None:
                process.send_signal(how)
                process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.fail(f"the demo did not end within {STOP_SECONDS} s of {how.name}:\n{self.output()}")
        finally:
            # The group is its own: scenarios that still run end with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
