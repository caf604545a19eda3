"""What a full journal takes of a process.

Run as a program, it prints by how much the resident memory of a process of its own grows while 100,000 events of real
requests come into the journal, numbered and ready to be read, for each of three apps:

    python tests/hub/memory.py

The growth counts from after 350 requests, the last 50 of them recorded: what Flask, the client and FlaskScope load and
remember once is there by then. Events that came before the latest 100,000 have left, and what is counted is everything
that is left after a garbage collection: the journal, what the numbering of events remembers, and what the allocator did
not give back.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable

from flask import Flask, g, jsonify, session
from flask.typing import ResponseReturnValue

from flaskscope.hub.journal import Journal
from flaskscope.record.recorder import attach

EVENTS = 100_000
REQUESTS_BEFORE, REQUESTS_A_TIME = 50, 20


def app_for_measuring() -> Flask:
    """Return an app with a view that does nothing, one that does what views do, and one that writes a lot to ``g``."""
    app = Flask("measured")
    app.secret_key = "for the tests only"

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/index")
    def index() -> ResponseReturnValue:
        g.user, g.started = "ada", time.time()
        session["visits"] = session.get("visits", 0) + 1
        return jsonify(user=g.user, visits=session["visits"])

    @app.get("/g100")
    def g100() -> str:
        for number in range(100):
            g.number = number
        return "done"

    return app


def growth(path: str, capacity: int, taken: Callable[[], int]) -> int:
    """Return by how many bytes *taken* grows while a journal of *capacity* is filled by requests to *path*."""
    app = app_for_measuring()
    client = app.test_client()
    journal = Journal(capacity)
    for _ in range(6 * REQUESTS_BEFORE):
        client.get(path)
    with attach(app, journal) as recording:
        for _ in range(REQUESTS_BEFORE):
            client.get(path)
        recording.flush()
        gc.collect()
        before = taken()
        while journal.last < capacity * 1.05:
            for _ in range(REQUESTS_A_TIME):
                client.get(path)
            recording.flush()
        gc.collect()
        grown = taken() - before
        first, last = journal.bounds()
        assert capacity == last - first + 1
        assert 0 == recording.failures == recording.dropped
    return grown


def resident() -> int:
    """Return the bytes of this process that are in memory, as Linux counts them."""
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Rss:"))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(
            f"{sys.argv[1]:8} {growth(sys.argv[1], EVENTS, resident) / 2**20:5.1f} MiB for {EVENTS:,} events"
        )
    else:
        for each in ("/hello", "/index", "/g100"):
            subprocess.run([sys.executable, __file__, each], check=True)
