"""Rule 4: a job of Celery, RQ or APScheduler, or a plain click command, with no context."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Advice, Evidence, Rule
from flaskscope.doctor.outside import job_kind, nearness, outside_kind, used
from flaskscope.events import AccessFailed, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, AccessFailed) or outside_kind(event, case) != "job":
        return
    kind = job_kind(event, case)
    yield Evidence(
        sentence=(
            f"{used(event, case)}, in {_a(kind)} ({case.places.lane(event.lane)}). Nothing pushes a "
            "context for it, so Flask cannot know which app, and which request, is meant."
        ),
        events=(event.number,),
        sites=() if event.site is None else (event.site,),
        key=case.places.same(event.site, event.proxy),
        nearness=nearness(event, case),
        advice={"click command": _COMMAND, "Celery task": _CELERY}.get(kind or ""),
    )


def _a(job: str | None) -> str:
    return f"an {job}" if job is not None and job.startswith(("AP", "RQ")) else f"a {job}"


_COMMAND = Advice(
    remedy="""\
@app.cli.command()  # not @click.command(): this pushes an app context
def create_admin(): ...

@click.command()  # or, for app.cli.add_command():
@with_appcontext
def create_user(): ...
""",
    link="https://flask.palletsprojects.com/en/stable/cli/#custom-commands",
)

_CELERY = Advice(
    remedy="""\
class TaskOfTheApp(celery.Task):
    def __call__(self, *args, **kwargs):
        with app.app_context():
            return self.run(*args, **kwargs)

tasks = celery.Celery(app.name, task_cls=TaskOfTheApp)
""",
    link="https://flask.palletsprojects.com/en/stable/patterns/celery/",
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
def job(user_id):  # what it needs of a request is given to it
    with app.app_context():
        ...
""",
    link="https://flask.palletsprojects.com/en/stable/appcontext/",
    check=_check,
    special=(_COMMAND, _CELERY),
)
