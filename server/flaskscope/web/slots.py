"""How many streams may be open at once: each holds a thread of the server."""

from __future__ import annotations

import threading

from flaskscope.web.worker import Worker

#: Streams of one process. The next one is refused, so that a forgotten window cannot take the app's last thread.
MAX_STREAMS = 24


class Slots:
    """A count with an upper limit. Safe to use from any thread.

    Attributes:
        limit: How many there are.
        beside: Others that take threads of the same server, and are counted under the same lock.
    """

    def __init__(self, limit: int = MAX_STREAMS, beside: Slots | None = None) -> None:
        self.limit = limit
        self.beside = beside
        self._taken = 0
        self._lock = threading.Lock()
        if beside is not None:
            beside.beside, self._lock = self, beside._lock  # noqa: SLF001 - of the same class

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._taken

    def take(self, limit: int | None = None) -> bool:
        """Take one and return whether there was one.

        Args:
            limit: How many threads there are for these and those beside them, ``None`` for any number.
        """
        with self._lock:
            if limit is not None and self.beside is not None:
                limit -= self.beside.taken
            if self._taken >= (self.limit if limit is None else min(limit, self.limit)):
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """Give back one that was taken."""
        with self._lock:
            self._taken -= 1


def full(worker: Worker | None, limit: int) -> tuple[str, str]:
    """Return why there is no place for one more stream, and what to do.

    Args:
        worker: The one that handles the request, if it is known.
        limit: How many places there would be, were there threads enough.
    """
    bearable = worker.max_streams if worker else None
    if worker is None or bearable is None or bearable >= limit:
        return f"{limit} streams are open already: pages, or processes that send here.", "Close one."
    if bearable == 0:
        what = f"{worker.server} has too few threads for a live dashboard: the app needs them."
        return what, f"{worker.more_threads}."
    streams = "stream is" if bearable == 1 else "streams are"
    what = (
        f"{bearable} {streams} open already (pages, or processes that send here), and the app needs the rest."
    )
    return what, f"Close one, or {worker.more_threads[0].lower()}{worker.more_threads[1:]}."
