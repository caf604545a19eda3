"""Sends what is recorded of an app elsewhere, in the background. If nobody is there, the app does not notice."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from flaskscope import wire
from flaskscope.bus.switchboard import LOOK_SECONDS, Switchboard, switchboard

#: Seconds that an app which is to leave its connection to others has for what comes meanwhile.
LEAVE_SECONDS = 1.0

#: Seconds to wait for more while it leaves.
LEAVING_LOOK_SECONDS = 0.01

#: Messages, and about how many bytes, that are handed over at once.
MAX_AT_ONCE, MAX_BYTES_AT_ONCE = 64, 1024 * 1024

_SENT = tuple(b'{"v":1,"type":"%s"' % kind for kind in (b"events", b"lost", b"problem"))


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

    @property
    def is_examined(self) -> bool:
        """Whether the doctor has seen all that `subscribe` gave out."""

    def flush(self) -> object:
        """Bring in what was recorded until now."""

    def conclude(self) -> None:
        """Have the doctor say what is wrong because the process ends; `is_examined` is false until it has."""

    def subscribe(self) -> AbstractContextManager[Place]:
        """Give a place at the end."""


class Talk(Protocol):
    """An open connection to the other side."""

    @property
    def after(self) -> int:
        """The number of the last event that the other side had when it was opened."""

    def send(self, messages: list[bytes], last: int) -> None:
        """Send *messages*, at least one, the newest event of which is number *last*.

        Raises:
            Exception: Whatever is wrong. What was sent last may have arrived, or not.
        """

    def rest(self) -> None:
        """Do what has to be done now and then: called several times a second.

        Raises:
            Exception: If the other side is gone.
        """

    def finish(self) -> None:
        """Say that this process ends, and that everything was sent."""


class Way(Protocol):
    """A way to the other side: a WebSocket to a hub, or Redis."""

    @property
    def name(self) -> str:
        """What the other side is called in the log, without anything secret."""

    def open(self, hello: Callable[[], dict[str, Any]]) -> AbstractContextManager[Talk]:
        """Open a connection for the process that *hello* describes, as it is whenever it is asked.

        Raises:
            Exception: Whatever is wrong; its text is for the log, and has nothing secret in it.
        """


class Feed:
    """Sends what is *recorded* along *way*, when the switchboard of that address says so.

    Nothing waits for it: events wait in the journal, which is bounded, and what left it before it could be sent is
    told as ``lost``. It goes on after the last event that the other side has.

    Args:
        recorded: What is sent.
        greeting: Makes the ``hello``.
        way: Where to.
        is_gone: Whether the app is gone: nothing more comes then than what is here.
    """

    def __init__(
        self,
        recorded: Recorded,
        greeting: Callable[[], bytes],
        way: Way,
        is_gone: Callable[[], bool] = lambda: False,
    ) -> None:
        self._recorded = recorded
        self._greeting = greeting
        self._way = way
        self._begin = 0
        #: The number of the last event that was sent.
        self._sent = 0
        self._is_broken = False
        self.is_gone = is_gone
        #: The id under which this process is known: that of the recording, or one of its own where it was forked.
        self.run = recorded.run
        switchboard(way.name).add(self)

    @property
    def unsent(self) -> int:
        """How many events were not sent so far."""
        return max(0, self._recorded.last - max(self._begin, self._sent))

    def has_news(self) -> bool:
        """Bring in what was recorded until now, and return whether a connection is needed."""
        self._recorded.flush()
        return self.unsent > 0 or self._is_broken

    def begin_anew_after_fork(self) -> None:
        """Go on as a process of its own: its numbers are not the parent's."""
        self.run = secrets.token_hex(8)
        self._begin = self._recorded.last
        self._is_broken = False

    def talk(self, board: Switchboard) -> None:
        """Connect and send, until the app is gone, the process ends, or *board* needs the connection.

        Raises:
            NeedlessError: If the other side is this process itself.
            Exception: Whatever is wrong with the other side, the address or the network.
        """
        # The place first: hello then tells all the lanes and sites that the place takes for known.
        with self._recorded.subscribe() as place, self._way.open(self._hello) as talk:
            self._is_broken = True  # until the end was said
            board.note_connected()
            place.seek(max(self._begin, talk.after))
            self._send(talk, place, board)
            self._is_broken = False

    def _hello(self) -> dict[str, Any]:
        hello: dict[str, Any] = json.loads(self._greeting())
        hello["process"].pop("siblings", None)  # of whoever looks at this process itself
        hello.update(run=self.run, begin=self._begin, scenarios=[], routes=[], beats=True)
        return hello

    def _send(self, talk: Talk, place: Place, board: Switchboard) -> None:
        leave_by, is_concluded = None, False
        while not board.is_stopped:
            is_examined = self._recorded.is_examined  # before: what is found until now is among the messages
            is_leaving = self.is_gone() or board.is_finishing or board.is_awaited
            messages = self._waiting(place, LEAVING_LOOK_SECONDS if is_leaving else LOOK_SECONDS)
            if messages:
                talk.send(messages, place.after)
            self._sent = place.after
            talk.rest()
            if not is_leaving:
                leave_by = None
                continue
            now = time.monotonic()
            leave_by = board.finish_by or leave_by or now + LEAVE_SECONDS
            self._recorded.flush()
            if not is_concluded and (board.is_finishing or self.is_gone()):
                is_concluded = True
                self._recorded.conclude()
                continue  # with what that says
            is_all = not messages and is_examined and place.after >= self._recorded.last
            if is_all or now >= leave_by:
                if board.is_finishing and place.after < self._recorded.last:
                    self._tell_lost(talk, place.after)
                talk.finish()
                return

    def _tell_lost(self, talk: Talk, after: int) -> None:
        last = self._recorded.last
        why = "The process ended before they were sent."
        talk.send([wire.encode_lost(after + 1, last, last - after, "stream", why)], last)

    def _waiting(self, place: Place, timeout_seconds: float) -> list[bytes]:
        """Return what there is to send now, or within *timeout_seconds*; what is for pages only is left out."""
        found: list[bytes] = []
        size = 0
        message = place.next(timeout_seconds)
        while message is not None:
            if message.startswith(_SENT):
                found.append(message)
                size += len(message)
            if len(found) >= MAX_AT_ONCE or size >= MAX_BYTES_AT_ONCE:
                break
            message = place.next(0)
        return found
