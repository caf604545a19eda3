"""Rule 14: a teardown function that runs more than once for one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.places import short_name
from flaskscope.doctor.seen import Seen
from flaskscope.events import Event, TeardownRan


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, TeardownRan):
        return ()
    seen = case.context(event.context)
    if seen is None:
        return ()
    seen.teardowns = seen.teardowns or {}
    first = seen.teardowns.setdefault((event.name, event.site), event.number)
    # A test client tears down again what it keeps for the test to look at.
    is_meant = first == event.number or seen.again == "test client"
    return () if is_meant else _evidence(event, seen, first, case)


def _evidence(event: TeardownRan, seen: Seen, first: int, case: Case) -> Iterator[Evidence]:
    again = "to stream its response" if seen.again == "stream" else "again"
    yield Evidence(
        sentence=(
            f"The teardown function {short_name(event.name)}() ({case.places.line(event.site)}) "
            f"ran a second time for {case.who(seen)}, which had been popped and was pushed {again}; the other "
            "teardown functions run twice as well."
        ),
        events=(first, event.number),
        sites=() if event.site is None else (event.site,),
        # Not each function: they all have the same cause.
        key="stream" if seen.again == "stream" else seen.site,
    )


RULE = Rule(
    name="teardown-repeated",
    severity="warning",
    kinds=("teardown",),
    why=(
        "A context that is pushed again, as stream_with_context() does up to Flask 3.1, is torn "
        "down again each time it "
        "is popped: what the first time closed is closed, and used, once more."
    ),
    remedy="""\
@app.teardown_request
def close_db(error):
    db = g.pop("db", None)  # may run twice: the second finds none
    if db is not None:
        db.close()
""",
    link="https://flask.palletsprojects.com/en/stable/patterns/streaming/#streaming-with-context",
    check=_check,
    flask="3.1.2 and 3.1.3 for streams, all versions for contexts pushed again by hand",
)
