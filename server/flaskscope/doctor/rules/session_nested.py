"""Rule 11: a change inside a value of the session that is not saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import REDACTED, Event, SessionSaved, Snapshot

#: Characters of a value that are quoted.
MAX_QUOTED = 60


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, SessionSaved) or not event.lost:
        return ()
    return _evidence(event, case)


def _evidence(event: SessionSaved, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    who = "a request" if seen is None else case.who(seen)
    opened = None if seen is None else seen.opened
    before = {} if opened is None else dict(opened.items)
    for key, value in event.nested:
        # Whoever changes something inside has asked for it before: here, or further on.
        read = None if seen is None else seen.reads.get(key)
        where = "" if read is None or read.site is None else f" (first read {case.places.at(read.site)})"
        numbers = (
            None if opened is None else opened.number,
            None if read is None else read.event,
            event.number,
        )
        yield Evidence(
            sentence=(
                f"The {value.type} in `session[{key!r}]`{where} changed inside during "
                f"{who}{_from(before.get(key), value)}, but nothing was assigned to the key: Flask did not notice and "
                "wrote no cookie, so the change is lost."
            ),
            events=tuple(number for number in numbers if number is not None),
            sites=() if read is None or read.site is None else (read.site,),
            # A line is told once, whatever the path; where nobody knows the line, each path.
            key=(
                key,
                case.places.same(
                    None if read is None else read.site, "" if seen is None else seen.path or ""
                ),
            ),
        )


def _from(before: Snapshot | None, after: Snapshot) -> str:
    if before is None or before.flags & REDACTED or after.flags & REDACTED or before.text == after.text:
        return ""
    return f", from {_quoted(before)} to {_quoted(after)}"


def _quoted(value: Snapshot) -> str:
    text = value.text if len(value.text) <= MAX_QUOTED else value.text[: MAX_QUOTED - 1] + "…"
    return f"`{text}`"


RULE = Rule(
    name="session-change-inside-lost",
    severity="error",
    kinds=("session.saved",),
    why=(
        "A session notices that a key is set or deleted, not that a list or dict in it changes: it is written "
        "only if it was modified, and its interface takes its word for that."
    ),
    remedy="""\
session["cart"] = [*session["cart"], item]  # assign a new value
# or tell the session that it changed:
session["cart"].append(item)
session.modified = True
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.session.modified",
    check=_check,
)
