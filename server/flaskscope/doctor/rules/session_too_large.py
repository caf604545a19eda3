"""Rule 13: a session cookie larger than browsers keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import Event, SessionSaved

#: Bytes of a cookie that browsers are sure to keep, name and attributes included (Werkzeug warns at the same).
MAX_COOKIE_BYTES = 4_093


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, SessionSaved):
        return ()
    size = event.cookie_bytes
    return () if size is None or size <= MAX_COOKIE_BYTES else _evidence(event, size, case)


def _evidence(event: SessionSaved, size: int, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    # Redone each time a key is set, so the last ones say it all.
    writes = [] if seen is None else [seen.writes[key] for key in event.changed[:5] if key in seen.writes]
    who = case.who(seen) if seen is not None else "A request"
    yield Evidence(
        sentence=(
            f"{who} wrote a session cookie of {size:,} bytes; browsers silently "
            f"drop one of more than "
            f"{MAX_COOKIE_BYTES:,}, so that the next request comes without these changes. Changed here: "
            f"{', '.join(event.changed[:5]) or 'nothing by name'}."
        ),
        events=(*(write.event for write in writes), event.number),
        sites=tuple(dict.fromkeys(write.site for write in writes if write.site is not None)),
        key=tuple(sorted(event.changed)),
    )


RULE = Rule(
    name="session-too-large",
    severity="error",
    kinds=("session.saved",),
    why="The whole session travels in one cookie, and a browser keeps about 4 KB of it.",
    remedy="""\
# Keep the data in a database, and only its key in the session:
session["cart_id"] = cart.id
""",
    link="https://flask.palletsprojects.com/en/stable/quickstart/#sessions",
    check=_check,
)
