"""A download that is given up halfway, under a real gunicorn: its thread answers the next request.

``python -m flaskscope.demo.faults.streams /export`` starts the server, is its two visitors, and prints what they got.
Exit status 1: the second visitor saw what belongs to the first.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

_HOST = "127.0.0.1"

#: One worker with one thread, so that the second visitor surely meets the thread of the first one.
_GUNICORN = (
    *("-m", "gunicorn", "--worker-class", "gthread", "--threads", "1", "--workers", "1"),
    *("--bind", f"{_HOST}:0", "--graceful-timeout", "2", "flaskscope.demo.faults.exports:make_app()"),
)

#: Seconds for each step: the server's start, an answer, its end.
_STEP_SECONDS = 10.0

#: Bytes that the first visitor reads before hanging up.
_ENOUGH = 1_000

_MISSING = "gunicorn is not installed. Install it beside FlaskScope (pip install gunicorn), and press again."


def main() -> int:
    """Run the server and both visitors."""
    if sys.platform == "win32" or find_spec("gunicorn") is None:
        print(_MISSING)
        return 2
    with _gunicorn() as port:
        _give_up_halfway(port, sys.argv[1])
        print(f"Ada asks for {sys.argv[1]} and hangs up after the first {_ENOUGH:,} bytes.")
        with urllib.request.urlopen(f"http://{_HOST}:{port}/whose", timeout=_STEP_SECONDS) as answer:
            owner = json.load(answer)["owner"]
    if owner is None:
        print("Grace asks next, of the same thread, and finds an empty g.")
        return 0
    print(
        f"Grace asks next, of the same thread, and finds {owner!r} in her g: Ada's context is still pushed."
    )
    return 1


@contextmanager
def _gunicorn() -> Iterator[int]:
    """Run gunicorn and yield the port that it chose."""
    with subprocess.Popen([sys.executable, *_GUNICORN], stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            said = ""
            # Its lines are few: what it writes later does not fill the pipe.
            for line in server.stderr:
                said += line
                listening = re.search(rf"Listening at: http://{re.escape(_HOST)}:(\d+)", line)
                if listening is not None:
                    yield int(listening[1])
                    break
            else:
                raise RuntimeError(f"gunicorn did not start:\n{said}")
        finally:
            server.terminate()
            try:
                server.wait(_STEP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _give_up_halfway(port: int, path: str) -> None:
    """Ask for *path*, read its beginning, and leave so that the server's next write fails."""
    with socket.create_connection((_HOST, port), timeout=_STEP_SECONDS) as visitor:
        visitor.sendall(f"GET {path}?for=ada HTTP/1.1\r\nHost: {_HOST}\r\n\r\n".encode())
        read = 0
        while read < _ENOUGH:
            piece = visitor.recv(_ENOUGH)
            if not piece:
                raise RuntimeError("The server ended the download by itself.")
            read += len(piece)
        # No farewell but a reset: what a browser does whose tab is closed with data on the way.
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


if __name__ == "__main__":
    sys.exit(main())
