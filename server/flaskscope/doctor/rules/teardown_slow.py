"""Rule 14: a teardown function that takes long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.places import short_name
from flaskscope.events import Event, TeardownRan


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, TeardownRan) or event.duration_ns <= case.slow_teardown_seconds * 1e9:
        return ()
    return _evidence(event, case)


def _evidence(event: TeardownRan, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    who = case.who(seen) if seen is not None else "a context"
    yield Evidence(
        sentence=(
            f"The teardown function {short_name(event.name)}() ({case.places.line(event.site)}) took "
            f"{event.duration_ns / 1e9:.2f} s when {who} was popped; its worker could do nothing "
            f"else meanwhile."
        ),
        events=(event.number,),
        sites=() if event.site is None else (event.site,),
        key=(event.site, event.name),
    )


RULE = Rule(
    name="teardown-slow",
    severity="warning",
    kinds=("teardown",),
    why=(
        "Teardown functions run in the worker before it takes the next request, even though the response "
        "is made."
    ),
    remedy="""\
@app.teardown_appcontext
def close(error):
    queue.enqueue(send_report)  # a job does the long work
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.Flask.teardown_appcontext",
    check=_check,
    heuristic=True,
)
