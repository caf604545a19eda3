"""The way to a hub: a WebSocket."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from simple_websocket import Client, ConnectionClosed
from simple_websocket import ConnectionError as HandshakeError

from flaskscope import wire
from flaskscope.bus.clocks import Offset
from flaskscope.bus.switchboard import FullError, NeedlessError
from flaskscope.errors import MessageError

#: Where a hub is if its address does not say so.
USUAL_PATH = "/_flaskscope"

#: Seconds the hub has to answer our hello.
ANSWER_SECONDS = 5.0

#: Seconds to wait for the hub to tell the time. What is to be sent waits meanwhile.
CLOCK_SECONDS = 0.5

#: Seconds without a word of the hub, which is asked for the time every few seconds, before it counts as gone.
SILENCE_SECONDS = 30.0


class FeedAddress:
    """Where a hub takes events in, made of what a person writes.

    ``ws://host:port/_flaskscope`` or the address that ``flaskscope hub`` prints, token and all. Without a path
    the usual one is meant.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = urlsplit(url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        given = parse_qs(parts.query).get("token", [])
        self.host = parts.netloc.rpartition("@")[2]
        # Without token, name and password, so that it can be logged.
        self.url = urlunsplit((scheme, self.host, (parts.path.rstrip("/") or USUAL_PATH) + "/feed", "", ""))
        self.token = given[0] if given else token

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return what is sent along when a connection is opened."""
        return [(b"Authorization", b"Bearer " + self.token.encode())] if self.token else []


class HubWay:
    """The way to the hub at *address*.

    Args:
        address: Where it is.
        harden: Wraps the connection's socket so that a peer that does not read cannot hold us.
    """

    def __init__(self, address: FeedAddress, harden: Callable[[Any], Any]) -> None:
        self._address = address
        self._harden = harden

    @property
    def name(self) -> str:
        """Its address, without what is secret."""
        return f"the hub at {self._address.url}"

    @contextlib.contextmanager
    def open(self, hello: Callable[[], dict[str, Any]]) -> Iterator[_HubTalk]:
        """Connect, and say who we are.

        Raises:
            Exception: If the hub is not there, does not let us in or does not answer.
        """
        raw: list[Any] = []

        def make_reader(*, target: Callable[[], None]) -> threading.Thread:
            # The only moment between the connection and its first use: the target is a method of the client.
            client: Any = target.__self__  # type: ignore[attr-defined]
            raw.append(client.sock)
            client.sock = self._harden(client.sock)
            return threading.Thread(target=target, name="flaskscope-feed-reader", daemon=True)

        thread_class: Any = make_reader
        try:
            try:
                client: Any = _Client.connect(
                    self._address.url, headers=self._address.headers(), thread_class=thread_class
                )
            except HandshakeError as error:
                raise self._refused(error.status_code) from None
            try:
                yield _HubTalk(client, hello())
            finally:
                with contextlib.suppress(Exception):
                    client.close()
                client.sock.close()
                client.thread.join(ANSWER_SECONDS)
        finally:
            for each in raw:
                each.close()

    def _refused(self, status: int | None) -> ConnectionError:
        """Return what it means that the hub answers with *status*, and what to do."""
        if status == 401:
            which = "the token is wrong" if self._address.token else "it needs a token"
            return ConnectionError(
                f"{which}: set FLASKSCOPE_HUB_URL to the whole address that the hub printed at its start, with ?token=…"
            )
        if status == 403:
            return ConnectionError(
                "it does not let this host in, or not by this name of it: start the hub with FLASKSCOPE_TOKEN, and "
                "with the name in FLASKSCOPE_HOSTS"
            )
        if status == 503:
            return FullError("it is full: end other processes that send to it, or start another hub")
        if status in {301, 302, 303, 307, 308, 404}:
            return ConnectionError("there is no hub at this address: its path may be another one")
        return ConnectionError(f"it refused with HTTP status {status}")


class _HubTalk:
    def __init__(self, client: Any, hello: dict[str, Any]) -> None:
        self._client = client
        self._heard = time.monotonic()
        clock = hello["clock"]
        self._offset = Offset((int(clock["monotonic_ns"]), clock["unix_ms"]), "hub")
        client.send(json.dumps(hello))
        self.after = self._answered(hello["run"])

    def send(self, messages: list[bytes], last: int) -> None:
        for message in messages:
            self._client.send(message.decode("ascii"))

    def rest(self) -> None:
        self._hear()
        if self._offset.is_due:
            best = self._offset.best()
            self._client.send(wire.encode_asking(self._offset.ask(), best).decode("ascii"))
            # At once: an answer that lies about looks like a long way.
            self._hear(CLOCK_SECONDS)
        if self._offset.best() is not None and time.monotonic() - self._heard > SILENCE_SECONDS:
            raise TimeoutError("it does not answer any more")
        self._client.sock.check()

    def finish(self) -> None:
        """The close handshake says it."""

    def _hear(self, wait_seconds: float = 0) -> None:
        """Take in what the hub said since, or says within *wait_seconds*.

        Raises:
            ConnectionClosed: If it has left.
        """
        while (text := self._client.receive(timeout=wait_seconds)) is not None:
            wait_seconds = 0
            self._heard = time.monotonic()
            answer = wire.parse_answer(text)
            if answer is not None:
                self._offset.learn(*answer)
        if not self._client.connected:
            raise ConnectionClosed(self._client.close_reason, self._client.close_message)

    def _answered(self, run: str) -> int:
        """Return the number of the last event that the hub has of us."""
        text = self._client.receive(timeout=ANSWER_SECONDS)
        if text is None:
            raise TimeoutError("it does not answer")
        try:
            wish = wire.parse_follow(text)
        except MessageError:
            told = wire.parse_object(text)
            if told.get("value") == wire.ITSELF:
                raise NeedlessError from None
            raise ConnectionRefusedError(str(told.get("what", "it refused"))) from None
        return wish.after if wish.run == run else 0


class _Client(Client):  # type: ignore[misc]
    """A client that waits for an answer to its handshake for so long, and no longer."""

    def handshake(self) -> None:
        connection: Any = self.sock  # type: ignore[has-type]
        connection.settimeout(ANSWER_SECONDS)
        answering: Any = _Answering(connection)
        self.sock = answering
        try:
            super().handshake()
        except BaseException:
            connection.close()
            raise
        self.sock = connection
        connection.settimeout(None)


class _Answering:
    """The *connection* during the handshake, in which simple-websocket would read for ever from one that is closed."""

    def __init__(self, connection: Any) -> None:
        self.send = connection.send
        self._connection = connection

    def recv(self, size: int) -> bytes:
        found: bytes = self._connection.recv(size)
        if not found:
            raise ConnectionError("it closed the connection")
        return found
