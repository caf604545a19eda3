"""The stream of events: a WebSocket for pages."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request
from simple_websocket import ConnectionClosed

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.hub.hub import Hub
from flaskscope.hub.process_reader import Reader
from flaskscope.hub.processes import Processes
from flaskscope.hub.subscriber import Subscriber
from flaskscope.web.guard import STREAM_PATH, WORKER_KEY
from flaskscope.web.socket import say_goodbye
from flaskscope.web.worker import Worker

if TYPE_CHECKING:
    from flask_sock import Sock

#: Seconds a page has to say where it left off. Afterwards it gets what happens from its coming on.
FOLLOW_SECONDS = 0.1

#: The same for one that announced, by ``?follow=1``, that it will say so: however slow the machine, nothing may come
#: before what it asks for.
ANNOUNCED_FOLLOW_SECONDS = 10.0

#: Seconds between two looks at the peer and at the server's end while nothing happens.
WAKE_SECONDS = 0.25

#: Seconds between two looks at what other processes sent: one picture of a 60 Hz screen, as for our own events.
RELAY_SECONDS = 0.016

#: Messages of other processes sent in a row.
RELAYED_AT_ONCE = 16

#: Messages that cannot be understood before a page is sent away with close code 1008.
MAX_BAD_MESSAGES = 20

_POLICY_VIOLATION = 1008
_SERVICE_RESTART = 1012


class PageStream:
    """One page on a *websocket* of flask-sock's: hello, what it missed, then what happens.

    Args:
        websocket: The connection, whose socket is a `StreamSocket`.
        hub: What is streamed.
        greeting: Makes the hello.
        is_leaving: Whether the server is about to end.
        processes: What other processes sent, for a page that asks for it.
        follow_seconds: How long to wait for the page to say where it left off.
    """

    def __init__(
        self,
        websocket: Any,
        hub: Hub,
        greeting: Callable[[], bytes],
        is_leaving: Callable[[], bool],
        processes: Processes,
        follow_seconds: float = FOLLOW_SECONDS,
    ) -> None:
        self._websocket = websocket
        self._follow_seconds = follow_seconds
        self._hub = hub
        self._greeting = greeting
        self._is_leaving = is_leaving
        self._processes = processes
        self._reader: Reader | None = None
        self._bad_messages = 0

    def run(self) -> None:
        """Serve the page until it leaves, misbehaves, or the server ends. Never raises for any of these."""
        code, reason = _SERVICE_RESTART, "The server is stopping."
        # OSError: the peer is gone or was too slow; ConnectionClosed, which receive raises, is none of them.
        with contextlib.suppress(OSError, ConnectionClosed), self._hub.subscribe(self) as subscriber:
            self._send(self._greeting())
            self._take_messages(subscriber, self._follow_seconds)
            while self._websocket.connected and not self._is_ending():
                message = subscriber.next(self._wake_seconds())
                if message is not None:
                    self._send(message)
                self._websocket.sock.see_off()
                self._relay()
                self._websocket.sock.check()
                self._take_messages(subscriber, 0)
                if self._bad_messages >= MAX_BAD_MESSAGES:
                    code, reason = _POLICY_VIOLATION, "Too many messages that cannot be understood."
                    break
        say_goodbye(self._websocket, code, reason)

    def offer(self, message: bytes) -> bool:
        """Send an event's *message* at once if that is possible, for the hub's thread; return whether it was taken."""
        taken: bool = self._websocket.sock.offer(message, self._is_open)
        return taken

    @property
    def is_behind(self) -> bool:
        """Whether a part of what was offered is left to be sent."""
        behind: bool = self._websocket.sock.is_behind
        return behind

    def _wake_seconds(self) -> float:
        is_needed_soon = self._reader is not None and self._reader.is_needed_soon
        return RELAY_SECONDS if is_needed_soon else WAKE_SECONDS

    def _relay(self) -> None:
        """Send what other processes sent; not all at once, so that our own events and the peer are looked at."""
        if self._reader is None:
            return
        for message in self._reader.some(RELAYED_AT_ONCE):
            self._send(message)

    def _is_open(self) -> bool:
        is_open: bool = self._websocket.connected
        return is_open

    def _is_ending(self) -> bool:
        return self._hub.stopping or self._is_leaving()

    def _send(self, message: bytes) -> None:
        self._websocket.sock.send_text(message)

    def _take_messages(self, subscriber: Subscriber, wait_seconds: float) -> None:
        while self._bad_messages < MAX_BAD_MESSAGES:
            text = self._websocket.receive(timeout=wait_seconds)
            if text is None:
                return
            wait_seconds = 0
            try:
                wish = wire.parse_follow(text)
                if wish.processes is not None:
                    self._reader = Reader(self._processes, wish.processes)
                follow(subscriber, self._hub, wish)
            except MessageError as error:
                self._bad_messages += 1
                self._send(wire.encode_error(error.what, error.value, error.remedy))


def follow(subscriber: Subscriber, hub: Hub, wish: wire.Follow) -> None:
    """Let *subscriber* go on where *wish* says.

    A run that is not ours has ended: its reader begins with the first event that is kept.

    Raises:
        MessageError: If the number is higher than any so far.
    """
    first, last = hub.journal.bounds()
    if wish.run is not None and wish.run != hub.source.run:
        subscriber.seek(first - 1)
    elif wish.run is None and wish.after == 0:
        # "Everything": nothing is missed by whoever has had nothing.
        subscriber.seek(first - 1)
    elif wish.after <= last:
        subscriber.seek(wish.after)
    else:
        raise MessageError(
            f"The newest event has number {last}.", str(wish.after), "Follow from there, or reload the page."
        )


def mount_stream(sock: Sock, hub: Hub, greeting: Callable[[], bytes], processes: Processes) -> None:
    """Put the WebSocket's route on *sock*."""

    @sock.route(STREAM_PATH)  # type: ignore[untyped-decorator]
    def stream(websocket: Any) -> None:
        worker: Worker | None = request.environ.get(WORKER_KEY)
        PageStream(
            websocket,
            hub,
            greeting,
            lambda: worker is not None and worker.is_leaving,
            processes,
            ANNOUNCED_FOLLOW_SECONDS if "follow" in request.args else FOLLOW_SECONDS,
        ).run()
