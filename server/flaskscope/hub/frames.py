"""Encoded batches of events, made once and shared by everyone who watches."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from flaskscope import wire
from flaskscope.events import Event, Lane, Site

#: Rows in one frame. More would keep a page busy for longer than one picture lasts.
MAX_ROWS = 2_000

#: Bytes of encoded frames kept for those who are a little behind. Whoever is further behind has them made anew.
MAX_RECENT_BYTES = 8 * 1024 * 1024


class Names(Protocol):
    """The part of a recording that explains the numbers of lanes and sites. Both lists only grow."""

    @property
    def lanes(self) -> list[Lane]: ...  # noqa: D102

    @property
    def sites(self) -> list[Site]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Known:
    """How many lanes and sites somebody has been told of, from the first on."""

    lanes: int
    sites: int

    def covers(self, other: Known) -> bool:
        """Return whether whoever knows this much knows all of *other*."""
        return self.lanes >= other.lanes and self.sites >= other.sites

    def joined(self, other: Known) -> Known:
        """Return what is known after learning *other* as well."""
        return Known(max(self.lanes, other.lanes), max(self.sites, other.sites))


@dataclass(frozen=True, slots=True)
class Frame:
    """The events *first* to *last* as one message.

    It can be read by whoever knows *needs*, who knows *tells* afterwards.
    """

    first: int
    last: int
    message: bytes
    needs: Known
    tells: Known


def known_now(names: Names) -> Known:
    """Return how many lanes and sites there are at this moment."""
    return Known(len(names.lanes), len(names.sites))


def make_frame(events: list[Event], names: Names, known: Known) -> Frame:
    """Return *events*, at least one, as a frame for whoever knows *known*."""
    # Lanes and sites are listed before the events that speak of them are numbered: what is there now is enough.
    tells = known_now(names).joined(known)
    lanes = names.lanes[known.lanes : tells.lanes]
    sites = names.sites[known.sites : tells.sites]
    return Frame(events[0][0], events[-1][0], wire.encode_events(events, lanes, sites), known, tells)


class RecentFrames:
    """The frames made last, found by the number of their first event. Safe to use from any thread."""

    def __init__(self, max_bytes: int = MAX_RECENT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._order: deque[Frame] = deque()
        self._by_first: dict[int, Frame] = {}
        self._lock = threading.Lock()

    def add(self, frame: Frame) -> None:
        """Keep *frame*; the oldest leave while there are too many bytes. One larger than all is not kept."""
        with self._lock:
            self._order.append(frame)
            self._by_first[frame.first] = frame
            self._bytes += len(frame.message)
            while self._bytes > self._max_bytes:
                oldest = self._order.popleft()
                self._by_first.pop(oldest.first, None)
                self._bytes -= len(oldest.message)

    def find(self, first: int, known: Known) -> Frame | None:
        """Return the frame that begins with event *first*, if it is kept and whoever knows *known* can read it."""
        with self._lock:
            frame = self._by_first.get(first)
        return frame if frame is not None and known.covers(frame.needs) else None

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._order.clear()
            self._by_first.clear()
            self._bytes = 0
