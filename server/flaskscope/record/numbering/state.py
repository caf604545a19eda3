"""What the numbering of events remembers between one event and the next."""

from __future__ import annotations

from types import CodeType
from typing import Any, Final

from flaskscope.events import Event, Sees, Site
from flaskscope.record.browsers import Browsers
from flaskscope.record.callsite import function_of, line_of
from flaskscope.record.flask_versions import MERGED
from flaskscope.record.lanes import Lanes, LaneState, PushedContext

#: Lines of code that get a number. Code is finite, but an app may make code; past the limit events have no site.
MAX_SITES = 20_000

#: Instructions whose site is remembered. Past the limit it is worked out anew each time.
MAX_INSTRUCTIONS = 4 * MAX_SITES

#: The first six fields of an event.
Head = tuple[int, int, Any, int, Any, int | None]

#: Makes a named tuple of a class and a plain one: what the class itself does, in half the time.
new: Final[Any] = tuple.__new__


class State:
    """Numbers given so far, what is pushed in each lane, and what is known of each open session."""

    __slots__ = (
        "app_name",
        "browsers",
        "contexts",
        "lanes",
        "last_number",
        "last_order",
        "left_out",
        "lost",
        "out",
        "sessions",
        "sites",
        "started_ns",
        "without",
    )

    def __init__(self, app_name: str, started_ns: int) -> None:
        self.app_name = app_name
        self.started_ns = started_ns
        self.last_number = 0
        self.last_order = 0
        self.lost = 0
        self.lanes = Lanes()
        self.sites = Sites()
        self.browsers = Browsers()
        #: Contexts that are pushed, and sessions that are open, by the number of the context.
        self.contexts: dict[int, PushedContext] = {}
        self.sessions: dict[int, SessionState] = {}
        #: Kinds of which no events are made, see `Numbering.leave_out`, and how many would have been.
        self.without: frozenset[str] = frozenset()
        self.left_out = 0
        #: Where events go.
        self.out: list[Event] = []

    def head(self, record: tuple[Any, ...], kind: str) -> Head:
        """Return the first six fields of the next event, made of *record*."""
        self.last_number = number = self.last_number + 1
        code = record[5]
        lane = self.lanes.usual.get(record[2]) or self.lane_of(record)
        sites = self.sites
        site = sites.known.get((id(code), record[6])) or sites.number_of(code, record[6])
        return (number, record[1] - self.started_ns, kind, lane.lane.id, record[4], site)

    def lane_of(self, record: tuple[Any, ...]) -> LaneState:
        """Return the lane that *record* belongs to.

        Most hooks tell threads apart, not tasks: what is done with a context that a task pushed, in the same thread,
        belongs to that task.
        """
        if self.lanes.has_tasks:
            entry = self.contexts.get(record[4])
            if entry is not None and type(key := entry.lane.key) is tuple and key[0] == record[2]:
                return entry.lane
        return self.lanes.of(record[2])

    def leaves_out(self, kind: str) -> bool:
        """Return whether there is to be no event of *kind*, and count it if so."""
        if kind not in self.without:
            return False
        self.left_out += 1
        return True

    def next_number(self) -> int:
        """Return the number of the next event."""
        self.last_number += 1
        return self.last_number

    def sees(self, lane: LaneState) -> Sees:
        """Return what the proxies reach in *lane* now."""
        return lane.sees(merged=MERGED)

    def skip_to(self, order: int) -> None:
        """Note that the record after `last_order` is not the next one but number *order*.

        Two threads may append in another order than they counted, so a record that was missed and comes after all is
        not lost.
        """
        if order > self.last_order:
            self.lost += order - self.last_order - 1
            self.last_order = order
        else:
            self.lost -= 1


class SessionState:
    """What is known of a session between its opening and its saving."""

    __slots__ = ("browser", "changed", "finished", "page", "saved")

    def __init__(self, browser: int | None, page: str | None) -> None:
        self.browser = browser
        self.page = page  # the dashboard that marked the request
        self.changed: list[str] = []
        self.saved = False
        self.finished = False  # whether the response has left


class Sites:
    """Lines of code, numbered in the order they are met. A line is one site, however many instructions it has."""

    def __init__(self) -> None:
        self.all: list[Site] = []
        #: The numbers by the address of the code and the instruction in it, as far as they are remembered.
        self.known: dict[tuple[int, int], int] = {}
        self._of_line: dict[tuple[int, int], int] = {}
        self._codes: list[CodeType] = []  # kept alive, so that an address stays the address of one

    def number_of(self, code: CodeType | None, instruction: int) -> int | None:
        """Return the number of the line of *instruction* in *code*; ``None`` without code or past `MAX_SITES`."""
        if code is None:
            return None
        key = id(code), instruction
        known = self.known.get(key)
        if known is not None:
            return known
        line = line_of(code, instruction)
        number = self._of_line.get((id(code), line))
        if number is None and len(self.all) < MAX_SITES:
            number = self._of_line[id(code), line] = len(self.all) + 1
            self._codes.append(code)
            self.all.append(Site(number, code.co_filename, line, function_of(code)))
        if number is not None and len(self.known) < MAX_INSTRUCTIONS:
            self.known[key] = number
        return number
