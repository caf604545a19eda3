"""Rule 3: a thread started, or a job given to a pool of threads, inside a context, which has none itself."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.outside import nearness, outside_kind, used
from flaskscope.events import AccessFailed, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, AccessFailed) or outside_kind(event, case) != "thread":
        return
    started = case.starter_of(event.lane)
    assert started is not None
    parent = case.context(started.context)
    inside = case.who(parent) if parent is not None else f"#{started.context}"
    yield Evidence(
        sentence=(
            f"{used(event, case)}, in {started.thread}. What runs there was started "
            f"{case.places.at(started.site, 'somewhere')} inside {inside}, but has no context of its own."
        ),
        events=(started.number, event.number),
        sites=tuple(site for site in (started.site, event.site) if site is not None),
        key=case.places.same(event.site, event.proxy),
        nearness=nearness(event, case),
    )


RULE = Rule(
    name="thread-without-context",
    severity="error",
    kinds=("access.failed",),
    why=(
        "A new thread begins with nothing pushed: contexts belong to the thread that pushed them and are "
        "not handed on."
    ),
    remedy="""\
def work(app, user_id):  # give it values, not the request
    with app.app_context():
        ...

app = current_app._get_current_object()  # the app itself, no proxy
Thread(target=work, args=(app, user_id)).start()
# or, if it must read the request:
Thread(target=copy_current_request_context(work)).start()
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.copy_current_request_context",
    check=_check,
)
