"""Joins a recording to everyone who watches it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from flaskscope.events import Event, Lane, Site
from flaskscope.hub.frames import MAX_ROWS, Frame, Known, RecentFrames, known_now, make_frame
from flaskscope.hub.journal import Journal
from flaskscope.hub.subscriber import Outlet, Subscriber

logger = logging.getLogger(__name__)

#: Seconds between two looks at the recording while somebody watches: one picture of a 60 Hz screen.
BATCH_SECONDS = 0.016

#: The least part of that between the end of one look and the next, however long a look takes: the app needs its turn.
LEAST_REST = 0.25

#: Seconds from when the last one who watches leaves until recording is paused, where that was asked for: a page that
#: is loaded anew is back by then.
LINGER_SECONDS = 3.0

#: Seconds that events have to be missing before they are told as lost: two threads may hand in theirs in another order
#: than they counted them.
SETTLE_SECONDS = 0.2

#: Frames made at once before the pump rests: about what the ring of a recording holds.
MAX_FRAMES_AT_ONCE = 50

#: Results of actions kept for those who are behind. A page that misses one still gets it as the answer to its own
#: request.
MAX_NOTICES = 64


class Source(Protocol):
    """The part of a recording that the hub and the dashboard need."""

    @property
    def run(self) -> str:
        """16 hexadecimal digits, new for each recording, and in each process that is forked."""

    @property
    def clock(self) -> tuple[int, float]:
        """The monotonic clock in nanoseconds and the wall clock in milliseconds, both when at_ns was 0."""

    @property
    def lanes(self) -> list[Lane]:
        """All lanes so far; number n is at index n - 1."""

    @property
    def sites(self) -> list[Site]:
        """All sites so far; number n is at index n - 1."""

    @property
    def stack(self) -> str:
        """``separate`` or ``merged``: how this version of Flask stacks app and request contexts."""

    @property
    def dropped(self) -> int:
        """How many events were lost before they got a number."""

    @property
    def failures(self) -> int:
        """How often one of our own hooks failed."""

    def flush(self, limit: int | None = None) -> bool:
        """Number what was recorded since, about *limit* events at most, and add it to the journal.

        Returns whether that was all there was. Cheap when there is nothing.
        """

    def open_contexts(self) -> list[dict[str, Any]]:
        """Return the *about* of the contexts that are pushed now."""


class Notice(NamedTuple):
    """A message for everyone, to be read after the event number *after*."""

    number: int
    after: int
    message: bytes


class Hub:
    """Hands what a *source* records to any number of subscribers, through *journal*, which it must feed.

    While somebody watches, one thread looks at the source every `BATCH_SECONDS` and encodes what is new once. It hands
    that to the outlet of each subscriber who has all that came before, and wakes those who have not, or have no outlet:
    they send in their own threads. While nobody watches, no thread runs and nothing is encoded. Safe to use from any
    thread.

    Args:
        source: What is recorded.
        journal: Keeps it.
        batch_seconds: Seconds between two looks at the source.
        examine: Is given the events, in order, while somebody watches, from the oldest that is kept when the first
            one comes. What it returns are messages for everyone, also for those who come later, each to be read
            after the newest of those events. There have to be few of them: all are kept.
        conclude: Is asked for further such messages, by the same thread, after `Hub.conclude`.
        watch: Is told, with true, before the first one begins to watch, and with false some time after the last one
            stopped.
        linger_seconds: That time.
    """

    def __init__(
        self,
        source: Source,
        journal: Journal,
        *,
        batch_seconds: float = BATCH_SECONDS,
        examine: Callable[[list[Event]], list[bytes]] | None = None,
        conclude: Callable[[], list[bytes]] | None = None,
        watch: Callable[[bool], None] | None = None,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        self.source = source
        self.journal = journal
        self.recent = RecentFrames()
        self._batch_seconds = batch_seconds
        self._watch = watch
        self._linger_seconds = linger_seconds
        self.lock = threading.Lock()
        self._changed = threading.Condition(self.lock)
        self._stopped = threading.Event()
        self._watching = 0
        self._subscribers: list[Subscriber] = []
        self._pump: threading.Thread | None = None
        self._framed = 0
        self._known = Known(0, 0)
        self._dropped_seen = 0
        self._drops: deque[tuple[float, int]] = deque()
        self._notices: deque[Notice] = deque(maxlen=MAX_NOTICES)
        self._notice_count = 0
        self._flush_failed = False
        self._examine = examine
        self._conclude = conclude
        self._is_to_conclude = False
        self._examined = 0
        self._problems: list[Notice] = []

    @property
    def watching(self) -> int:
        """How many watch at this moment."""
        return self._watching

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called: every stream ends then."""
        return self._stopped.is_set()

    @contextmanager
    def subscribe(self, outlet: Outlet | None = None) -> Iterator[Subscriber]:
        """Yield a `Subscriber` that stands at the journal's end and knows the lanes and sites of this moment.

        With an *outlet*, events that come while it waits go there, as far as that takes them.
        """
        subscriber = None
        with self.lock:
            self._watching += 1
            if self._watching == 1:
                self._tell_watch(watched=True)
        try:
            self.flush()
            with self.lock:
                subscriber = Subscriber(
                    self,
                    known_now(self.source),
                    self.journal.last,
                    self._notice_count,
                    self.source.dropped,
                    outlet,
                )
                self._subscribers = [*self._subscribers, subscriber]
                # A thread does not survive a fork; is_alive() is false then.
                if self._pump is None or not self._pump.is_alive():
                    self._framed, self._known = self.journal.last, known_now(self.source)
                    self._pump = threading.Thread(target=self._run, name="flaskscope-pump", daemon=True)
                    self._pump.start()
            yield subscriber
        finally:
            with self.lock:
                self._watching -= 1
                self._subscribers = [each for each in self._subscribers if each is not subscriber]

    def _tell_watch(self, *, watched: bool) -> None:
        if self._watch is not None:
            try:
                self._watch(watched)
            except Exception:  # a guest: whoever watches sees what there is
                logger.exception("FlaskScope could not %s recording.", "resume" if watched else "pause")

    def flush(self, limit: int | None = None) -> bool:
        """Bring what was recorded so far into the journal, about *limit* events at most; return whether that was all.

        Never raises: a failure is logged, once.
        """
        try:
            return self.source.flush(limit)
        except Exception:  # a guest: the app and the other subscribers go on
            if not self._flush_failed:
                self._flush_failed = True
                logger.exception("FlaskScope could not number the events recorded.")
            return True

    def publish(self, message: bytes) -> None:
        """Send *message* to all who watch, after the events that were recorded until now."""
        self.flush()
        with self.lock:
            self._notices.append(Notice(self._notice_count, self.journal.last, message))
            self._notice_count += 1
            self._wake_all()

    def stop(self) -> None:
        """End all streams, for good."""
        self._stopped.set()
        with self.lock:
            self._wake_all()

    def conclude(self) -> None:
        """Have it told what is wrong because the process ends; `is_examined` is false until that was done."""
        self._is_to_conclude = self._conclude is not None and not self.stopping

    def _wake_all(self) -> None:
        self._changed.notify_all()
        for subscriber in self._subscribers:
            subscriber.news.notify_all()

    @property
    def notice_count(self) -> int:
        """How many notices were published so far."""
        return self._notice_count

    @property
    def framed(self) -> int:
        """The number of the newest event that is ready to be sent: what is newer is being encoded, once for all."""
        return self._framed

    @property
    def is_examined(self) -> bool:
        """Whether all events that were sent have been examined, as far as anybody examines them."""
        return self._examine is None or (self._examined >= self._framed and not self._is_to_conclude)

    @property
    def dropped(self) -> int:
        """How many events were lost before they got a number, as far as that is certain."""
        return self._dropped_seen

    def has_only_events(self, dropped: int, notice: int, problem: int) -> bool:
        """Return whether there is nothing but events for who knows of *dropped* lost ones and awaits these numbers."""
        return (
            self._dropped_seen <= dropped and self._notice_count <= notice and len(self._problems) <= problem
        )

    def wait(self, after: int, dropped: int, timeout_seconds: float) -> bool:
        """Wait until there is an event after number *after*, or more than *dropped* lost ones.

        Returns whether there is; ``False`` after *timeout_seconds*, or when the hub stops.
        """

        def is_news() -> bool:
            return self._framed > after or self.stopping or self._dropped_seen > dropped

        with self.lock:
            return self._changed.wait_for(is_news, timeout_seconds) and not self.stopping

    def notice(self, number: int) -> Notice | None:
        """Return the first notice with at least *number* that is still kept."""
        with self.lock:
            return self.notice_held(number)

    def notice_held(self, number: int) -> Notice | None:
        """Return what `notice` does, to one who has the `lock`."""
        if number >= self._notice_count:
            return None
        return next((notice for notice in self._notices if notice.number >= number), None)

    def problem(self, number: int) -> Notice | None:
        """Return the message number *number*, from 0, of those that examining the events gave."""
        return self._problems[number] if number < len(self._problems) else None

    def _run(self) -> None:
        lonely_since: float | None = None
        due = time.monotonic()
        while True:
            # On a beat, and not so long after the work is done: what is late by that is late for everyone.
            now = time.monotonic()
            due = max(due + self._batch_seconds, now + LEAST_REST * self._batch_seconds)
            self._stopped.wait(due - now)
            with self.lock:
                if self._watching and not self.stopping:
                    lonely_since = None
                else:
                    lonely_since = lonely_since or time.monotonic()
                    if self._lingers(lonely_since):
                        continue
                    self._tell_watch(watched=False)
                    self._pump = None
                    self.recent.clear()
                    return
            # A frame's worth at a time: what is numbered is sent before more is, while it is still in a cache.
            for _ in range(MAX_FRAMES_AT_ONCE):
                was_all = self.flush(MAX_ROWS)
                self._tell_news()
                if was_all or self.stopping:
                    break

    def _tell_news(self) -> None:
        """Send what is in the journal and new, and have it examined. Never raises."""
        try:
            self._frame_news()
        except Exception:
            logger.exception(
                "FlaskScope could not encode the events %d to %d.", self._framed + 1, self.journal.last
            )
            self._framed = self.journal.last
        try:
            self._examine_news()
        except Exception:  # a guest, as above
            self._examine = None
            logger.exception(
                "FlaskScope's doctor failed: no more problems are told until the app is restarted."
            )

    def _lingers(self, lonely_since: float) -> bool:
        """Return whether somebody may come back whom recording waits for."""
        is_waited_for = self._watch is not None and not self.stopping
        return is_waited_for and time.monotonic() - lonely_since < self._linger_seconds

    def _examine_news(self) -> None:
        """Have the next events examined: a frame's worth at a time, so that sending never waits for it."""
        if self._examine is None:
            return
        if self._examined >= self._framed:
            if self._conclude is not None and self._is_to_conclude:
                self._add_problems(self._conclude(), self._examined)
                self._is_to_conclude = False
            return
        events = self.journal.read(self._examined, min(MAX_ROWS, self._framed - self._examined)).events
        if not events:
            self._examined = self._framed
            return
        newest = events[-1][0]
        self._add_problems(self._examine(events), newest)
        # Last: whoever sees that all is examined finds all that was found.
        self._examined = newest

    def _add_problems(self, messages: list[bytes], after: int) -> None:
        if messages:
            with self.lock:
                first = len(self._problems)
                self._problems += (
                    Notice(number, after, message) for number, message in enumerate(messages, first)
                )
                self._wake_all()

    def _settled_drops(self) -> int:
        """Return how many events were lost for certain: so many have been missing for `SETTLE_SECONDS`."""
        dropped, now = self.source.dropped, time.monotonic()
        if dropped <= self._dropped_seen:
            self._drops.clear()
            return self._dropped_seen
        self._drops.append((now, dropped))
        while len(self._drops) > 1 and self._drops[1][0] <= now - SETTLE_SECONDS:
            self._drops.popleft()
        if self._drops[0][0] > now - SETTLE_SECONDS:
            return self._dropped_seen
        return min(count for _, count in self._drops)

    def _frame_news(self) -> None:
        """Encode what is new, once for all, and see that everyone gets it."""
        dropped, last = self._settled_drops(), self.journal.last
        if dropped != self._dropped_seen:
            self._dropped_seen = dropped
            with self.lock:
                self._wake_all()
        while self._framed < last:
            # Never empty: the newest events are the last to leave.
            frame = make_frame(self.journal.read(self._framed, MAX_ROWS).events, self.source, self._known)
            self.recent.add(frame)
            self._known = frame.tells
            self._framed = frame.last
            self._hand_out(frame)

    def _hand_out(self, frame: Frame) -> None:
        """Give *frame* to all who can take it now, and wake those who cannot."""
        waiting = [subscriber for subscriber in self._subscribers if not subscriber.push(frame)]
        with self.lock:
            self._changed.notify_all()
            for subscriber in waiting:
                subscriber.news.notify_all()
