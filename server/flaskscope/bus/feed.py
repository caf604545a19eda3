"""Sends what is recorded in this process to a hub, in the background. If the hub is away, the app does not notice."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit, urlunsplit

from simple_websocket import Client, ConnectionClosed

from flaskscope import wire
from flaskscope.errors import MessageError

logger = logging.getLogger(__name__)

#: Seconds between two looks for something to send while there is no connection.
LOOK_SECONDS = 0.2

#: Seconds to wait after a failed attempt: the first time, and at most.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0

#: Seconds the hub has to answer our hello.
ANSWER_SECONDS = 5.0

#: Seconds that the end of the process waits for what was not sent yet, if the hub can be reached.
FINISH_SECONDS = 1.0

_SENT = (b'{"v":1,"type":"events"', b'{"v":1,"type":"lost"')


class Place(Protocol):
    """A place in what was recorded: the part of a subscriber that a feed needs."""

    after: int

    def seek(self, after: int) -> None:
        """Go on after event number *after*."""

    def next(self, timeout_seconds: float) -> bytes | None:
        """Return the next message, or ``None``."""


class Recorded(Protocol):
    """What was recorded in this process: the part of its own hub that a feed needs."""

    @property
    def run(self) -> str:
        """The id of the recording."""

    @property
    def last(self) -> int:
        """The number of the newest event."""

    def flush(self) -> None:
        """Bring in what was recorded until now."""

    def subscribe(self) -> AbstractContextManager[Place]:
        """Give a place at the end."""


class FeedAddress:
    """Where a hub takes events in, made of what a person writes.

    ``ws://host:port/_flaskscope`` or the address that ``flaskscope hub`` prints, token and all.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = urlsplit(url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        given = parse_qs(parts.query).get("token", [])
        # Without the token, so that it can be logged.
        self.url = urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/feed", "", ""))
        self.token = given[0] if given else token
        self.host = parts.netloc.rpartition("@")[2]

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return what is sent along when a connection is opened."""
        return [(b"Authorization", b"Bearer " + self.token.encode())] if self.token else []


class Feed:
    """Sends what is *recorded* to the hub at *address*, from its own thread.

    Nothing waits for it: events wait in the journal, which is bounded, and what left it before it could be sent is
    told as ``lost``. It connects when there is something to send, again and again when that fails, and goes on
    after the last event that the other side has.

    Args:
        recorded: What is sent.
        greeting: Makes the ``hello``.
        address: Where to.
        harden: Wraps the connection's socket so that a peer that does not read cannot hold us.
    """

    def __init__(
        self,
        recorded: Recorded,
        greeting: Callable[[], bytes],
        address: FeedAddress,
        harden: Callable[[Any], Any],
    ) -> None:
        self._recorded = recorded
        self._greeting = greeting
        self._address = address
        self._harden = harden
        self._has_warned = False
        self._run = recorded.run
        self._begin = 0
        self._prepare()
        _feeds.add(self)

    def finish(self, seconds: float = FINISH_SECONDS) -> None:
        """Send what is left and end, within *seconds*; at once if the hub cannot be reached."""
        self._finishing.set()
        self._thread.join(seconds)
        self._stopped.set()

    def _prepare(self) -> None:
        self._finishing = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="flaskscope-feed", daemon=True)
        self._thread.start()

    def begin_anew_after_fork(self) -> None:
        """Go on as a process of its own: threads do not survive a fork, and its numbers are not the parent's."""
        self._run = secrets.token_hex(8)
        self._begin = self._recorded.last
        self._prepare()

    def _work(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopped.is_set():
            self._recorded.flush()
            if self._recorded.last <= self._begin:
                if self._finishing.is_set():
                    return
                self._finishing.wait(LOOK_SECONDS)
                continue
            try:
                self._connect_and_send()
                pause = FIRST_PAUSE_SECONDS
            # A guest: whatever is wrong with the hub, the address or the network, the app goes on.
            except Exception as error:  # noqa: BLE001
                self._warn(error)
            if self._finishing.is_set():
                return
            self._finishing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            reason = str(error) or type(error).__name__
            logger.warning(
                "FlaskScope cannot reach the hub at %s (%s); it goes on trying.", self._address.url, reason
            )

    def _connect_and_send(self) -> None:
        reader: Any = _Reader
        client: Any = Client.connect(self._address.url, headers=self._address.headers(), thread_class=reader)
        raw = client.sock
        client.sock = self._harden(raw)
        try:
            with self._recorded.subscribe() as subscriber:
                hello = json.loads(self._greeting())
                hello.update(run=self._run, begin=self._begin, scenarios=[], routes=[])
                client.send(json.dumps(hello))
                subscriber.seek(self._answer(client))
                if self._has_warned:
                    self._has_warned = False
                    logger.warning("FlaskScope has reached the hub at %s again.", self._address.url)
                self._send(client, subscriber)
        finally:
            with contextlib.suppress(Exception):
                client.close()
            client.sock.close()
            client.thread.join(ANSWER_SECONDS)
            raw.close()

    def _answer(self, client: Any) -> int:
        """Return the number of the last event that the hub has of us."""
        text = client.receive(timeout=ANSWER_SECONDS)
        if text is None:
            raise TimeoutError("it does not answer")
        try:
            wish = wire.parse_follow(text)
        except MessageError:
            raise ConnectionRefusedError(str(wire.parse_object(text).get("what", "it refused"))) from None
        return max(self._begin, wish.after) if wish.run == self._run else self._begin

    def _send(self, client: Any, subscriber: Place) -> None:
        finish_by = None
        while client.connected and not self._stopped.is_set():
            message = subscriber.next(LOOK_SECONDS if finish_by is None else 0.01)
            if message is not None and message.startswith(_SENT):
                client.send(message.decode("ascii"))
                continue
            if message is None and self._finishing.is_set():
                now = time.monotonic()
                finish_by = now + FINISH_SECONDS if finish_by is None else finish_by
                self._recorded.flush()
                if subscriber.after >= self._recorded.last or now >= finish_by:
                    return
            client.sock.check()
        if not client.connected and not self._stopped.is_set():
            raise ConnectionClosed(client.close_reason, client.close_message)


class _Reader(threading.Thread):
    """The thread in which simple-websocket reads. It does not keep the process alive."""

    def __init__(self, *, target: Callable[[], None]) -> None:
        super().__init__(target=target, name="flaskscope-feed-reader", daemon=True)


_feeds: weakref.WeakSet[Feed] = weakref.WeakSet()


def _finish_all() -> None:
    for feed in list(_feeds):
        feed.finish()


def _begin_anew() -> None:
    for feed in list(_feeds):
        feed.begin_anew_after_fork()


atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
