"""The app, the hub and the Redis, and what they use."""

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
from collections.abc import Iterator
from pathlib import Path

APP = """
from flask import Flask, g, session
from flaskscope import FlaskScope

app = Flask("soak")
app.secret_key = "for the soak only"
FlaskScope(app)


@app.get("/")
def index():
    g.user = "ada"
    session["visits"] = session.get("visits", 0) + 1
    return "ok"
"""

#: Events of one request of that app.
EVENTS_OF_A_REQUEST = 12


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Memory:
    """The resident memory of processes, looked at every few seconds."""

    def __init__(self) -> None:
        self.samples: dict[str, list[float]] = {}

    def look(self, name: str, pid: int) -> None:
        with contextlib.suppress(OSError):
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
            if found is not None:
                self.samples.setdefault(f"{name} {pid}", []).append(int(found[1]) / 1024)

    def use(self, pid: int) -> float:
        """Return how many seconds of a processor *pid* has used."""
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def told(self) -> Iterator[str]:
        for name, series in self.samples.items():
            quarters = [series[min(len(series) - 1, len(series) * part // 4)] for part in range(5)]
            yield f"  {name:<16} " + " → ".join(f"{each:.1f}" for each in quarters) + " MB"


class Programs:
    """What runs beside us."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis_port = free_port()
        self.log = (folder / "log").open("wb")
        self.redis: subprocess.Popen[bytes] | None = None

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def start_redis(self) -> None:
        options = ("--save", "", "--appendonly", "no")
        self.redis = self._start("redis-server", "--port", str(self.redis_port), *options)

    def start_app(self, port: int, **environment: str) -> subprocess.Popen[bytes]:
        command = (
            "-m",
            "gunicorn",
            "-b",
            f"127.0.0.1:{port}",
            "--threads",
            "48",
            "--log-level",
            "warning",
            "soak:app",
        )
        started = self._start(sys.executable, *command, **environment)
        await_port(port)
        return started

    def start_hub(self, port: int) -> subprocess.Popen[bytes]:
        command = ("-m", "flaskscope", "hub", "--port", str(port))
        started = self._start(sys.executable, *command, FLASKSCOPE_REDIS_URL=self.redis_url)
        await_port(port)
        return started

    def _start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, cwd=self.folder, env={**os.environ, **environment}, stdout=self.log, stderr=self.log
        )


def await_port(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < end, f"nothing answers on port {port}"
        threading.Event().wait(0.05)


def workers_of(server: subprocess.Popen[bytes]) -> list[int]:
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii")
        return [int(each) for each in children.split()]
    return []


def end(process: subprocess.Popen[bytes] | None) -> float:
    """End *process* as Ctrl+C would, and return how many seconds that took."""
    if process is None:
        return 0.0
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return time.monotonic() - begun
