"""What the doctor remembers of a recording: the contexts that are pushed, and the latest of those that were.

Everything in here is bounded, so that a recording may go on for ever. What was forgotten is no evidence any more: a
rule that would need it says nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from flaskscope.doctor.failures import is_of_the_stack
from flaskscope.doctor.places import Places
from flaskscope.doctor.seen import Miss, Seen, Write
from flaskscope.events import (
    ContextAbandoned,
    ContextPopped,
    ContextPushed,
    GDeleted,
    GMissed,
    GSet,
    Lane,
    SessionChanged,
    SessionOpened,
    SessionRead,
    SessionSaved,
    Site,
    TeardownRan,
    ThreadStarted,
)

#: Contexts that are remembered while they are pushed. An app that never pops is found out long before.
MAX_PUSHED = 5_000

#: Contexts that are remembered after they were popped; the oldest are forgotten first.
MAX_POPPED = 2_000

#: Names remembered of one ``g``, and the times a name was missed in one. More are not looked at.
MAX_NAMES = 200
MAX_MISSES = 50

#: Browsers of which is remembered that their cookie was written or accepted; the oldest are forgotten first.
MAX_COOKIES = 2_000

#: Threads of which is remembered who started them; the oldest are forgotten first.
MAX_STARTED = 1_000


_new: Final[Any] = tuple.__new__

_NO_SETTING: Final = (None, None, 0, None)


class Case:
    """All that rules may ask about. Each event is given to one of `takers`, in order, before the rules see it.

    Args:
        lines: Returns the source lines of a file by its path, an empty sequence if it cannot be had.
        slow_teardown_seconds: A teardown function that runs longer is slow.
        stale_request_seconds: A request context whose session is used when it is older is stale.
    """

    def __init__(
        self,
        lines: Callable[[str], Sequence[str]],
        *,
        slow_teardown_seconds: float,
        stale_request_seconds: float,
    ) -> None:
        self.places = Places(lines)
        self.slow_teardown_seconds = slow_teardown_seconds
        self.stale_request_seconds = stale_request_seconds
        self.last_miss: dict[int, Miss] = {}
        #: By lane: how the thread that has it now was started, or the job that a thread of a pool was given last.
        self.started: OrderedDict[int, ThreadStarted] = OrderedDict()
        #: By browser: the event that wrote its session cookie, or that accepted it.
        self.cookies: OrderedDict[int, int] = OrderedDict()
        self.stacks: dict[int, list[Seen]] = {}
        #: Lanes in which a context was popped that was not the newest one.
        self.spoiled: set[int] = set()
        self._pushed: OrderedDict[int, Seen] = OrderedDict()
        self._popped: OrderedDict[int, Seen] = OrderedDict()
        self._known: dict[int | None, Seen] = {}  # both of them
        #: Until something is pushed or popped: the context in whose ``g`` a name was put last, its number, the lane,
        #: and the request that was in that.
        self._last_setting: tuple[Any, int | None, int, int | None] = _NO_SETTING
        #: Returns what is known of a context, pushed or popped; ``None`` if it is not known, or no longer.
        self.context: Callable[[int | None], Seen | None] = self._known.get
        #: What takes in an event before the rules see it, and what does afterwards, by its kind; other kinds tell
        #: nothing that is remembered. By kind and not by class: thousands of events a second are looked up here.
        #: A pop that is as usual is told by a true answer.
        self.takers: dict[str, Callable[[Any], bool | None]] = {
            "context.pushed": self._push,
            "context.popped": self._popped_by_code,
            "context.abandoned": self._abandoned,
            "g.set": self._set,
            "g.deleted": self._delete,
            "g.missed": self._miss,
            "teardown": self._forgive_misses,
            "session.opened": self._opened,
            "session.read": self._read,
            "session.changed": self._changed,
            "thread.started": self._thread_started,
        }
        self.late_takers: dict[str, Callable[[Any], None]] = {
            "context.pushed": self._after_push,
            "context.popped": self._after_pop,
            "session.saved": self._saved,
            "session.opened": self._accepted,
        }

    def name(self, sites: Sequence[Site], lanes: Sequence[Lane]) -> None:
        """Take in what the numbers of sites and lanes stand for."""
        self.places.sites = sites
        self.places.lanes = lanes

    def pushed(self) -> list[Seen]:
        """Return the contexts that are pushed, oldest first."""
        return list(self._pushed.values())

    def who(self, seen: Seen) -> str:
        """Name a context; the app context that Flask pushed for a request by that request, as people know it."""
        return self.places.who(self.context(seen.request) or seen if seen.implicit else seen)

    def request_in(self, lane: int) -> Seen | None:
        """Return the newest context with a request that is pushed in *lane*."""
        for seen in reversed(self.stacks.get(lane, ())):
            if seen.has_request:
                return seen
        return None

    def last_set(self, name: str) -> Write | None:
        """Return how *name* was put into the ``g`` of the newest context that had it, of those that are remembered."""
        for seen in reversed(self._known.values()):
            write = seen.names.get(name)
            if write is not None:
                return write
        return None

    def starter_of(self, lane: int) -> ThreadStarted | None:
        """Return the event by which what runs in *lane* was started, if that happened inside a context."""
        return self.started.get(lane)

    def _push(self, event: ContextPushed) -> None:
        self._last_setting = _NO_SETTING
        about = event.about
        seen = self._pushed.get(event.context)
        if seen is not None:
            seen.scattered = True
            _push_again(seen, about["how"])
        else:
            earlier = self._popped.pop(event.context, None)
            number, at_ns, _, lane, context, site, _ = event
            kind, told = about["type"], about.get
            # By place: names would cost as much again, and it is made for each context there is.
            seen = Seen(
                context,
                kind,
                kind != "app",
                about["how"],
                lane,
                about["thread"] or self.places.lane(lane),
                number,
                site,
                at_ns,
                about["sees"][0],
                told("method"),
                told("path"),
                told("reused"),
                told("copied"),
                "implicit" in about,
            )
            stack = self.stacks.get(lane)
            if stack:
                seen.over = stack[-1].g
            if earlier is not None:
                seen.again = about["how"]
                seen.looked_at = seen.again == "test client"
                seen.teardowns = earlier.teardowns
                seen.names, seen.opened, seen.saved = earlier.names, earlier.opened, earlier.saved
                seen.reads, seen.writes = earlier.reads, earlier.writes
            if told("g"):
                seen.names = seen.names or {}
                for name, _ in about["g"]:
                    seen.names.setdefault(name, Write(event.number, event.site, event.context, None))
            self._pushed[event.context] = self._known[event.context] = seen
            if len(self._pushed) > MAX_PUSHED:
                forgotten, oldest = self._pushed.popitem(last=False)
                del self._known[forgotten]
                self._forget(oldest)
        if seen.has_request and (home := self.context(seen.g)) is not None and home.request is None:
            home.request = seen.number
        seen.pushes = about["pushes"]
        self.stacks.setdefault(event.lane, []).append(seen)

    def _after_push(self, event: ContextPushed) -> None:
        if self.spoiled and len(self.stacks[event.lane]) == 1:
            self.spoiled.discard(event.lane)

    def _forget(self, seen: Seen) -> None:
        for lane in list(self.stacks) if seen.scattered else (seen.lane,):
            stack = self.stacks.get(lane)
            if stack is None:
                continue
            if stack and stack[-1] is seen and not seen.scattered:
                del stack[-1]
            else:
                stack[:] = [kept for kept in stack if kept is not seen]
            if not stack:
                del self.stacks[lane]

    def _popped_by_code(self, event: ContextPopped) -> bool:
        """Take in a pop; return whether it is as usual, see `Rule.wants_usual`."""
        failure = event.failure
        seen = self._pop(event, left=event.pushes, failed=failure is not None)
        return (
            seen is not None
            and failure is None
            and event.unhandled is None
            and seen.lane == event.lane
            and not seen.misses
        )

    def _abandoned(self, event: ContextAbandoned) -> None:
        self._pop(event, left=0, failed=False)

    def _pop(self, event: ContextPopped | ContextAbandoned, *, left: int, failed: bool) -> Seen | None:
        """Take in that a context is pushed *left* times now; return what is known of it, if it was pushed."""
        self._last_setting = _NO_SETTING
        seen = self._pushed.get(event.context)
        if seen is None:
            return None
        # A pop that was refused may have changed nothing.
        if 0 < left < seen.pushes:
            _pop_once(seen, event.how if type(event) is ContextPopped else None)
        seen.pushes = left
        seen.pop_failed |= failed
        if left:
            for stack in (self.stacks.get(event.lane, []), self.stacks.get(seen.lane, [])):
                if seen in stack:
                    stack.reverse()
                    stack.remove(seen)
                    stack.reverse()
                    break
            return seen
        self._forget(seen)
        seen.popped = event.number
        del self._pushed[event.context]
        self._popped[event.context] = seen
        if len(self._popped) > MAX_POPPED:
            del self._known[self._popped.popitem(last=False)[0]]
        return seen

    def _after_pop(self, event: ContextPopped) -> None:
        if event.failure is not None and is_of_the_stack(event.failure):
            self.spoiled.add(event.lane)

    def _opened(self, event: SessionOpened) -> None:
        seen = self.context(event.context)
        if seen is not None:
            seen.opened, seen.saved = event, None

    def _accepted(self, event: SessionOpened) -> None:
        if event.origin == "cookie":
            self._know_cookie(event.browser, event.number)

    def _read(self, event: SessionRead) -> None:
        seen = self.context(event.context)
        if seen is not None and len(seen.reads) < MAX_NAMES:
            seen.reads = seen.reads or {}
            seen.reads.setdefault(event.key, Write(event.number, event.site, seen.number, None))

    def _changed(self, event: SessionChanged) -> None:
        seen = self.context(event.context)
        if seen is not None and (len(seen.writes) < MAX_NAMES or event.key in seen.writes):
            seen.writes = seen.writes or {}
            seen.writes[event.key] = Write(event.number, event.site, seen.number, None)

    def _saved(self, event: SessionSaved) -> None:
        seen = self.context(event.context)
        if seen is not None:
            seen.saved = event
        if event.cookie_bytes:
            self._know_cookie(event.browser, event.number)

    def _know_cookie(self, browser: int | None, event: int) -> None:
        if browser is None:
            return
        self.cookies[browser] = event
        self.cookies.move_to_end(browser)
        if len(self.cookies) > MAX_COOKIES:
            self.cookies.popitem(last=False)

    def _thread_started(self, event: ThreadStarted) -> None:
        if event.child is None:
            return
        self.started[event.child] = event
        self.started.move_to_end(event.child)
        if len(self.started) > MAX_STARTED:
            self.started.popitem(last=False)

    def _set(self, event: GSet) -> None:
        # An app may do this a hundred times in a request, so it is done in few steps.
        number, _, _, lane, context, site, name, _ = event
        seen, of, in_lane, request = self._last_setting
        if of != context or in_lane != lane:
            seen = self.context(context)
            if seen is None:
                return
            newest = self.request_in(lane)
            request = None if newest is None else newest.number
            self._last_setting = seen, context, lane, request
        names = seen.names
        if not names:
            names = seen.names = {}
        if name in names or len(names) < MAX_NAMES:
            # What the class itself does, in half the time.
            names[name] = _new(Write, (number, site, context, request))
        # Whoever asked first and then set it, made it when it was first needed.
        if seen.misses:
            seen.misses = [miss for miss in seen.misses if miss.name != name]

    def _delete(self, event: GDeleted) -> None:
        seen = self.context(event.context)
        if seen is not None:
            seen.names.pop(event.name, None)

    def _miss(self, event: GMissed) -> None:
        seen = self.context(event.context)
        if seen is None:
            return
        miss = Miss(event.number, event.at_ns, event.site, seen.number, event.name, event.how)
        self.last_miss[event.lane] = miss
        # `g.pop(name, None)` is how one cleans up what may be there.
        if event.how != "pop" and len(seen.misses) < MAX_MISSES:
            seen.misses = [*seen.misses, miss]

    def _forgive_misses(self, event: TeardownRan) -> None:
        """Forget the misses of a teardown function: it looks whether there is something to clean up."""
        began = event.at_ns - event.duration_ns
        for seen in self.stacks.get(event.lane, ()):
            if seen.misses:
                seen.misses = [miss for miss in seen.misses if not began <= miss.at_ns <= event.at_ns]


def _push_again(seen: Seen, how: str) -> None:
    if seen.ways is None:
        seen.ways = [seen.how]
    seen.ways.append(how)
    if how == "stream":
        seen.how = how
    elif how == "test client":
        seen.looked_at = True


def _pop_once(seen: Seen, how: str | None) -> None:
    """Take in that *how* popped *seen*, which is still pushed; ``None`` if nobody knows, or its request did."""
    ways = seen.ways
    if not ways:
        return
    # A request pops what it pushed, before anything that went on with its context does.
    del ways[len(ways) - 1 - ways[::-1].index(how) if how in ways else 0]
    if seen.how == "stream" and ways and "stream" not in ways:
        seen.how = ways[0]
