"""Rule 14: a teardown function that raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.failures import is_of_the_stack, said
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.places import short_name
from flaskscope.events import Event, Failure, TeardownRan


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, TeardownRan) or event.failure is None or is_of_the_stack(event.failure):
        return ()
    return _evidence(event, event.failure, case)


def _evidence(event: TeardownRan, failure: Failure, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    who = case.who(seen) if seen is not None else "a context"
    yield Evidence(
        sentence=(
            f"When {who} was popped, the teardown function {short_name(event.name)}() "
            f"({case.places.line(event.site)}) raised {said(failure)}. Up to Flask 3.1 those that would have come "
            "after it did not run."
        ),
        events=(event.number,),
        sites=() if event.site is None else (event.site,),
        key=(event.site, event.name),
    )


RULE = Rule(
    name="teardown-raised",
    severity="error",
    kinds=("teardown",),
    why=(
        "Teardown functions run after the response is made: an exception in one reaches no error handler "
        "and skips the rest."
    ),
    remedy="""\
@app.teardown_appcontext
def close_db(error):
    db = g.pop("db", None)
    if db is not None:
        try:
            db.close()
        except DatabaseError:
            current_app.logger.exception("closing failed")
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.Flask.teardown_appcontext",
    check=_check,
)
