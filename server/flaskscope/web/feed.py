"""Where other processes send their events: a WebSocket of its own, behind the same guard as the page."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.hub.hub import Hub
from flaskscope.hub.processes import Processes
from flaskscope.web.guard import FEED_PATH, WORKER_KEY
from flaskscope.web.socket import say_goodbye
from flaskscope.web.stream import WAKE_SECONDS
from flaskscope.web.worker import Worker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Seconds a process has for its hello.
HELLO_SECONDS = 5.0

#: Bytes of one message: a frame of events with long values in it.
MAX_FEED_BYTES = 8 * 1024 * 1024

#: Seconds without a word of a process that gives signs of life, which it does every few seconds, before it counts as
#: gone: a host that was switched off does not say goodbye.
SILENCE_SECONDS = 45.0

#: Messages waiting to be looked at. When there are more, the connection is not read for a while.
MAX_WAITING = 16

_NORMAL = 1000
_POLICY_VIOLATION = 1008
_SERVICE_RESTART = 1012


class _WaitingInbox(list[Any]):
    """The messages that nobody has looked at yet. Whoever adds one too many waits: the sender is slowed down."""

    def __init__(self) -> None:
        super().__init__()
        self._room = threading.Condition()
        self._is_closed = False

    def append(self, message: Any) -> None:
        with self._room:
            self._room.wait_for(lambda: len(self) < MAX_WAITING or self._is_closed)
            super().append(message)

    def pop(self, index: Any = -1) -> Any:
        with self._room:
            message = super().pop(index)
            self._room.notify_all()
            return message

    def close(self) -> None:
        with self._room:
            self._is_closed = True
            self._room.notify_all()


class _FeedReader(threading.Thread):
    """The thread in which simple-websocket reads a feed."""

    def __init__(self, *, target: Callable[[], None]) -> None:
        super().__init__(target=target, name="flaskscope-feed-reader", daemon=True)
        target.__self__.input_buffer = _WaitingInbox()  # type: ignore[attr-defined]


def make_feed(processes: Processes, hub: Hub) -> WSGIApplication:
    """Return the application that takes in what other processes send, for as long as *hub* is not stopped.

    It is one of its own because its messages may be longer than a page's.
    """
    app = Flask("flaskscope.feed", static_folder=None)
    app.debug = False
    app.config["SOCK_SERVER_OPTIONS"] = {
        "max_message_size": MAX_FEED_BYTES,
        "receive_bytes": 64 * 1024,
        "thread_class": _FeedReader,
    }

    @Sock(app).route(FEED_PATH)  # type: ignore[untyped-decorator]
    def feed(websocket: Any) -> None:
        worker: Worker | None = request.environ.get(WORKER_KEY)

        def is_ending() -> bool:
            return hub.stopping or (worker is not None and worker.is_leaving)

        _Feed(websocket, processes, hub.source.clock, is_ending).run()

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[Response, int]:
        message = wire.encode_error("There is nothing at this address.", None, "See the README.")
        return Response(message, mimetype="application/json"), 404

    return app


class _Feed:
    """One process: its hello, our answer with the last number we have, then its events."""

    def __init__(
        self,
        websocket: Any,
        processes: Processes,
        clock: tuple[int, float],
        is_ending: Callable[[], bool],
    ) -> None:
        self._websocket = websocket
        self._processes = processes
        self._clock = clock
        self._is_ending = is_ending

    def run(self) -> None:
        """Take in what comes until the process leaves, misbehaves, or the server ends."""
        code, reason = _SERVICE_RESTART, "The hub is stopping."
        run = None
        try:
            text = self._websocket.receive(timeout=HELLO_SECONDS)
            if text is None:
                raise MessageError("No hello came.", None, "Send one first.")
            joining = wire.parse_joining(text)
            last = self._processes.join(joining)
            run = joining.run
            self._websocket.sock.send_text(wire.encode_follow(last, run))
            heard = time.monotonic()
            while not self._is_ending():
                text = self._websocket.receive(timeout=WAKE_SECONDS)
                if text is None:
                    if joining.beats and time.monotonic() - heard > SILENCE_SECONDS:
                        break
                    continue
                heard = time.monotonic()
                asked = wire.parse_asked(text)
                if asked is not None:
                    self._websocket.sock.send_text(wire.encode_answer(asked, self._now_ms()))
                    self._processes.align(run, asked.alignment)
                    continue
                problem = wire.parse_problem(text, run)
                if problem is not None:
                    self._processes.tell(run, problem)
                    continue
                delivery = wire.parse_delivery(text, run)
                if delivery is not None:
                    self._processes.take(run, delivery)
        except MessageError as error:
            code, reason = _POLICY_VIOLATION, error.what[:100]
            with contextlib.suppress(OSError):
                self._websocket.sock.send_text(wire.encode_error(error.what, error.value, error.remedy))
        except (OSError, ConnectionClosed):
            pass  # the process has left, as the state tells
        finally:
            if run is not None:
                self._processes.leave(run, ended=int(self._websocket.close_reason) == _NORMAL)
            self._websocket.input_buffer.close()
        say_goodbye(self._websocket, code, reason)

    def _now_ms(self) -> float:
        """Return the time on the clock that pages draw everything on, in milliseconds."""
        return self._clock[1] + (time.perf_counter_ns() - self._clock[0]) / 1e6
