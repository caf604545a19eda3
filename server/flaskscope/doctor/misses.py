"""Names that were missing in one ``g`` and stood in another: shared by the rules that tell why."""

from __future__ import annotations

from typing import Final, Literal

from flaskscope.doctor.case import Case
from flaskscope.doctor.seen import Miss, Seen, Write
from flaskscope.events import ContextPopped, Event, Unhandled

#: What Jinja raises, as events call it.
UNDEFINED: Final = "jinja2.exceptions.UndefinedError"


def says_missing(error: Unhandled, miss: Miss) -> bool:
    """Return whether *error* says that the name of *miss* was not there.

    What was asked with a default, as by ``g.get()``, ``getattr()`` or ``hasattr()``, was a question.
    """
    if error.type == UNDEFINED:
        # Jinja asks for an attribute, then for an item, and complains once something is done with what it did not find.
        return error.message.endswith(f"AppCtxGlobals object' has no attribute {miss.name!r}")
    return error.type == "AttributeError" and error.message == miss.name and miss.how == "attribute"


def unmet(event: Event, case: Case) -> tuple[Seen, Miss] | None:
    """Return the name that was missing in the ``g`` of a context and so ended it: what that raised left the context.

    Nothing before *event* has popped that context: code may still set the name it asked for.
    """
    if not isinstance(event, ContextPopped) or event.pushes or event.unhandled is None:
        return None
    seen = case.context(event.context)
    if seen is None:
        return None
    missing = [miss for miss in seen.misses if says_missing(event.unhandled, miss)]
    return (seen, missing[-1]) if missing else None


def unanswered(event: Event, case: Case) -> tuple[Seen, Miss] | None:
    """Return the name that ``g.get()`` did not find in the ``g`` of a context, and that nobody set until its end."""
    if not isinstance(event, ContextPopped) or event.pushes:
        return None
    seen = case.context(event.context)
    asked = [] if seen is None else [miss for miss in seen.misses if miss.how == "get"]
    return (seen, asked[-1]) if seen is not None and asked else None


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
    passed: set[int] = set()
    # Pushed again, a context may be above one that is above itself.
    while outer is not None and outer.number not in passed:
        passed.add(outer.number)
        # What an abandoned stream left there is told by its own rule.
        if name in outer.names and outer.how != "stream":
            return "outer", outer.names[name]
        outer = case.context(outer.over)
    return None
