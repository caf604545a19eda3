"""Turns what the hooks recorded into numbered events.

A record is a flat tuple: (order, at_ns, thread, kind, context, code, instruction, …). Here the thread becomes a lane,
the code a site, kept values become snapshots; durations are taken between a push and its pop; and what each lane's
proxies reach is worked out from what is pushed there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from typing import Any, Final

from flaskscope.events import Event, Lane, Site
from flaskscope.record.lanes import PushedContext
from flaskscope.record.numbering import contexts, passing, plain, sessions
from flaskscope.record.numbering.excluded import Excluded
from flaskscope.record.numbering.state import State

__all__ = ["OPTIONAL_KINDS", "Numbering"]

logger = logging.getLogger("flaskscope")

_MAKERS: Final[dict[int, Callable[[State, tuple[Any, ...]], None]]] = {
    **contexts.MAKERS,
    **sessions.MAKERS,
    **plain.MAKERS,
    **passing.MAKERS,
}


#: Kinds that can be left out. What is pushed, what goes wrong and what a request came to is always told.
OPTIONAL_KINDS: Final = ("g.read", "g.missed", "session.read", "request.matched", "teardown")


class Numbering:
    """Makes events of records, in order. Not safe to use from two threads at once.

    Args:
        app_name: The name of the app, as descriptions of contexts carry it.
        started_ns: The reading of the monotonic clock that is ``at_ns`` 0.
        excluded: Leaves out the records that are not to be told; ``None`` if there are none.
    """

    def __init__(self, app_name: str, started_ns: int, excluded: Excluded | None = None) -> None:
        self._state = State(app_name, started_ns)
        self._excluded = excluded
        #: Records of which no event could be made.
        self.failures = 0

    @property
    def lanes(self) -> list[Lane]:
        """The lanes seen so far; lane 1 is the first entry."""
        return self._state.lanes.all

    @property
    def sites(self) -> list[Site]:
        """The lines of code seen so far; site 1 is the first entry."""
        return self._state.sites.all

    @property
    def lost(self) -> int:
        """How many records left the ring before they were numbered."""
        return self._state.lost

    @property
    def without(self) -> list[str]:
        """The kinds of which no events are made, in the order of `OPTIONAL_KINDS`."""
        return [kind for kind in OPTIONAL_KINDS if kind in self._state.without]

    @property
    def left_out(self) -> int:
        """How many events were not made for that."""
        return self._state.left_out

    def leave_out(self, kinds: Collection[str]) -> None:
        """Make no events of *kinds* from now on, and of all others again.

        What failed is told anyway: a teardown, or a request that matched no rule.

        Raises:
            ValueError: If one of *kinds* cannot be left out; nothing has changed then.
        """
        for kind in kinds:
            if kind not in OPTIONAL_KINDS:
                raise ValueError(f"{kind!r} cannot be left out; these can: {', '.join(OPTIONAL_KINDS)}")
        self._state.without = frozenset(kinds)

    @property
    def any_pushed(self) -> bool:
        """Whether any context is pushed."""
        return self._state.lanes.any_pushed

    def move_to(self, process: int) -> None:
        """Let all lanes be those of another *process*, which was forked."""
        self._state.lanes.move_to(process)

    def descriptions_of_pushed(self) -> list[dict[str, Any]]:
        """Return the ``about`` of each context that is pushed now."""
        return [dict(entry.about) for entry in self._state.lanes.pushed()]

    def events_of(self, records: list[tuple[Any, ...]]) -> list[Event]:
        """Return the events of *records*, numbered on from the last call."""
        state = self._state
        out: list[Event] = []
        state.out = out
        if self._excluded is not None:
            for record in records:
                self._follow(record)
            for record in self._excluded.without(records):
                self._tell(record)
            return out
        last_order = state.last_order
        makers = _MAKERS
        for record in records:
            order = record[0]
            if order == last_order + 1:
                last_order = order
            else:
                state.last_order = last_order
                state.skip_to(order)
                last_order = state.last_order
            try:
                makers[record[3]](state, record)
            except Exception as error:
                # One record that cannot be read must not cost the others, nor whoever reads them.
                self._note_failure(error)
        state.last_order = last_order
        return out

    def _follow(self, record: tuple[Any, ...]) -> None:
        """Count the records that are missing before *record*."""
        state = self._state
        if record[0] == state.last_order + 1:
            state.last_order += 1
        else:
            state.skip_to(record[0])

    def _tell(self, record: tuple[Any, ...]) -> None:
        try:
            _MAKERS[record[3]](self._state, record)
        except Exception as error:  # as above
            self._note_failure(error)

    def _note_failure(self, error: Exception) -> None:
        self.failures += 1
        if self.failures == 1:
            logger.error("FlaskScope could not make an event of a record.", exc_info=error)

    def events_of_pausing(self, at_ns: int) -> list[Event]:
        """Return an event for each context that is pushed: what becomes of it will not be seen."""
        state = self._state
        out: list[Event] = []
        state.out = out
        contexts.let_go(state, at_ns)
        return out

    def events_of_resuming(self, at_ns: int, paused_ns: int) -> list[Event]:
        """Return the event that tells that nothing was recorded for *paused_ns* until now."""
        state = self._state
        out: list[Event] = []
        state.out = out
        plain.resumed(state, at_ns, paused_ns)
        return out

    def settle(self, alive: set[int]) -> None:
        """Note which threads were alive before the last records were taken: see `Lanes.settle`."""
        self._state.lanes.settle(alive)

    def suspects(self, alive: set[int], gone: set[int]) -> list[PushedContext]:
        """Return the contexts that look left pushed: see `flaskscope.record.lanes.Lanes.suspects`."""
        return self._state.lanes.suspects(alive, gone)

    def events_of_abandoned(self, suspects: list[PushedContext]) -> list[Event]:
        """Return an event for each of *suspects* that is pushed even now."""
        state = self._state
        out: list[Event] = []
        state.out = out
        for entry in suspects:
            contexts.abandon(state, entry, time.perf_counter_ns())
        return out
