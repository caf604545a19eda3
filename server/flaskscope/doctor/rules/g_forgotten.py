"""Rule 10: a name missing in ``g`` that an earlier context had set, and that ended with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.misses import UNDEFINED, elsewhere, says_missing
from flaskscope.events import ContextPopped, Event, ExceptionRaised, Unhandled


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    # Only a miss that broke something is told.
    if isinstance(event, ExceptionRaised):
        return _evidence(event, Unhandled(event.type, event.message, event.site), case)
    if isinstance(event, ContextPopped) and event.unhandled is not None:
        return _evidence(event, event.unhandled, case)
    return ()


def _evidence(event: Event, error: Unhandled, case: Case) -> Iterator[Evidence]:
    miss = case.last_miss.get(event.lane)
    if miss is None or not says_missing(error, miss):
        return
    seen = case.context(miss.context)
    if seen is None or miss.name in seen.names:
        return
    write = case.last_set(miss.name)
    if write is None or write.context == seen.number:
        return
    earlier = case.context(write.context)
    if earlier is None or earlier.popped is None or elsewhere(seen, miss.name, case) is not None:
        return
    # The line of the template, where there is one; else that of the call that renders it.
    site = (error.site if error.type == UNDEFINED else None) or miss.site
    yield Evidence(
        sentence=(
            f"`g.{miss.name}` was asked for {case.places.at(site)} in {case.who(seen)}, "
            f"where nobody had set it. "
            f"{case.who(earlier)} had, {case.places.at(write.site)}, and its g ended with it."
        ),
        events=(write.event, earlier.popped, miss.event),
        sites=tuple(site for site in (write.site, site) if site is not None),
        key=site or miss.name,
    )


RULE = Rule(
    name="g-forgotten",
    severity="error",
    kinds=("exception", "context.popped"),
    why=(
        "g is empty again for each request and each app context; it is no place to keep something from one "
        "to the next."
    ),
    remedy="""\
session["user_id"] = user.id       # what belongs to the visitor

@app.before_request                # what each request needs
def load_user():
    g.user = find_user(session.get("user_id"))
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.g",
    check=_check,
    wants_usual=False,
)
