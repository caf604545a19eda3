"""Contexts that lie on top of one which is to be popped: shared by the rules that tell who is to blame for it."""

from __future__ import annotations

from flaskscope.doctor.case import Case
from flaskscope.doctor.failures import is_of_the_stack
from flaskscope.doctor.seen import Seen
from flaskscope.events import ContextPopped


def left_on_top(event: ContextPopped, case: Case) -> list[Seen]:
    """Return the contexts that code pushed by hand above one that Flask tried to pop, in vain, at its own time.

    They are at fault, not who popped. Where the context was itself pushed by hand, nobody can tell: there are none.
    """
    popped = case.context(event.context)
    if popped is None or not is_of_the_stack(event.failure):
        return []
    request = case.context(popped.request)
    if (request or popped).how == "by hand":
        return []
    return [
        seen
        for seen in case.stacks.get(event.lane, ())
        if seen.how == "by hand" and seen.event > popped.event and not seen.implicit
    ]
