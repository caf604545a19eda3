"""Lanes: which thread, task or greenlet an event belongs to, and what is pushed there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import lru_cache

from flaskscope.events import Lane, Sees
from flaskscope.record.identity import Key, is_greenlet
from flaskscope.record.pushers import thread_name as name_of_thread
from flaskscope.record.threads import NOT_STARTED, Starting

#: How Python names a thread that was given no name: a running number and the function it runs. Werkzeug's server starts
#: one for each request, so that the number says nothing to anybody.
_OF_A_FUNCTION = re.compile(r"^Thread-\d+ \((.+)\)$")
_SERVES_ONE_REQUEST = "process_request_thread"

#: Names that only count: of threads that run no function, of threads of pools, of tasks.
_COUNTED = re.compile(r"^(Thread-|ThreadPoolExecutor-|Task-)\d+(_\d+)?$")

#: How Python names a thread that it did not start, once somebody asked for it. A greenlet looks like one.
_FOREIGN = re.compile(r"^Dummy-\d+$")

#: Lanes of one sort whose names only count (``Task-7``). Those that come later share lanes named ``Task-… 1`` and so
#: on, each used again once nothing is pushed in it: an app may start a thread or a task for every request.
MAX_COUNTED_LANES = 64

#: Lanes with names that people gave. Those that come later share lanes as well.
MAX_NAMED_LANES = 1_000

#: Threads that are on their way and whose identity is not known yet. The oldest are given up first.
MAX_STARTING = 1_000

#: The same ones for the same numbers: each context is seen before and after what happens inside it.
shared_sees = lru_cache(maxsize=1_024)(Sees)


@dataclass(slots=True, eq=False)
class PushedContext:
    """A context that is pushed, as the numbering of events knows it."""

    number: int
    type: str  # "app", "request" or "both"
    lane: LaneState
    pushed_at_ns: int
    site: int | None
    about: dict[str, object]
    pushes: int = 1


@dataclass(slots=True, eq=False)
class LaneState:
    """A lane, and the contexts pushed in it, oldest first."""

    lane: Lane
    thread_name: str  # empty for one that Python did not start
    key: Key | None = None  # of who has it now, or had it last
    over: bool = False  # whether that is known to have ended
    started: bool = False  # whether it is of threads of which is known who started them
    under: LaneState | None = None  # of the thread of a task, whose contexts the task inherited
    stack: list[PushedContext] = field(default_factory=list)
    teardown: tuple[int, str, str, int | None] | None = (
        None  # the function that runs now: start, name, level, site
    )

    def sees(self, *, merged: bool) -> Sees:
        """Return what ``g`` and ``request`` reach in this lane now."""
        stack = self.stack if self.under is None else self.under.stack + self.stack
        if not stack:
            return shared_sees(None, None)
        if merged:
            top = stack[-1]
            return shared_sees(top.number, top.number if top.type == "both" else None)
        app = request = None
        for entry in reversed(stack):
            if entry.type == "app":
                app = app or entry.number
            else:
                request = request or entry.number
            if app and request:
                break
        return shared_sees(app, request)


class Lanes:
    """The lanes of one process.

    Operating systems hand the identity of an ended thread to the next one, and Werkzeug's server starts a thread
    without a name for each request. A thread without a name therefore takes over the lane of an earlier one that ran
    the same function, once that is over and nothing was left pushed there; what was left pushed is reported by
    `abandoned`. A thread with a name of its own has a lane of its own, or that of an earlier thread of the same name.
    """

    def __init__(self) -> None:
        self.all: list[Lane] = []
        self._by_key: dict[Key, LaneState] = {}
        #: Lanes by what they are called, or by what they are called but for a number; each in the order they were made.
        self._by_name: dict[str, list[LaneState]] = {}
        self._counted: dict[str, int] = {}
        self._named = 0
        self._process = os.getpid()
        #: Threads that run something on behalf of another one, which waits for it: the lane of that one.
        self._lent: dict[Key, LaneState] = {}
        self._starting: list[tuple[Starting, LaneState]] = []
        #: The lanes by their keys while a look into it finds what `of` would; empty while that has more to think of.
        self.usual: dict[Key, LaneState] = self._by_key
        #: Whether any task has a lane.
        self.has_tasks = False
        #: Lanes whose thread is gone with contexts still pushed, not reported yet.
        self.abandoned: list[LaneState] = []

    def move_to(self, process: int) -> None:
        """Let all lanes be those of another *process*: a forked one goes on with the lanes of its parent."""
        self._process = process
        self.all[:] = [lane._replace(process=process) for lane in self.all]
        for states in self._by_name.values():
            for state in states:
                state.lane = self.all[state.lane.id - 1]

    def of(self, key: Key, thread_name: str | None = None, *, started: bool = False) -> LaneState:
        """Return the lane of the thread, task or greenlet *key*.

        *thread_name* is what Python calls the thread: empty if it did not start it, ``None`` if nobody looked.
        A thread of which is known who *started* it never shares a lane with one of which nobody knows that.
        """
        if not self._starting and not self._lent:
            state = self._by_key.get(key)
            if state is not None and (thread_name is None or thread_name == state.thread_name):
                return state
        if self._starting:
            self._meet_those_that_started()
        if self._lent and (host := self._lent.get(key)) is not None:
            return host
        if thread_name is not None and _FOREIGN.match(thread_name):
            thread_name = ""
        state = self._by_key.get(key)
        if state is not None:
            if type(key) is tuple or thread_name is None or thread_name == state.thread_name:
                return state
            if state.stack:
                self.abandoned.append(state)
            state.over = True
            del self._by_key[key]
        if type(key) is tuple:
            self.has_tasks = True
            self._note_what_is_usual()
            thread = self.of(key[0], thread_name)
            state = self._take(key, "", f"{thread.lane.name} › ", key[2])
            state.under = thread
            return state
        assert type(key) is int
        if thread_name is None:
            thread_name = _FOREIGN.sub("", name_of_thread(key) or "")
        if not thread_name:
            return self._take(key, "", "", "Greenlet" if is_greenlet(key) else "Unnamed thread", slots=True)
        of_a_function = _OF_A_FUNCTION.match(thread_name)
        if of_a_function is None:
            return self._take(key, thread_name, "", thread_name, started=started)
        function = of_a_function[1]
        name = "Request thread" if function == _SERVES_ONE_REQUEST else f"Thread ({function})"
        return self._take(key, thread_name, "", name, slots=True, started=started)

    def _take(
        self,
        key: Key,
        thread_name: str,
        prefix: str,
        name: str,
        *,
        slots: bool = False,
        started: bool = False,
    ) -> LaneState:
        """Return a lane for *key*: an earlier one that is free, or a new one.

        Args:
            key: Who has it from now on.
            thread_name: What Python calls the thread, if it has it in its books.
            prefix: What its name begins with.
            name: What follows.
            slots: Whether lanes of the name are numbered, and any free one will do.
            started: Whether only one will do that was, or was not, made for a thread that somebody started.
        """
        if not slots:
            counted = _COUNTED.match(name)
            if counted is not None:
                sort = prefix + counted[1]
                known = self._counted.get(sort, 0)
                if known >= MAX_COUNTED_LANES and prefix + name not in self._by_name:
                    name, slots = f"{counted[1]}…", True
                elif prefix + name not in self._by_name:
                    self._counted[sort] = known + 1
            elif prefix + name not in self._by_name:
                if self._named >= MAX_NAMED_LANES:
                    prefix, name, slots = "", "Another thread", True
                else:
                    self._named += 1
        lanes = self._by_name.setdefault(prefix + name, [])
        state = next((state for state in lanes if state.started == started and self._is_free(state)), None)
        if state is None:
            number = f" {len(lanes) + 1}" if slots else ""
            lane = Lane(len(self.all) + 1, f"{prefix}{name}{number}", self._process)
            state = LaneState(lane, thread_name, started=started)
            self.all.append(lane)
            lanes.append(state)
        elif state.key is not None and self._by_key.get(state.key) is state:
            del self._by_key[state.key]
        state.thread_name, state.key, state.over = thread_name, key, False
        self._by_key[key] = state
        return state

    def _is_free(self, state: LaneState) -> bool:
        if state.stack or any(state is starting for _, starting in self._starting):
            return False
        return state.over or type(state.key) is tuple or (is_greenlet(state.key) and not state.thread_name)

    def settle(self, alive: set[int]) -> None:
        """Note that threads which are not among those *alive* are over, and that all they did has been told."""
        for key, state in list(self._by_key.items()):
            if type(key) is tuple or key in alive or (is_greenlet(key) and not state.thread_name):
                continue
            state.over = True
            if not state.stack:
                del self._by_key[key]

    def start(self, thread: Starting | int, thread_name: str) -> LaneState:
        """Return the lane of a *thread* that is being started, or that runs already and has this identity."""
        identity = thread.identity if isinstance(thread, Starting) else thread
        if identity is not None:
            return self.of(identity, thread_name, started=True)
        assert isinstance(thread, Starting)
        state = self.of(0, thread_name, started=True)  # no thread has this identity
        del self._by_key[0]
        self._starting.append((thread, state))
        del self._starting[:-MAX_STARTING]
        self._note_what_is_usual()
        return state

    def _meet_those_that_started(self) -> None:
        for entry in list(self._starting):
            starting, state = entry
            thread = starting.identity
            if thread is None:
                continue
            self._starting.remove(entry)
            if thread == NOT_STARTED:
                state.over = True
                continue
            before = self._by_key.pop(thread, None)
            if before is not None and before.stack:
                self.abandoned.append(before)
            state.key = thread
            self._by_key[thread] = state
            if before is not None:
                before.over = True
        self._note_what_is_usual()

    def lend(self, thread: int, host: LaneState | None) -> None:
        """Let what happens in *thread* be in the lane *host* from now on; in its own again if that is ``None``."""
        if host is None:
            self._lent.pop(thread, None)
        else:
            self._lent[thread] = host
        self._note_what_is_usual()

    def _note_what_is_usual(self) -> None:
        self.usual = {} if self._starting or self._lent or self.has_tasks else self._by_key

    def suspects(self, alive: set[int], gone: set[int]) -> list[PushedContext]:
        """Return what is pushed in threads that are not among those *alive*, and by tasks and greenlets what is *gone*.

        A context that is pushed in a task or a greenlet dies with it unless somebody else holds it; *gone* are the
        numbers of those that did.
        """
        found = []
        for key, state in self._by_key.items():
            if not state.stack:
                continue
            thread = key[0] if type(key) is tuple else key
            if thread is key and not is_greenlet(key):
                if thread not in alive:
                    found += state.stack
            elif thread not in alive and not is_greenlet(thread):
                found += state.stack
            else:
                found += _with_their_app_contexts(state.stack, gone)
        return found

    @property
    def any_pushed(self) -> bool:
        """Whether any lane has a context pushed."""
        return any(state.stack for state in self._by_key.values())

    def pushed(self) -> list[PushedContext]:
        """Return every pushed context, lane by lane."""
        return [entry for state in self._by_key.values() for entry in state.stack]


def _with_their_app_contexts(stack: list[PushedContext], gone: set[int]) -> list[PushedContext]:
    found = []
    for entry, above in zip(stack, [*stack[1:], None], strict=True):
        implied = above is not None and above.number in gone and "implicit" in entry.about
        if entry.number in gone or implied:
            found.append(entry)
    return found
