"""Sessions that code of the app's still has when their context is popped: what it does to them then is lost.

Usually nobody has one any more, which counting its references tells for a fraction of what a weak reference to each
session would cost.
"""

from __future__ import annotations

import weakref
from sys import getrefcount
from typing import Any, Final

from flaskscope.record.channel import LATE, Channel, owner_in_progress, session_owners

#: Sessions that are remembered in all; past the limit all are forgotten, and what happens to them then is not told.
MAX_KEPT = 1_000

#: Those that were still in use when they were popped, by address: held weakly, without a callback, which would run
#: inside the garbage collector.
kept_sessions: Final[dict[int, tuple[weakref.ref[Any], Channel, int]]] = {}


def _usual_references() -> tuple[int, int, int]:
    """Return how many references a popped session has when only its context and a variable of the hook have it.

    And how many when the hook has handed it to a function that counts, or to one that hands it on to that. They are
    counted instead of written down: Pythons differ in what they count of a call.
    """

    class Context:
        session: object

    def counted(session: object) -> int:
        return getrefcount(session)

    def handed_on(session: object) -> int:
        return counted(session)

    context = Context()
    session = context.session = object()
    return getrefcount(session), counted(session), handed_on(session)


#: More references than these tell that somebody else has a session, too: seen by the hook itself, by a function that it
#: calls, by one that that calls.
USUAL_REFERENCES: Final = _usual_references()


def leave_session(session: Any, calls: int) -> None:
    """Let go of *session*, whose context is popped, and which besides that only a variable of the hook has.

    Args:
        session: The session, handed from the hook through *calls* calls, this one included: 1 or 2.
        calls: How many.
    """
    owner = session_owners.pop(id(session), None)
    if owner is not None and getrefcount(session) > USUAL_REFERENCES[calls]:
        keep_watching(session, *owner[:2])


def again_open(session: Any, channel: Channel, number: int, *, is_over: bool) -> None:
    """Know again whose *session* is: its context *number* is pushed once more, with its response sent if it *is_over*.

    Up to Flask 3.1.1 a response is streamed in a context that was not popped in between: nothing is to be done then.
    """
    if id(session) in session_owners or owner_in_progress(session) is not None:
        return
    kept_sessions.pop(id(session), None)
    session_owners[id(session)] = channel, number, LATE if is_over else None


def keep_watching(session: Any, channel: Channel, number: int) -> None:
    """Remember whose *session* was, which somebody still has though its context *number* is popped."""
    try:
        reference = weakref.ref(session)
    except TypeError:  # its class says that there are none
        return
    if len(kept_sessions) >= MAX_KEPT:
        for address, (kept, *_) in list(kept_sessions.items()):
            if kept() is None:
                kept_sessions.pop(address, None)
        if len(kept_sessions) >= MAX_KEPT:
            kept_sessions.clear()
    kept_sessions[id(session)] = reference, channel, number


def owner_of_kept(session: Any) -> tuple[Any, ...] | None:
    """Return whose *session* was if it is one that was kept, and not another one at its address."""
    kept = kept_sessions.get(id(session))
    if kept is None:
        return None
    reference, channel, number = kept
    if reference() is not session:
        kept_sessions.pop(id(session), None)
        return None
    return channel, number, LATE


def forget_kept(channel: Channel) -> None:
    """Forget the sessions of *channel*, which records no longer."""
    for address, kept in list(kept_sessions.items()):
        if kept[1] is channel:
            kept_sessions.pop(address, None)
