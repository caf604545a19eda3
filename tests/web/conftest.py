"""Real servers with a real app under FlaskScope, and a WebSocket client that shows the bytes."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, g, session
from werkzeug.serving import WSGIRequestHandler, make_server

from flaskscope.extension import FlaskScope, Scope
from flaskscope.web.actions import Outcome, Scenario

DEADLINE_SECONDS = 10.0


class QuietHandler(WSGIRequestHandler):
    """Logs nothing."""

    def log_request(self, *args: Any) -> None:
        pass


def raise_value_error() -> Outcome:
    raise ValueError("this scenario is broken")


def an_app(config: dict[str, Any] | None = None, scenarios: tuple[Scenario, ...] = ()) -> Flask:
    app = Flask("watched")
    app.secret_key = "for tests"
    app.config.update(config or {})

    @app.get("/")
    def index() -> dict[str, int]:
        g.user = "ada"
        session["visits"] = session.get("visits", 0) + 1
        return {"visits": session["visits"]}

    def push_by_hand() -> Outcome:
        with app.app_context():
            g.job = "mail"
        return Outcome(ok=True, summary="One context was pushed by hand.")

    own = (
        Scenario("index", "GET /", "Counts your visits", "request", "request", path="/"),
        Scenario("by-hand", "By hand", "Pushes one", "without", "scenario", run=push_by_hand),
        Scenario("broken", "Broken", "Raises", "wrong", "scenario", run=raise_value_error),
    )
    FlaskScope(app, scenarios=own + scenarios, enabled=True)
    return app


class Peer:
    """A WebSocket client on a plain socket: it sends what it is told to, and shows what came."""

    def __init__(
        self,
        port: int,
        *,
        path: str = "/_flaskscope/stream",
        headers: dict[str, str | None] | None = None,
        method: str = "GET",
        receive_buffer: int | None = None,
    ) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE_SECONDS)
        self.socket.connect(("127.0.0.1", port))
        wanted: dict[str, str | None] = {
            "Host": f"127.0.0.1:{port}",
            "Origin": f"http://127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **(headers or {}),
        }
        lines = [
            f"{method} {path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in wanted.items() if value is not None),
        ]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        self.pending = b""
        while b"\r\n\r\n" not in self.pending:
            if not self._receive():
                break
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        self.status = int(self.head.split()[1]) if self.head else 0

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.socket.close()

    def _receive(self) -> bool:
        chunk = self.socket.recv(65536)
        self.pending += chunk
        return bool(chunk)

    def send_frame(self, opcode: int, payload: bytes = b"", *, is_last: bool = True) -> None:
        mask = os.urandom(4)
        length = len(payload)
        if length < 126:
            size = struct.pack("!B", 0x80 | length)
        else:
            size = struct.pack("!BH", 0xFE, length) if length < 65_536 else struct.pack("!BQ", 0xFF, length)
        masked = bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
        self.socket.sendall(bytes([opcode | (0x80 if is_last else 0)]) + size + mask + masked)

    def send(self, message: Any) -> None:
        self.send_frame(1, (message if isinstance(message, str) else json.dumps(message)).encode())

    def follow(self, after: int, run: str | None = None) -> None:
        self.send({"v": 1, "type": "follow", "after": after, "run": run})

    def frame(self) -> tuple[int, bytes] | None:
        """The next frame as opcode and payload; ``None`` when the connection has ended."""
        while True:
            buffer = self.pending
            if len(buffer) >= 2:
                length, at = buffer[1], 2
                if length == 126 and len(buffer) >= 4:
                    length, at = struct.unpack_from("!H", buffer, 2)[0], 4
                elif length == 127 and len(buffer) >= 10:
                    length, at = struct.unpack_from("!Q", buffer, 2)[0], 10
                is_whole_head = buffer[1] < 126 or at > 2
                if is_whole_head and len(buffer) >= at + length:
                    self.pending = buffer[at + length :]
                    return buffer[0] & 0x0F, buffer[at : at + length]
            try:
                if not self._receive():
                    return None
            except ConnectionError:
                return None

    def message(self) -> dict[str, Any]:
        """The next text message."""
        while True:
            frame = self.frame()
            assert frame is not None, "the connection ended"
            assert frame[0] != 8, f"closed with {frame[1]!r}"
            if frame[0] == 1:
                message: dict[str, Any] = json.loads(frame[1])
                return message

    def until(self, kind: str) -> dict[str, Any]:
        """The next message of type *kind*; those before it are thrown away."""
        while True:
            message = self.message()
            if message["type"] == kind:
                return message

    def close_code(self) -> int | None:
        """The code the server closes with; everything before it is thrown away."""
        while True:
            frame = self.frame()
            if frame is None:
                return None
            if frame[0] == 8:
                return int(struct.unpack("!H", frame[1][:2])[0])

    def rest(self) -> bytes:
        """All bytes until the server ends the connection."""
        try:
            while self._receive():
                pass
        except ConnectionError:
            pass
        return self.pending


@dataclass
class Served:
    """An app that a server of its own answers for, on *port*."""

    app: Flask
    port: int

    @property
    def scope(self) -> Scope:
        scope: Scope = self.app.extensions["flaskscope"]
        return scope

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self.send("GET", path, None, **headers)

    def send(
        self, method: str, path: str, body: bytes | None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=body,
            method=method,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with _opener.open(request, timeout=DEADLINE_SECONDS) as response:
                return response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def fire(self, name: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        data = json.dumps({} if body is None else body).encode()
        status, _, answer = self.send(
            "POST", f"/_flaskscope/fire/{name}", data, Content_Type="application/json"
        )
        return status, json.loads(answer)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def wait_until(condition: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        threading.Event().wait(0.01)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start a server for an app that has FlaskScope, and stop it afterwards."""
    running: list[tuple[Any, threading.Thread, Flask]] = []

    def start(config: dict[str, Any] | None = None, scenarios: tuple[Scenario, ...] = ()) -> Served:
        app = an_app(config, scenarios)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread, app))
        return Served(app, server.server_port)

    yield start

    for server, thread, app in running:
        app.extensions["flaskscope"].hub.stop()
        server.shutdown()
        server.server_close()
        thread.join(DEADLINE_SECONDS)
        app.extensions["flaskscope"].recording.detach()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()


@pytest.fixture
def connect() -> Iterator[Callable[..., Peer]]:
    """Open a WebSocket to a served app; it is closed afterwards."""
    peers: list[Peer] = []

    def open_peer(served: Served, **options: Any) -> Peer:
        peer = Peer(served.port, **options)
        peers.append(peer)
        return peer

    yield open_peer

    for peer in peers:
        peer.socket.close()


@pytest.fixture
def wait() -> Callable[..., None]:
    return wait_until
