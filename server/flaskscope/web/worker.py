"""What there is to know of the server that handles the present request: how many threads it has, when it ends.

Servers hand an app neither, but the frame of their worker is below ours on the stack.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from types import FrameType

#: Threads of a server's pool that are left for the app itself.
SPARE_THREADS = 2


class Worker(Protocol):
    """The part of a server that handles requests."""

    server: str
    """What it is called in a sentence, at its beginning."""

    more_threads: str
    """How a person gives it more threads, as a sentence without its full stop."""

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to end: it waits for its requests then, and a stream would never end."""

    @property
    def max_streams(self) -> int | None:
        """How many streams it can bear; ``None`` if it sets no limit."""


class GunicornWorker:
    """A worker of gunicorn: ``gthread`` with its pool of threads, or ``gevent``, where a stream is a greenlet."""

    server = "This gunicorn worker"
    more_threads = "Start gunicorn with --threads 8 or more"

    def __init__(self, worker: Any, *, has_threads: bool) -> None:
        self._worker = worker
        self._has_threads = has_threads

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to end."""
        return not self._worker.alive

    @property
    def max_streams(self) -> int | None:
        """How many threads streams may take; greenlets are no matter."""
        return max(0, int(self._worker.cfg.threads) - SPARE_THREADS) if self._has_threads else None


class WaitressPool:
    """The pool of threads of waitress."""

    server = "This waitress"
    more_threads = "Start waitress with threads=8 or more"

    def __init__(self, dispatcher: Any) -> None:
        self._dispatcher = dispatcher

    @property
    def is_leaving(self) -> bool:
        """Whether all its threads were told to end."""
        return bool(self._dispatcher.stop_count >= len(self._dispatcher.threads))

    @property
    def max_streams(self) -> int | None:
        """How many threads streams may take."""
        return max(0, len(self._dispatcher.threads) - SPARE_THREADS)


def current_worker() -> Worker | None:
    """Return the worker that handles the present request, ``None`` under another server, such as Werkzeug's."""
    threaded = _loaded("gunicorn.workers.gthread", "ThreadWorker")
    cooperative = _loaded("gunicorn.workers.base_async", "AsyncWorker")
    waitress = _loaded("waitress.task", "ThreadedTaskDispatcher")
    if threaded is cooperative is waitress is None:
        return None
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - inspect.currentframe() is this and no more
    while frame is not None:
        if frame.f_code.co_name in {"handle_request", "handler_thread"}:
            owner = frame.f_locals.get("self")
            if threaded is not None and isinstance(owner, threaded):
                return GunicornWorker(owner, has_threads=True)
            if cooperative is not None and isinstance(owner, cooperative):
                return GunicornWorker(owner, has_threads=False)
            if waitress is not None and isinstance(owner, waitress):
                return WaitressPool(owner)
        frame = frame.f_back
    return None


def _loaded(module: str, name: str) -> type | None:
    """Return a class of a server, if that server has been imported."""
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else None
