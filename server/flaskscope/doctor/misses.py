"""Names that were missing in one ``g`` and stood in another: shared by the rules that tell why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flaskscope.doctor.case import Case, Miss, Seen, Write
from flaskscope.events import ContextPopped, Event


def unmet(event: Event, case: Case) -> Sequence[tuple[Seen, Miss]]:
    """Return what was missing in the ``g`` of a context to its end: asked for, never set, and not by a clean-up.

    Nothing before *event* has popped that context: code may still set the name it asked for.
    """
    if not isinstance(event, ContextPopped) or event.pushes:
        return ()
    seen = case.context(event.context)
    return () if seen is None or not seen.misses else [(seen, miss) for miss in seen.misses]


def elsewhere(seen: Seen, name: str, case: Case) -> tuple[Literal["copied", "outer"], Write] | None:
    """Return where *name* was set that is missing in the ``g`` of *seen*.

    That is the context whose request was copied, or one that was pushed around it and is hidden by it.
    """
    request = case.context(seen.request)
    parent = case.context(request.copied) if request is not None else None
    source = case.context(parent.g) if parent is not None else None
    if source is not None and name in source.names:
        return "copied", source.names[name]
    outer = case.context(seen.over)
    while outer is not None:
        # What an abandoned stream left there is told by its own rule.
        if name in outer.names and outer.how != "stream":
            return "outer", outer.names[name]
        outer = case.context(outer.over)
    return None
