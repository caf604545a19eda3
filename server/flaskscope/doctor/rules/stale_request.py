"""Rule 15: a request context that is long past its request, whose session is still used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.seen import Seen
from flaskscope.events import Event, SessionChanged, SessionDeleted, SessionOpened, SessionRead


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, (SessionRead, SessionChanged, SessionDeleted)):
        return ()
    seen = case.context(event.context)
    if seen is None or seen.opened is None or not seen.has_request:
        return ()
    age = (event.at_ns - seen.pushed_at_ns) / 1e9
    return () if age <= case.stale_request_seconds else _evidence(event, seen, seen.opened, age, case)


def _evidence(
    event: SessionRead | SessionChanged | SessionDeleted,
    seen: Seen,
    opened: SessionOpened,
    age: float,
    case: Case,
) -> Iterator[Evidence]:
    is_cleared = isinstance(event, SessionDeleted) and event.key == "*"
    what = "The whole session was cleared" if is_cleared else f"`session[{event.key!r}]` was used"
    yield Evidence(
        sentence=(
            f"{what} {case.places.at(event.site)} in "
            f"{case.who(seen)}, which has been pushed for {age:.1f} s: its session is the one of back then, whatever "
            "the browser was given since."
        ),
        events=(seen.event, opened.number, event.number),
        sites=tuple(site for site in (seen.site, event.site) if site is not None),
        key=(seen.site, event.site),
    )


RULE = Rule(
    name="stale-request-context",
    severity="warning",
    kinds=("session.read", "session.changed", "session.deleted"),
    why=(
        "A session is read from the cookie once, when its request context is pushed; a context that is "
        "kept shows an old copy."
    ),
    remedy="""\
with app.test_request_context():  # a new one for each piece of work
    ...
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.Flask.test_request_context",
    check=_check,
    heuristic=True,
)
