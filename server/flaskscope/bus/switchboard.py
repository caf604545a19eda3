"""The connections of a process to one address: few, however many apps it makes, and one end for all of them."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import NoReturn, Protocol

logger = logging.getLogger(__name__)

#: Seconds between two looks for something to send, or at the other side, while nothing happens.
LOOK_SECONDS = 0.2

#: Seconds to wait after a failed attempt: the first time, and at most.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0

#: Seconds that the end of the process waits for what was not sent yet, if the other side can be reached.
FINISH_SECONDS = 1.0

#: The part of them in which events are sent; in the rest it is said what is missing.
SENDING_PART = 0.8

#: Connections at once. When there are more apps with something to send, who has sent all makes way.
MAX_CONNECTIONS = 8

#: Apps that are gone, and wait for their events to be sent. When there are more, those of the oldest are given up.
MAX_GONE = 256

#: Seconds until it is said again that the other side is full: places there come and go.
FULL_AGAIN_SECONDS = 60.0


class NeedlessError(Exception):
    """The other side is this process itself: what it records is there without being sent."""


class FullError(ConnectionError):
    """The other side has no place for one more now."""


class Caller(Protocol):
    """One app, of which something may have to be sent."""

    @property
    def is_gone(self) -> Callable[[], bool]:
        """Whether nothing more can come than what is here."""

    @property
    def unsent(self) -> int:
        """How many events were not sent so far."""

    def has_news(self) -> bool:
        """Return whether a connection is needed."""

    def begin_anew_after_fork(self) -> None:
        """Go on as a process of its own."""

    def talk(self, board: Switchboard) -> None:
        """Connect and send, until *board* needs the connection.

        Raises:
            NeedlessError: If nothing of it need be sent, ever.
            FullError: If there is no place for one more.
            Exception: Whatever is wrong.
        """


class Switchboard:
    """Gives the apps of this process connections to *name*, each in a thread of its own, and never too many.

    Only its own thread looks at those who are not connected. It connects again and again when that fails, one at a
    time, and says so once for all of them. Safe to use from any thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._callers: list[Caller] = []
        self._has_warned = False
        self._full_at = float("-inf")
        self._prepare()

    def _prepare(self) -> None:
        self._changed = threading.Condition()
        self._talking: list[Caller] = []
        self._thread: threading.Thread | None = None
        self._has_failed = self._is_full = self._is_trying = False
        self._given_up = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._resume_at = 0.0
        #: Whether somebody waits for a connection that another one has.
        self.is_awaited = False
        #: Until when events may be sent, once the process ends.
        self.finish_by: float | None = None
        #: Whether the time for that is over.
        self.is_stopped = False

    @property
    def is_finishing(self) -> bool:
        """Whether the process ends."""
        return self.finish_by is not None

    def add(self, caller: Caller) -> None:
        """Send what *caller* has, from now on."""
        with self._changed:
            self._callers.append(caller)
            self._start()

    def note_connected(self) -> None:
        """Note that somebody was let in."""
        with self._changed:
            self._has_failed = self._is_full = self._is_trying = False
            has_warned, self._has_warned = self._has_warned, False
            self._changed.notify_all()
        if has_warned:
            logger.warning("FlaskScope sends its events to %s again.", self._name)

    def begin_finishing(self, seconds: float) -> None:
        """Have all send what is left, within *seconds*; at once if the other side cannot be reached."""
        with self._changed:
            if self.finish_by is None:
                self._has_failed = False  # one more attempt
                self.finish_by = time.monotonic() + seconds
                self._changed.notify_all()

    def wait_until(self, deadline: float) -> None:
        """Wait until all are done, but not longer than *deadline*, and say what was not sent."""
        if self.is_stopped:
            return
        if self._thread is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        self.is_stopped = True
        unsent = self._given_up + sum(caller.unsent for caller in self._callers)
        if unsent:
            logger.warning("%d events were not sent to %s before the process ended.", unsent, self._name)

    def begin_anew_after_fork(self) -> None:
        """Go on in another process: threads do not survive a fork."""
        self._prepare()
        for caller in self._callers:
            caller.begin_anew_after_fork()
        if self._callers:
            self._start()

    def _start(self) -> None:
        if self._thread is None and not self.is_finishing:
            self._thread = threading.Thread(target=self._work, name="flaskscope-feeds", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while not self.is_stopped:
            wanting = self._wanting()
            with self._changed:
                is_over = self.is_finishing and (not wanting or self._has_failed)
                if not self._talking and (is_over or not self._callers):
                    self._thread = None
                    return
                if not is_over:
                    self._connect(wanting)
                if not self.is_finishing or self._talking:
                    self._changed.wait(LOOK_SECONDS)

    def _wanting(self) -> list[Caller]:
        """Return those who need a connection and have none; who needs none any more is let go."""
        with self._changed:
            silent = [caller for caller in self._callers if caller not in self._talking]
        # In this order: what is gone adds nothing after it was looked at.
        is_gone = [caller.is_gone() for caller in silent]
        has_news = [caller.has_news() for caller in silent]
        waiting = [
            caller for caller, gone, news in zip(silent, is_gone, has_news, strict=True) if gone and news
        ]
        too_many = waiting[: max(0, len(waiting) - MAX_GONE)]
        with self._changed:
            for caller, gone, news in zip(silent, is_gone, has_news, strict=True):
                if gone and (not news or caller in too_many):
                    self._given_up += caller.unsent
                    self._callers.remove(caller)
        return [
            caller for caller, news in zip(silent, has_news, strict=True) if news and caller not in too_many
        ]

    def _connect(self, wanting: list[Caller]) -> None:
        free = MAX_CONNECTIONS - len(self._talking)
        if self._has_failed:
            # One, to see whether it works again.
            is_time = time.monotonic() >= self._resume_at and not self._is_trying
            free = min(free, 1 if is_time else 0)
            self._is_trying |= free > 0 and bool(wanting)
        for caller in wanting[:free]:
            thread = threading.Thread(target=self._talk, args=(caller,), name="flaskscope-feed", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                # There are too many, or Python is ending: 3.12.0 and 3.12.1 let none begin by then.
                self._warn(error)
                self._note_failure(error, 0)
                self._is_trying = False
                return
            self._talking.append(caller)
        is_all = len(self._talking) >= MAX_CONNECTIONS or self._is_full
        self.is_awaited = is_all and len(wanting) > free

    def _talk(self, caller: Caller) -> None:
        begun = time.monotonic()
        is_needless = False
        failure = None
        try:
            caller.talk(self)
        except NeedlessError:
            is_needless = True
            logger.info("FlaskScope sends nothing to %s, which is this process itself.", self._name)
        # A guest: whatever is wrong with the other side, the address or the network, the app goes on.
        except Exception as error:  # noqa: BLE001
            failure = error
        if failure is not None:
            self._warn(failure)
        with self._changed:
            if failure is not None:
                self._note_failure(failure, time.monotonic() - begun)
            self._is_trying = False
            self._talking.remove(caller)
            self._callers.remove(caller)
            if not is_needless:
                self._callers.append(caller)  # behind those who wait
            self._changed.notify_all()

    def _note_failure(self, failure: Exception, seconds: float) -> None:
        now = time.monotonic()
        if seconds > LONGEST_PAUSE_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        if now >= self._resume_at:  # else another one has failed at the same time
            self._resume_at = now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        self._has_failed, self._is_full = True, isinstance(failure, FullError)

    def _warn(self, failure: Exception) -> None:
        now = time.monotonic()
        with self._changed:
            is_known = self._has_warned
            if isinstance(failure, FullError):
                is_known = is_known or now - self._full_at < FULL_AGAIN_SECONDS
                self._full_at = now if not is_known else self._full_at
            self._has_warned = self._has_warned or not is_known
        if not is_known:
            reason = str(failure) or type(failure).__name__
            logger.warning(
                "FlaskScope cannot send its events to %s (%s); it goes on trying.", self._name, reason
            )


_boards: dict[str, Switchboard] = {}


def switchboard(name: str) -> Switchboard:
    """Return the one of this process for the address *name*."""
    _finish_before_exit()
    return _boards.setdefault(name, Switchboard(name))


def _finish_all() -> None:
    boards = list(_boards.values())
    deadline = time.monotonic() + FINISH_SECONDS
    for board in boards:
        board.begin_finishing(SENDING_PART * FINISH_SECONDS)
    for board in boards:
        board.wait_until(deadline)


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
    for board in list(_boards.values()):
        board.begin_anew_after_fork()


atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
