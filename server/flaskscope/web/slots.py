"""How many streams may be open at once: each holds a thread of the server."""

from __future__ import annotations

import threading

#: Streams of one process. The next one is refused, so that a forgotten window cannot take the app's last thread.
MAX_STREAMS = 24


class Slots:
    """A count with an upper limit. Safe to use from any thread."""

    def __init__(self, limit: int = MAX_STREAMS) -> None:
        self.limit = limit
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._taken

    def take(self, limit: int | None = None) -> bool:
        """Take one and return whether there was one, of at most *limit* if that is lower than the own one."""
        with self._lock:
            if self._taken >= (self.limit if limit is None else min(limit, self.limit)):
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """Give back one that was taken."""
        with self._lock:
            self._taken -= 1
