"""One who watches: nothing but a place in the journal, however slow it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flaskscope import wire
from flaskscope.hub.frames import MAX_ROWS, Known, make_frame

if TYPE_CHECKING:
    from flaskscope.hub.hub import Hub


class Subscriber:
    """What one connection still has to be sent.

    Made by `Hub.subscribe`; used by one thread. There is no queue: falling behind costs nobody any memory, and
    what left the journal meanwhile is told as lost, with the count.

    Attributes:
        after: The number of the last event that was handed out or told as lost.
    """

    def __init__(self, hub: Hub, known: Known, after: int, notice: int, dropped: int) -> None:
        self._hub = hub
        self._known = known
        self._notice = notice
        self._dropped = dropped
        self._resuming = False
        self._problem = 0
        self.after = after

    def seek(self, after: int) -> None:
        """Go on after event number *after*, forwards or backwards; what is gone from there on is told as lost."""
        self.after = after
        self._resuming = True

    def next(self, timeout_seconds: float) -> bytes | None:
        """Return the next message, or ``None`` when there was none within *timeout_seconds*."""
        message = self._ready()
        if message is None and self._hub.wait(
            self.after, self._notice, self._dropped, timeout_seconds, self._problem
        ):
            message = self._ready()
        return message

    def _ready(self) -> bytes | None:
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
