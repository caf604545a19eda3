"""``flaskscope`` as people run it: a process in a folder with a few files."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

#: Seconds that a process has; long, since the machine may be busy.
SECONDS = 60

#: An app whose /page fails for want of a name in g that /login had set.
SHOP = """
from flask import Flask, g, session


def create_app():
    app = Flask("shop")
    app.secret_key = "for the tests only"

    @app.get("/login")
    def login():
        g.user = "ada"
        session["user"] = "ada"
        return "welcome"

    @app.get("/page")
    def page():
        return g.user

    return app


app = create_app()
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``flaskscope`` with *arguments* in *folder* to its end."""
    return subprocess.run(
        [sys.executable, "-m", "flaskscope", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


class Running:
    """``flaskscope`` with *arguments* while it runs; what it prints is kept as it comes."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.output = ""
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flaskscope", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str) -> str:
        """Return the first match of *pattern* in what was printed."""
        with self._changed:
            self._changed.wait_for(
                lambda: re.search(pattern, self.output) or not self._reader.is_alive(), SECONDS
            )
        match = re.search(pattern, self.output)
        assert match is not None, f"no {pattern!r} in:\n{self.output}"
        return match[0]

    def interrupt(self) -> int:
        """Press Ctrl+C; return the exit status."""
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """End it without a warning, if it still runs."""
        self._process.kill()
        self.wait()

    def wait(self) -> int:
        """Wait for its end; return the exit status."""
        status = self._process.wait(SECONDS)
        self._reader.join(SECONDS)
        return status

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                with self._changed:
                    self.output += line
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()
