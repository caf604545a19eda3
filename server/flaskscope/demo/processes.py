"""Runs a piece of the demo as a real process, with a time limit and bounded output."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: How long a process may take, in seconds. Then it is killed and reported.
TIME_LIMIT_SECONDS = 20.0

#: Characters kept of what a process writes. It may write more: the beginning is let go, since Python's
#: tracebacks say at the end what happened.
MAX_OUTPUT = 20_000

_CHUNK = 4_096


@dataclass(frozen=True, slots=True)
class Exited:
    """How a process came to its end.

    *status* is its exit status, negative for the signal that ended it; ``None`` if it was killed because its time
    was up. *output* is what it wrote to standard output and standard error, in order, at most `MAX_OUTPUT`
    characters.
    """

    status: int | None
    output: str


def run_python(
    arguments: Sequence[str],
    *,
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
    max_output: int = MAX_OUTPUT,
) -> Exited:
    """Run this Python with *arguments*, without a shell, and return how it exited.

    Raises:
        OSError: If the process cannot be started.
    """
    # The interpreter that runs us, with arguments the server lists itself: nothing comes from the page.
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        tail = _Tail(process.stdout, max_output)
        reader = threading.Thread(target=tail.read, name="process-output", daemon=True)
        reader.start()
        status: int | None
        try:
            status = process.wait(time_limit_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
        reader.join(time_limit_seconds)
    return Exited(status, tail.text())


class _Tail:
    """The last *limit* characters of a stream, read to its end so that its writer never waits."""

    def __init__(self, stream: IO[str], limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._kept = ""
        self._total = 0

    def read(self) -> None:
        while chunk := self._stream.read(_CHUNK):
            self._total += len(chunk)
            self._kept = (self._kept + chunk)[-self._limit :]

    def text(self) -> str:
        if self._total <= self._limit:
            return self._kept
        notice = f"[The first {self._total - self._limit:,} characters and more are left out.]\n"
        return notice + self._kept[len(notice) :]


def _environment() -> dict[str, str]:
    """Return this process's environment, in which the child finds the same package and writes plain UTF-8."""
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "FLASK_SKIP_DOTENV": "1"}
    package_parent = str(Path(__file__).resolve().parents[2])
    # Not for an installed package: site-packages ahead of the standard library would hide parts of it.
    if package_parent not in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        earlier = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{earlier}{os.pathsep}{package_parent}" if earlier else package_parent
    return environment
