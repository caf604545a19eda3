"""What one page still has to be told of other processes, and how much of them it has read."""

from __future__ import annotations

from collections.abc import Mapping

from flaskscope import wire
from flaskscope.hub.processes import Process, Processes


class Reader:
    """What one page still has to be told of *processes*. Used by one thread.

    Args:
        processes: What is told.
        known: The number of the last event that the page has of each run it knows.
    """

    def __init__(self, processes: Processes, known: Mapping[str, int]) -> None:
        self._processes = processes
        self._known = known
        self._told: dict[str, tuple[Process, int]] = {}
        self._places: dict[str, int] = {}
        self._after: dict[str, int] = {}
        self._forgotten = 0

    @property
    def is_needed_soon(self) -> bool:
        """Whether something may come at any moment."""
        return self._processes.is_live

    def next(self) -> bytes | None:
        """Return the next message, or ``None`` when there is none now. It never waits."""
        self._processes.fetch()
        forgotten = self._next_forgotten()
        if forgotten is not None:
            return forgotten
        for process in self._processes.processes():
            run = process.joining.run
            told = self._told.get(run)
            if told is None or told[0] is not process or told[1] != process.version:
                self._told[run] = process, process.version
                if told is None or told[0] is not process:
                    # It may be more than is here so far: what comes from Redis comes from its beginning. One that was
                    # forgotten and came back is another one, with other places.
                    known = max(self._after.get(run, self._known.get(run, 0)), process.joining.begin)
                    self._places[run] = self._processes.place_after(process, known)
                    self._after[run] = known
                return process.introduced()
            message = self._next_of(process, run)
            if message is not None:
                return message
        return None

    def some(self, limit: int) -> list[bytes]:
        """Return the next messages, at most *limit*."""
        found: list[bytes] = []
        while len(found) < limit and (message := self.next()) is not None:
            found.append(message)
        return found

    def _next_forgotten(self) -> bytes | None:
        """Return what tells of processes that left before this page was told all of them."""
        found, self._forgotten = self._processes.forgotten_since(self._forgotten)
        missed = [
            each.last - max(each.begin, self._after.get(each.run, self._known.get(each.run, 0)))
            for each in found
        ]
        missed = [count for count in missed if count > 0]
        if not missed:
            return None
        why = f"They are of {len(missed)} processes or apps that had ended, and were forgotten to make room for others."
        # The run is the hub's own: of these processes the page may not know one.
        return wire.encode_lost(1, 0, sum(missed), "stream", why)

    def _next_of(self, process: Process, run: str) -> bytes | None:
        after = self._after[run]
        while (found := self._processes.at(process, self._places[run])) is not None:
            place, delivery = found
            if delivery.first > after + 1:
                self._after[run] = delivery.first - 1
                count = delivery.first - 1 - after
                why = "The hub had no room for them any more when this page could take them."
                return wire.encode_lost(after + 1, delivery.first - 1, count, "stream", why, run)
            self._places[run] = place + 1
            if delivery.last <= after and delivery.first <= after:
                continue  # the page has it from somewhere else
            self._after[run] = max(after, delivery.last)
            return (wire.without(delivery, run, after) if delivery.first <= after else delivery).message
        return None
