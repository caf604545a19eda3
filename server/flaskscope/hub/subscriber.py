"""One who watches: nothing but a place in the journal, however slow it is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal, Protocol

from flaskscope import wire
from flaskscope.hub.frames import MAX_ROWS, Frame, Known, make_frame

if TYPE_CHECKING:
    from flaskscope.hub.hub import Hub


class Outlet(Protocol):
    """Where messages for one subscriber leave, if they can at once."""

    def offer(self, message: bytes) -> bool:
        """Return whether *message* was taken, whole or in part; it never waits, and never raises."""

    @property
    def is_behind(self) -> bool:
        """Whether a part of what was taken is still there, and somebody who may wait has to see it off."""


class Subscriber:
    """What one connection still has to be sent.

    Made by `Hub.subscribe`; used by one thread. There is no queue: falling behind costs nobody any memory, and
    what left the journal meanwhile is told as lost, with the count.

    While that thread waits in `next`, new events may go to the *outlet* without it: it is the hub's turn then, and the
    thread's at any other time. So whoever has all that came before costs no change of threads.

    Attributes:
        after: The number of the last event that was handed out or told as lost.
        news: Is notified when there is something to look at; its lock is the hub's.
    """

    def __init__(
        self, hub: Hub, known: Known, after: int, notice: int, dropped: int, outlet: Outlet | None = None
    ) -> None:
        self._hub = hub
        self._known = known
        self._notice = notice
        self._dropped = dropped
        self._resuming = False
        self._problem = 0
        self._outlet = outlet
        self._turn = threading.Lock()
        self._turn.acquire()
        self.after = after
        self.news = threading.Condition(hub.lock)

    def seek(self, after: int) -> None:
        """Go on after event number *after*, forwards or backwards; what is gone from there on is told as lost."""
        self.after = after
        self._resuming = True

    def next(self, timeout_seconds: float) -> bytes | None:
        """Return the next message, or ``None`` when there was none within *timeout_seconds*.

        ``None`` comes earlier if the outlet is behind.
        """
        message = self._ready()
        if message is None and timeout_seconds > 0 and self._wait(timeout_seconds):
            message = self._ready()
        return message

    def push(self, frame: Frame) -> bool:
        """Give *frame*, the newest, to the outlet if it is the next thing to send; for the hub's thread only.

        Returns whether nobody needs to be woken: it was sent, or the thread of this subscriber is at work and will look
        for itself.
        """
        if self._outlet is None:
            return False
        if not self._turn.acquire(blocking=False):
            return True
        try:
            if not self._is_next(frame) or not self._outlet.offer(frame.message):
                return False
            self._known = self._known.joined(frame.tells)
            self.after = frame.last
            self._resuming = False
            return not self._outlet.is_behind
        finally:
            self._turn.release()

    def _is_next(self, frame: Frame) -> bool:
        return (
            self.after == frame.first - 1
            and self._known.covers(frame.needs)
            and self._hub.has_only_events(self._dropped, self._notice, self._problem)
        )

    def _wait(self, timeout_seconds: float) -> bool:
        """Wait until there may be something to send; return whether there is."""
        self._turn.release()
        try:
            with self._hub.lock:
                return self.news.wait_for(self._is_news, timeout_seconds) and not self._hub.stopping
        finally:
            self._turn.acquire()

    def _is_news(self) -> bool:
        hub = self._hub
        if hub.framed > self.after or hub.stopping or hub.dropped > self._dropped:
            return True
        if self._outlet is not None and self._outlet.is_behind:
            return True
        notice, problem = hub.notice_held(self._notice), hub.problem(self._problem)
        # Each is read after the events that it belongs to.
        return any(each is not None and each.after <= self.after for each in (notice, problem))

    def _ready(self) -> bytes | None:
        if self._outlet is not None and self._outlet.is_behind:
            return None
        return self._lost() or self._frame() or self._result() or self._found()

    def _lost(self) -> bytes | None:
        missed = self._hub.journal.read(self.after, 1).missed
        if missed:
            first, self.after = self.after + 1, self.after + missed
            return wire.encode_lost(first, self.after, missed, *self._reason())
        dropped = self._hub.dropped
        if dropped > self._dropped:
            count, self._dropped = dropped - self._dropped, dropped
            why = "They came faster than they could be numbered."
            return wire.encode_lost(self.after + 1, self.after, count, "recorder", why)
        return None

    def _reason(self) -> tuple[Literal["journal", "stream"], str]:
        keeps = f"The server keeps the latest {self._hub.journal.capacity:,} events"
        if self._resuming:
            return "journal", f"{keeps}; these had left before they were asked for."
        return "stream", f"{keeps}; these left before this connection could take them."

    def _frame(self) -> bytes | None:
        frame = self._hub.recent.find(self.after + 1, self._known)
        if frame is None:
            # What is newer than `framed` is being encoded for everyone: it is worth waiting for.
            ready = self._hub.framed - self.after
            page = self._hub.journal.read(self.after, min(MAX_ROWS, ready))
            if ready <= 0 or page.missed or not page.events:
                return None
            frame = make_frame(page.events, self._hub.source, self._known)
        self._known = self._known.joined(frame.tells)
        self.after = frame.last
        self._resuming = False
        return frame.message

    def _result(self) -> bytes | None:
        notice = self._hub.notice(self._notice)
        # What an action came to is read after the events it caused.
        if notice is None or notice.after > self.after:
            return None
        self._notice = notice.number + 1
        return notice.message

    def _found(self) -> bytes | None:
        problem = self._hub.problem(self._problem)
        # It is read after the events that it rests on.
        if problem is None or problem.after > self.after:
            return None
        self._problem += 1
        return problem.message
