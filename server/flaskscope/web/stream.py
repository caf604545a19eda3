"""The stream of events: a WebSocket for pages, lines of JSON for programs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from simple_websocket import ConnectionClosed

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.hub.frames import MAX_ROWS
from flaskscope.hub.hub import Hub
from flaskscope.hub.subscriber import Subscriber
from flaskscope.web.guard import STREAM_PATH, WORKER_KEY
from flaskscope.web.handshake import GunicornWorker, gunicorn_worker
from flaskscope.web.slots import Slots
from flaskscope.web.socket import Listener, say_goodbye

if TYPE_CHECKING:
    from flask_sock import Sock

#: Seconds a page has to say where it left off. Afterwards it gets what happens from its coming on.
FOLLOW_SECONDS = 0.25

#: Seconds between two looks at the peer and at the server's end while nothing happens.
WAKE_SECONDS = 0.25

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
    """

    def __init__(
        self, websocket: Any, hub: Hub, greeting: Callable[[], bytes], is_leaving: Callable[[], bool]
    ) -> None:
        self._websocket = websocket
        self._hub = hub
        self._greeting = greeting
        self._is_leaving = is_leaving
        self._bad_messages = 0

    def run(self) -> None:
        """Serve the page until it leaves, misbehaves, or the server ends. Never raises for any of these."""
        code, reason = _SERVICE_RESTART, "The server is stopping."
        # OSError: the peer is gone or was too slow; ConnectionClosed, which receive raises, is none of them.
        with contextlib.suppress(OSError, ConnectionClosed), self._hub.subscribe() as subscriber:
            self._send(self._greeting())
            self._take_messages(subscriber, FOLLOW_SECONDS)
            while self._websocket.connected and not self._is_ending():
                message = subscriber.next(WAKE_SECONDS)
                if message is not None:
                    self._send(message)
                self._websocket.sock.check()
                self._take_messages(subscriber, 0)
                if self._bad_messages >= MAX_BAD_MESSAGES:
                    code, reason = _POLICY_VIOLATION, "Too many messages that cannot be understood."
                    break
        say_goodbye(self._websocket, code, reason)

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
                follow(subscriber, self._hub, wire.parse_follow(text))
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


def mount_stream(sock: Sock, hub: Hub, greeting: Callable[[], bytes]) -> None:
    """Put the WebSocket's route on *sock*."""

    @sock.route(STREAM_PATH)  # type: ignore[untyped-decorator]
    def stream(websocket: Any) -> None:
        worker: GunicornWorker | None = request.environ.get(WORKER_KEY)
        PageStream(websocket, hub, greeting, lambda: worker is not None and worker.is_leaving).run()


def make_lines(hub: Hub, slots: Slots) -> Blueprint:
    """Return the route that gives programs one JSON object a line: ``/events?after=17&follow=1``.

    *after* is the number of the last event the program has, 0 (the default) for all that are kept. With
    *follow* the answer goes on until one side leaves; it counts as one of *slots*.
    """
    routes = Blueprint("events", __name__)

    @routes.get("/events")
    def events() -> Response:
        try:
            after, is_following = (
                _read_after(request.args.get("after")),
                _read_flag(request.args.get("follow")),
            )
        except MessageError as error:
            message = wire.encode_error(error.what, error.value, error.remedy)
            return Response(message, status=400, mimetype="application/json")
        hub.flush()
        kind = "application/x-ndjson"
        if not is_following:
            return Response(_kept_lines(hub, after), mimetype=kind)
        worker = gunicorn_worker()
        if not slots.take(worker.max_streams if worker else None):
            message = wire.encode_error(
                "As many dashboards as there may be are open already.", None, "Close one."
            )
            return Response(message, status=503, mimetype="application/json")
        listener = Listener(request.environ)

        def is_over() -> bool:
            return hub.stopping or listener.is_gone() or (worker is not None and worker.is_leaving)

        response = Response(_following_lines(hub, after, is_over), mimetype=kind)
        response.call_on_close(slots.give_back)
        return response

    return routes


def _kept_lines(hub: Hub, after: int) -> Iterator[bytes]:
    """Yield what is kept after event number *after*, up to this moment, a frame's worth at a time."""
    end = hub.journal.last
    while after < end:
        page = hub.journal.read(after, min(MAX_ROWS, end - after))
        if page.missed and after:
            why = f"The server keeps the latest {hub.journal.capacity:,} events."
            yield wire.encode_lost(after + 1, after + page.missed, page.missed, "journal", why) + b"\n"
        if not page.events:
            return
        after = page.events[-1][0]
        lanes, sites = hub.source.lanes, hub.source.sites
        yield b"".join(wire.encode_line(event, lanes, sites) for event in page.events)


def _following_lines(hub: Hub, after: int, is_over: Callable[[], bool]) -> Iterator[bytes]:
    with hub.subscribe():
        yield b""  # the headers leave with the first piece, and a program may wait for them
        while not is_over():
            last = hub.journal.last
            yield from _kept_lines(hub, after)
            after = max(after, last)
            hub.wait(after, hub.notice_count, hub.source.dropped, WAKE_SECONDS)


def _read_after(text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise MessageError(
            "'after' is not the number of an event.", text, "Give a whole number, 0 for the beginning."
        )
    return int(text)


def _read_flag(text: str | None) -> bool:
    if text not in (None, "0", "1"):
        raise MessageError("'follow' is neither 0 nor 1.", text, "Give follow=1 to wait for what comes.")
    return text == "1"
