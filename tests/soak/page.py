"""A page that counts what it is told."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

_HEAD = re.compile(rb'"type":"(\w+)"(?:,"run":"(\w+)")?(?:,"from":(\d+),"to":(-?\d+))?(?:,"count":(\d+))?')


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
