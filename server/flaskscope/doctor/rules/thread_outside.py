"""Rule 3: a thread started, or a job given to a pool of threads, inside a context, which has none itself."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Advice, Evidence, Rule
from flaskscope.doctor.outside import nearness, outside_kind, used
from flaskscope.events import AccessFailed, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, AccessFailed) or outside_kind(event, case) != "thread":
        return
    started = case.starter_of(event.lane)
    assert started is not None
    parent = case.context(started.context)
    inside = case.who(parent) if parent is not None else f"#{started.context}"
    own = case.stacks.get(event.lane)
    lacks = (
        f"and has only {case.who(own[-1])}, which carries no request"
        if own
        else "but has no context of its own"
    )
    yield Evidence(
        sentence=(
            f"{used(event, case)}, in {started.thread}. What runs there was started "
            f"{case.places.at(started.site, 'somewhere')} inside {inside}, {lacks}."
        ),
        events=(started.number, event.number),
        sites=tuple(site for site in (started.site, event.site) if site is not None),
        key=case.places.same(event.site, event.proxy),
        advice=_REQUEST if own and (parent is None or parent.has_request) else None,
        nearness=nearness(event, case),
    )


_REQUEST = Advice(
    remedy="""\
@copy_current_request_context  # the request itself, in place of the with
def read_request(): ...

Thread(target=read_request).start()

def work(app, path):  # or, better, what it needs of the request
    with app.app_context():
        ...

app = current_app._get_current_object()  # the app itself, no proxy
Thread(target=work, args=(app, request.path)).start()
""",
    why=(
        "An app context says which app is meant; the request stays with the context of the thread that handles it, and "
        "is not handed on."
    ),
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

@copy_current_request_context  # or, if it must read the request
def read_request(): ...

Thread(target=read_request).start()
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.copy_current_request_context",
    check=_check,
    special=(_REQUEST,),
)
