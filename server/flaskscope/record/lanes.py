"""Lanes: which thread an event belongs to, and what is pushed there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from flaskscope.events import Lane, Sees

#: How Python names a thread that was given no name: a running number and the function it runs. Werkzeug's server starts
#: one for each request, so that the number says nothing to anybody.
_UNNAMED = re.compile(r"^(Thread-\d+) \((.+)\)$")
_SERVES_ONE_REQUEST = "process_request_thread"


@dataclass(slots=True)
class PushedContext:
    """A context that is pushed, as the numbering of events knows it."""

    number: int
    type: str  # "app", "request" or "both"
    lane: LaneState
    pushed_at_ns: int
    site: int | None
    about: dict[str, object]
    pushes: int = 1


@dataclass(slots=True)
class LaneState:
    """A lane, and the contexts pushed in it, oldest first."""

    lane: Lane
    thread_name: str | None
    stack: list[PushedContext] = field(default_factory=list)
    teardown: tuple[int, str, str, int | None] | None = (
        None  # the function that runs now: start, name, level, site
    )

    def sees(self, *, merged: bool) -> Sees:
        """Return what ``g`` and ``request`` reach in this lane now."""
        if not self.stack:
            return Sees(None, None)
        if merged:
            top = self.stack[-1]
            return Sees(top.number, top.number if top.type == "both" else None)
        app = next((entry.number for entry in reversed(self.stack) if entry.type == "app"), None)
        request = next((entry.number for entry in reversed(self.stack) if entry.type == "request"), None)
        return Sees(app, request)


class Lanes:
    """The lanes of one process.

    Operating systems hand the identity of an ended thread to the next one, and Werkzeug's server starts a thread
    without a name for each request. A thread without a name therefore also takes over the lane of another, as long as
    nothing was left pushed there; what was left pushed is reported by `abandoned`. A thread with a name of its own has
    a lane of its own, or that of an earlier thread of the same name.
    """

    def __init__(self) -> None:
        self.all: list[Lane] = []
        self._by_thread: dict[int, LaneState] = {}
        self._by_name: dict[str, LaneState] = {}
        self._process = os.getpid()
        self._request_threads = 0
        #: Lanes whose thread is gone with contexts still pushed, not reported yet.
        self.abandoned: list[LaneState] = []

    def of(self, thread: int, thread_name: str | None = None) -> LaneState:
        """Return the lane of the thread with the identity *thread*; *thread_name* where the event knows it."""
        state = self._by_thread.get(thread)
        if state is not None:
            if thread_name is None or state.thread_name is None or state.thread_name == thread_name:
                return state
            if state.stack:
                self.abandoned.append(state)
            elif _UNNAMED.match(thread_name) and _UNNAMED.match(state.thread_name):
                state.thread_name = thread_name
                return state
        earlier = self._by_name.get(thread_name) if thread_name is not None else None
        if earlier is not None and not earlier.stack and earlier not in self._by_thread.values():
            self._by_thread[thread] = earlier
            return earlier
        state = LaneState(
            Lane(len(self.all) + 1, self._name(thread, thread_name), self._process), thread_name
        )
        self.all.append(state.lane)
        self._by_thread[thread] = state
        if thread_name is not None:
            self._by_name[thread_name] = state
        return state

    def _name(self, thread: int, thread_name: str | None) -> str:
        if thread_name is None:
            return f"thread {thread}"
        unnamed = _UNNAMED.match(thread_name)
        if unnamed is None:
            return thread_name
        if unnamed[2] == _SERVES_ONE_REQUEST:
            self._request_threads += 1
            return f"Request thread {self._request_threads}"
        return unnamed[1]

    def leave(self, alive: set[int]) -> None:
        """Report as abandoned what is pushed in threads that are not among those *alive*."""
        for thread, state in list(self._by_thread.items()):
            if state.stack and thread not in alive:
                self.abandoned.append(state)
                del self._by_thread[thread]

    @property
    def any_pushed(self) -> bool:
        """Whether any lane has a context pushed."""
        return any(state.stack for state in self._by_thread.values())

    def pushed(self) -> list[PushedContext]:
        """Return every pushed context, lane by lane."""
        return [entry for state in self._by_thread.values() for entry in state.stack]
