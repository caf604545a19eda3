"""Sends what is recorded in this process elsewhere, in the background. If nobody is there, the app does not notice."""

from __future__ import annotations

import atexit
import functools
import json
import logging
import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NoReturn, Protocol

logger = logging.getLogger(__name__)

#: Seconds between two looks for something to send, or at the other side, while nothing happens.
LOOK_SECONDS = 0.2

#: Seconds to wait after a failed attempt: the first time, and at most.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0

#: Seconds that the end of the process waits for what was not sent yet, if the other side can be reached.
FINISH_SECONDS = 1.0

#: Messages, and about how many bytes, that are handed over at once.
MAX_AT_ONCE, MAX_BYTES_AT_ONCE = 64, 1024 * 1024

_SENT = tuple(b'{"v":1,"type":"%s"' % kind for kind in (b"events", b"lost", b"problem"))


class NeedlessError(Exception):
    """The other side is this process itself: what it records is there without being sent."""


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
    """Sends what is *recorded* along *way*, from its own thread.

    Nothing waits for it: events wait in the journal, which is bounded, and what left it before it could be sent is
    told as ``lost``. It connects when there is something to send, again and again when that fails, and goes on
    after the last event that the other side has.

    Args:
        recorded: What is sent.
        greeting: Makes the ``hello``.
        way: Where to.
    """

    def __init__(self, recorded: Recorded, greeting: Callable[[], bytes], way: Way) -> None:
        self._recorded = recorded
        self._greeting = greeting
        self._way = way
        self._has_warned = False
        self._begin = 0
        #: The id under which this process is known: that of the recording, or one of its own where it was forked.
        self.run = recorded.run
        self._prepare()
        _feeds.add(self)
        _finish_before_exit()

    def finish(self, seconds: float = FINISH_SECONDS) -> None:
        """Send what is left and end, within *seconds*; at once if the other side cannot be reached."""
        if self._stopped.is_set():
            return
        self._finishing.set()
        self._thread.join(seconds)
        self._stopped.set()

    def begin_anew_after_fork(self) -> None:
        """Go on as a process of its own: threads do not survive a fork, and its numbers are not the parent's."""
        self.run = secrets.token_hex(8)
        self._begin = self._recorded.last
        self._prepare()

    def _prepare(self) -> None:
        self._finishing = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="flaskscope-feed", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopped.is_set():
            self._recorded.flush()
            if self._recorded.last <= self._begin:
                if self._finishing.is_set():
                    return
                self._finishing.wait(LOOK_SECONDS)
                continue
            begun = time.monotonic()
            try:
                self._connect_and_send()
            except NeedlessError:
                logger.info("FlaskScope sends nothing to %s, which is this process itself.", self._way.name)
                return
            # A guest: whatever is wrong with the other side, the address or the network, the app goes on.
            except Exception as error:  # noqa: BLE001
                self._warn(error)
            if self._finishing.is_set():
                return
            if time.monotonic() - begun > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._finishing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            reason = str(error) or type(error).__name__
            logger.warning(
                "FlaskScope cannot send its events to %s (%s); it goes on trying.", self._way.name, reason
            )

    def _hello(self) -> dict[str, Any]:
        hello: dict[str, Any] = json.loads(self._greeting())
        hello["process"].pop("siblings", None)  # of whoever looks at this process itself
        hello.update(run=self.run, begin=self._begin, scenarios=[], routes=[], beats=True)
        return hello

    def _connect_and_send(self) -> None:
        # The place first: hello then tells all the lanes and sites that the place takes for known.
        with self._recorded.subscribe() as place, self._way.open(self._hello) as talk:
            place.seek(max(self._begin, talk.after))
            self._send(talk, place)

    def _send(self, talk: Talk, place: Place) -> None:
        finish_by = None
        while not self._stopped.is_set():
            is_examined = self._recorded.is_examined  # before: what is found until now is among the messages
            messages = self._waiting(place, LOOK_SECONDS if finish_by is None else 0.01)
            if messages:
                talk.send(messages, place.after)
            talk.rest()
            if self._has_warned:
                self._has_warned = False
                logger.warning("FlaskScope sends its events to %s again.", self._way.name)
            if messages or not self._finishing.is_set():
                continue
            now = time.monotonic()
            self._recorded.flush()
            if finish_by is None:
                finish_by = now + FINISH_SECONDS
                self._recorded.conclude()
                continue  # with what that says
            if (is_examined and place.after >= self._recorded.last) or now >= finish_by:
                talk.finish()
                return

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


_feeds: weakref.WeakSet[Feed] = weakref.WeakSet()


def _finish_all() -> None:
    for feed in list(_feeds):
        feed.finish()


def _finish_before_exit() -> None:
    """Have feeds finish where a process ends by ``os._exit`` too.

    RQ and multiprocessing end the processes that they fork so, and what a short job did would be lost. Replaced only
    in a process that has a feed.
    """
    exit_at_once = os._exit
    if hasattr(exit_at_once, "__wrapped__"):
        return

    @functools.wraps(exit_at_once)
    def finish_and_exit(status: int) -> NoReturn:
        try:
            _finish_all()
        finally:
            exit_at_once(status)

    os._exit = finish_and_exit


def _begin_anew() -> None:
    for feed in list(_feeds):
        feed.begin_anew_after_fork()


atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
