"""``flaskscope`` as a process, and an app for it."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tests.deadlines import stop_seconds

#: Seconds that a process has to print its address; long, since the machine may be busy.
START_SECONDS = 30

APP = """
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return "the user's app"


def create_app(word: str = "none") -> Flask:
    made = Flask("made")
    made.add_url_rule("/", view_func=lambda: f"made with {word}")
    return made


app.run()
"""


class Command:
    """``flaskscope`` with *arguments*, as a process; its output is kept as it comes."""

    def __init__(self, *arguments: str, folder: Path, module: str = "flaskscope", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env={**os.environ, "FLASKSCOPE_DEMO_INSTANCE": str(folder / "instance"), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self._is_silent = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of *pattern* in what the process printed; fail if it ends without one."""

        def done() -> bool:
            return re.search(pattern, self.output) is not None or self._is_silent

        with self._changed:
            self._changed.wait_for(done, START_SECONDS)
            match = re.search(pattern, self.output)
        assert match is not None, f"no {pattern!r} in:\n{self.output}"
        return match

    def address(self) -> str:
        return self.wait_for(r"http://\S+")[0]

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        """Send a GET to the server; return status, headers and body."""
        parts = urlsplit(self.address())
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()

    def interrupt(self) -> int:
        """Press Ctrl+C; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(stop_seconds())
        self._reader.join(stop_seconds())
        return status

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(START_SECONDS)
        self._reader.join(START_SECONDS)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                with self._changed:
                    self.output += line
                    self._changed.notify_all()
        with self._changed:
            self._is_silent = True
            self._changed.notify_all()


Starter = Callable[..., Command]


def run(*arguments: str, module: str = "flaskscope", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that is to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
