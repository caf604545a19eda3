"""Rules 1: ``current_app``, ``g``, ``request`` or ``session`` used with nothing behind it."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.outside import nearness, outside_kind, pushed_elsewhere, used
from flaskscope.events import AccessFailed, Event


def _check(event: Event, case: Case, needs: str) -> Iterator[Evidence]:
    if not isinstance(event, AccessFailed) or outside_kind(event, case) != needs:
        return
    what = (
        "outside of any app context: Flask cannot know which app is meant"
        if needs == "app"
        else "while no request was handled there"
    )
    here = case.stacks.get(event.lane)
    inside = (
        f" Only {case.who(here[-1])} is pushed in this thread, and it carries no request."
        if here
        else pushed_elsewhere(event, case)
    )
    yield Evidence(
        sentence=f"{used(event, case)}, in {case.places.lane(event.lane)}, {what}.{inside}",
        events=(event.number,),
        sites=() if event.site is None else (event.site,),
        key=case.places.same(event.site, event.proxy),
        nearness=nearness(event, case),
    )


def _check_app(event: Event, case: Case) -> Iterator[Evidence]:
    return _check(event, case, "app")


def _check_request(event: Event, case: Case) -> Iterator[Evidence]:
    return _check(event, case, "request")


APP = Rule(
    name="outside-app-context",
    severity="error",
    kinds=("access.failed",),
    why=(
        "current_app and g are found through the context that Flask pushes for each request and each of its own "
        "commands; a script, a shell or a thread of yours has none until you push one."
    ),
    remedy="""\
with app.app_context():
    do_the_work()
""",
    link="https://flask.palletsprojects.com/en/stable/appcontext/",
    check=_check_app,
)

REQUEST = Rule(
    name="outside-request-context",
    severity="error",
    kinds=("access.failed",),
    why=(
        "request and session exist only while Flask handles a request, and in the thread that does; what runs at "
        "another time has to be given the values it needs."
    ),
    remedy="""\
def work(user_id):  # pass on what the request knew
    ...

# in a test:
with app.test_request_context("/path", method="POST"):
    work_that_reads_request()

# in a generator that streams a response:
return Response(stream_with_context(rows()))
""",
    link="https://flask.palletsprojects.com/en/stable/quickstart/#accessing-request-data",
    check=_check_request,
)
