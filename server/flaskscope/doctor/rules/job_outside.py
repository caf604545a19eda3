"""Rule 4: a job of Celery, RQ or APScheduler, or a plain click command, with no context."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.outside import job_kind, outside_kind, used
from flaskscope.events import AccessFailed, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, AccessFailed) or outside_kind(event, case) != "job":
        return
    yield Evidence(
        sentence=(
            f"{used(event, case)}, in {_a(job_kind(event, case))} ({case.places.lane(event.lane)}). Nothing pushes a "
            "context for it, so Flask cannot know which app, and which request, is meant."
        ),
        events=(event.number,),
        sites=() if event.site is None else (event.site,),
        key=case.places.same(event.site, event.proxy),
    )


def _a(job: str | None) -> str:
    return f"an {job}" if job is not None and job.startswith(("AP", "RQ")) else f"a {job}"


RULE = Rule(
    name="job-without-context",
    severity="error",
    kinds=("access.failed",),
    why=(
        "Only Flask's own requests and commands come with a context; a job runner and a plain click "
        "command know no Flask."
    ),
    remedy="""\
@app.cli.command()  # not @click.command(): this pushes an app context
def create_admin(): ...

def job():  # Celery, RQ, APScheduler, thread pools
    with app.app_context():
        ...
""",
    link="https://flask.palletsprojects.com/en/stable/cli/#custom-commands",
    check=_check,
)
