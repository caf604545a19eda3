"""How many streams may be open at once: each holds a thread of the server."""

from __future__ import annotations

import threading

from flaskscope.web.worker import Worker

#: Streams of one dashboard. The next one is refused, so that a forgotten window cannot take the app's last thread.
MAX_STREAMS = 24


class Held:
    """How many threads of one server are held by streams."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0


#: Of this process: its server has one pool of threads, however many apps with dashboards share it.
_held_here = Held()


class Slots:
    """A count with an upper limit. Safe to use from any thread.

    Args:
        limit: How many there are.
        held: Where the threads that they hold are counted, together with those of all others.
    """

    def __init__(self, limit: int = MAX_STREAMS, held: Held = _held_here) -> None:
        self.limit = limit
        self._held = held
        self._taken = 0

    def take(self, threads: int | None = None) -> bool:
        """Take one and return whether there was one.

        Args:
            threads: How many threads of the server all streams together may hold, ``None`` for any number.
        """
        with self._held.lock:
            if self._taken >= self.limit or (threads is not None and self._held.count >= threads):
                return False
            self._taken += 1
            self._held.count += 1
            return True

    def give_back(self) -> None:
        """Give back one that was taken."""
        with self._held.lock:
            self._taken -= 1
            self._held.count -= 1


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
