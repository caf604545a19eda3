"""Rule 4: a job of Celery, RQ or APScheduler, or a plain click command, with no context."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.outside import job_kind, outside_kind
from flaskscope.events import AccessFailed, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, AccessFailed) or outside_kind(event, case) != "job":
        return
    yield Evidence(
        sentence=(
            f"`{event.proxy}` was used {case.places.at(event.site, 'somewhere')}, in a {job_kind(event, case)} "
            f"(thread {case.places.lane(event.lane)}): nothing pushes a context for it."
        ),
        events=(event.number,),
        sites=() if event.site is None else (event.site,),
        key=case.places.same(event.site, event.proxy),
    )


RULE = Rule(
    name="job-without-context",
    severity="error",
    kinds=("access.failed",),
    why=(
        "Only Flask's own requests and commands come with a context; a job runner and a plain click "
        "command know no Flask."
    ),
    remedy="""\
@app.cli.command()  # instead of @click.command(): Flask pushes an app context
def create_admin(): ...

def job():  # Celery, RQ, APScheduler, thread pools
    with app.app_context():
        ...
""",
    link="https://flask.palletsprojects.com/en/stable/cli/#custom-commands",
    check=_check,
)
