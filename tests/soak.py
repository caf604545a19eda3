"""An app, its pages, a hub and a Redis for many minutes, with restarts of all of them: figures, not a test.

``python tests/soak.py --minutes 10`` prints what the requests of the app took without FlaskScope and with it, what each
page was told, and the memory of every process. It ends with 1 if anything was lost that nobody was told of, or told
twice.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

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

_HEAD = re.compile(rb'"type":"(\w+)"(?:,"run":"(\w+)")?(?:,"from":(\d+),"to":(-?\d+))?(?:,"count":(\d+))?')
_LOADERS = 8


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass
class Page:
    """What one page was told, by run. It comes back when it is sent away, and says what it has."""

    url: str
    has: dict[str, int] = field(default_factory=dict)
    own: str | None = None
    events: int = 0
    finished: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    whys: set[str] = field(default_factory=set)
    connections: int = 0
    size: int = 0

    def read(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            with (
                contextlib.suppress(OSError, WebSocketException, EOFError),
                connect(self.url, max_size=None, compression=None, open_timeout=5) as connection,
            ):
                self.connections += 1
                self._follow(connection, stopping)
            stopping.wait(0.3)

    def stall(self, stopping: threading.Event) -> None:
        """Connect, and read nothing; again when the server has had enough of it."""
        parts = re.match(r"ws://([\d.]+):(\d+)(/.*)", self.url)
        assert parts is not None
        head = f"GET {parts[3]} HTTP/1.1\r\nHost: {parts[1]}:{parts[2]}\r\nUpgrade: websocket\r\n"
        head += "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        head += "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
        while not stopping.is_set():
            with contextlib.suppress(OSError), socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                connection.connect((parts[1], int(parts[2])))
                self.connections += 1
                connection.sendall(head.encode())
                # A peer that was cut off is told by an error only when it writes: an empty pong harms nobody.
                while not stopping.wait(2):
                    connection.sendall(b"\x8a\x80\0\0\0\0")

    def _follow(self, connection: ClientConnection, stopping: threading.Event) -> None:
        hello = json.loads(connection.recv(timeout=10))
        self.own = str(hello["run"])
        begun = self.has.setdefault(self.own, 0)
        others = {run: last for run, last in self.has.items() if run != self.own}
        wish = {"v": 1, "type": "follow", "after": begun, "run": self.own, "processes": others or True}
        connection.send(json.dumps(wish))
        while not stopping.is_set():
            with contextlib.suppress(TimeoutError):
                message = connection.recv(timeout=0.5)
                self._take(message if isinstance(message, bytes) else message.encode())

    def _take(self, message: bytes) -> None:
        self.size += len(message)
        head = _HEAD.search(message[:300])
        if head is None or head[1] not in (b"events", b"lost") or head[3] is None:
            return
        run = head[2].decode() if head[2] else self.own
        assert run is not None
        first, last = int(head[3]), int(head[4])
        if first != self.has.get(run, 0) + 1:
            self.wrong.append(f"{run}: {first} to {last} after {self.has.get(run, 0)}")
        self.has[run] = max(self.has.get(run, 0), last)
        if head[1] == b"lost":
            self.lost += int(head[5] or 0)
            told = json.loads(message)
            self.whys.add(f"{told['from']} to {told['to']}, {told['where']}: {told['why']}")
        else:
            self.events += last - first + 1
            self.finished += message.count(b'"request.finished"')


class Load:
    """Requests at a steady rate, whatever they take, for *seconds*."""

    def __init__(self, port: int, rate: float) -> None:
        self.port = port
        self.rate = rate
        self.took: list[float] = []
        self.failed = 0

    def start(self, seconds: float) -> threading.Thread:
        """Send for *seconds* from a process of its own: those who read here would be in its way."""
        mine, others = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_send, args=(self.port, self.rate, seconds, others))
        process.start()

        def wait() -> None:
            self.took, self.failed = mine.recv()
            process.join()

        thread = threading.Thread(target=wait)
        thread.start()
        return thread

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._work, args=(number, end)) for number in range(_LOADERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, number: int, end: float) -> None:
        pause = _LOADERS / self.rate
        due = time.monotonic() + pause * number / _LOADERS
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        waiting = threading.Event()
        while (now := time.monotonic()) < end:
            waiting.wait(max(0.0, due - now))
            begun = time.monotonic()
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
                self.took.append(time.monotonic() - begun)
            except (OSError, http.client.HTTPException):
                # A worker that ends closes its idle connections.
                self.failed += 1
                connection.close()
            due = max(due + pause, begun)
        connection.close()

    def told(self) -> str:
        took = sorted(self.took)
        p50, p99 = (took[int(len(took) * part)] * 1e3 for part in (0.5, 0.99))
        return f"{len(took):>8,} answered, {self.failed} sent anew, p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def _send(port: int, rate: float, seconds: float, told: Connection) -> None:
    load = Load(port, rate)
    load.run(seconds)
    told.send((load.took, load.failed))


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


def soak(options: argparse.Namespace, folder: Path) -> int:
    seconds = options.minutes * 60
    rate = options.events / EVENTS_OF_A_REQUEST
    programs = Programs(folder)
    (folder / "soak.py").write_text(APP, encoding="utf-8")

    bare_port = free_port()
    bare_app = programs.start_app(bare_port, FLASKSCOPE_ENABLED="0")
    Load(bare_port, rate).run(2)
    bare = Load(bare_port, rate)
    bare.start(max(10.0, seconds / 10)).join()
    end(bare_app)
    print("without FlaskScope ", bare.told(), flush=True)

    programs.start_redis()
    await_port(programs.redis_port)
    port, hub_port = free_port(), free_port()
    app = programs.start_app(port, FLASKSCOPE_ENABLED="1", FLASKSCOPE_REDIS_URL=programs.redis_url)
    hub = programs.start_hub(hub_port)
    stopping = threading.Event()
    app_url, hub_url = (f"ws://127.0.0.1:{each}/_flaskscope/stream?follow=1" for each in (port, hub_port))
    stalled = [Page(app_url.partition("?")[0]) for _ in range(options.stalled)]
    pages = [Page(app_url) for _ in range(options.pages - options.stalled - 2)]
    of_hub = [Page(hub_url) for _ in range(2)]
    works = [page.stall for page in stalled] + [page.read for page in (*pages, *of_hub)]
    readers = [threading.Thread(target=work, args=(stopping,), daemon=True) for work in works]
    for reader in readers:
        reader.start()

    memory = Memory()
    load = Load(port, rate)
    loading = load.start(seconds)
    begun = time.monotonic()
    used: dict[int, float] = {}
    plan = [(seconds * part, what) for part, what in ((0.3, "reload"), (0.5, "redis"), (0.7, "reload"))]
    while loading.is_alive():
        loading.join(2)
        memory.look("hub", hub.pid)
        for pid in workers_of(app):
            memory.look("worker", pid)
            used[pid] = memory.use(pid)
        if plan and time.monotonic() - begun >= plan[0][0]:
            what = plan.pop(0)[1]
            print(f"{time.monotonic() - begun:7.0f} s  {what}", flush=True)
            if what == "reload":
                app.send_signal(signal.SIGHUP)
            else:
                assert programs.redis is not None
                programs.redis.kill()
                programs.redis.wait()
                threading.Event().wait(3)
                programs.start_redis()
    threading.Event().wait(8)  # what is on its way arrives; a worker that was killed is given up
    ended_app = end(app)
    threading.Event().wait(3)
    stopping.set()
    for reader in readers:
        reader.join(5)
    ended_hub = end(hub)
    end(programs.redis)
    programs.log.close()

    print("with FlaskScope    ", load.told())
    print(f"the app's workers used {sum(used.values()) / seconds:.0%} of a processor")
    print(f"Ctrl+C with {len(works)} pages: app {ended_app:.1f} s, hub {ended_hub:.1f} s")
    print("memory at 0, 1/4, 1/2, 3/4 and the end of each process's life:")
    print("\n".join(memory.told()))
    answered = len(load.took)
    wrong = 0
    for kind, group in (("app's", pages), ("hub's", of_hub)):
        for number, page in enumerate(group, start=1):
            wrong += len(page.wrong)
            print(
                f"  {kind} page {number:>2}: {page.events:>9,} events, {page.lost:>7,} told as lost, "
                f"{page.finished:>8,} of {answered:,} requests, {page.connections} connections, "
                f"{page.size / 1e6:.0f} MB, {len(page.wrong)} untold gaps or doubles {page.wrong[:2] or ''}"
            )
    for why in sorted({why for page in (*pages, *of_hub) for why in page.whys})[:20]:
        print(f"  lost: {why}")
    print(f"  stalled pages: {[page.connections for page in stalled]} connections")
    log = (folder / "log").read_text("utf-8", "replace")
    print(
        "log of all processes:\n"
        + "\n".join(f"  {line}" for line in log.splitlines() if "FlaskScope" in line or "Error" in line)
    )
    silent = [page for page in (*pages, *of_hub) if page.finished < answered and not page.lost]
    print(
        "ALL COUNTED" if not wrong and not silent else f"NOT ALL COUNTED: {wrong} gaps, {len(silent)} pages"
    )
    return 1 if wrong or silent else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--stalled", type=int, default=2, help="how many of the pages read nothing")
    parser.add_argument("--events", type=float, default=2_000.0, help="events a second")
    options = parser.parse_args()
    # A shell that runs us in the background has Ctrl+C ignored, and whatever we start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        return soak(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
