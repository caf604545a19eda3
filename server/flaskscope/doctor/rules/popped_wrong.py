"""Rule 8: popped in the wrong order, or in another thread than it was pushed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case, Seen
from flaskscope.doctor.failures import is_of_another_context, is_of_the_stack, said
from flaskscope.doctor.finding import Advice, Evidence, Rule
from flaskscope.doctor.tops import left_on_top
from flaskscope.events import ContextPopped, ContextPushed, Event


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    seen = case.context(event.context)
    if seen is None:
        return ()
    if isinstance(event, ContextPushed):
        return _entered_twice(event, seen, case) if event.about["pushes"] > 1 else ()
    if not isinstance(event, ContextPopped) or seen.implicit or seen.told:
        return ()
    if seen.lane == event.lane and event.failure is None:
        return ()
    return _popped(event, seen, case)


def _entered_twice(event: ContextPushed, seen: Seen, case: Case) -> Iterator[Evidence]:
    if seen.lane == event.lane:
        return
    if event.about["how"] == "stream":
        return  # from Flask 3.2 on Flask itself does so, in the task of an async view that streams
    seen.told = True  # whatever happens when it is popped follows from this
    first, second = (
        f"in {case.places.lane(lane)}{case.places.at(site, '') and ' ' + case.places.at(site)}"
        for lane, site in ((seen.lane, seen.site), (event.lane, event.site))
    )
    yield Evidence(
        sentence=f"{case.who(seen)} is pushed in two threads at once: {first}, and now {second}.",
        events=(seen.event, event.number),
        sites=tuple(site for site in (seen.site, event.site) if site is not None),
        key=(seen.site, event.site),
        advice=_ELSEWHERE,
    )


def _popped(event: ContextPopped, seen: Seen, case: Case) -> Iterator[Evidence]:
    where = case.places.at(event.site)
    advice: Advice | None = _ELSEWHERE
    if seen.lane != event.lane:
        what = (
            f"{case.who(seen)} was pushed in {case.places.lane(seen.lane)} and popped {where} in "
            f"{case.places.lane(event.lane)}"
        )
    elif is_of_another_context(event.failure):
        what = (
            f"{case.who(seen)} was popped {where} in another contextvars.Context than the one it was pushed in: "
            "a task, or a copied Context"
        )
    elif left_on_top(event, case):
        return
    elif is_of_the_stack(event.failure) and not _follows(event, case):
        what = (
            f"{case.who(seen)} was popped {where} although another context had been pushed after it and was still "
            "there"
        )
        advice = None
    else:
        return
    raised = f" That raised {said(event.failure)}." if event.failure is not None else ""
    yield Evidence(
        sentence=f"{what}.{raised}",
        events=(seen.event, event.number),
        sites=tuple(site for site in (seen.site, event.site) if site is not None),
        key=(seen.site, event.site) if event.site or seen.site else seen.number,
        advice=advice,
    )


def _follows(event: ContextPopped, case: Case) -> bool:
    """Return whether another context was popped wrongly in this thread before: what comes then is its consequence."""
    assert event.failure is not None
    return event.failure.type == "LookupError" and event.lane in case.spoiled


_ELSEWHERE = Advice(
    remedy="""\
def work():  # what another thread or task runs has a context of its own,
    with app.app_context():  # pushed and popped there
        ...

# or a copy of the request, one for each thread:
Thread(target=copy_current_request_context(read_request)).start()
""",
)

RULE = Rule(
    name="popped-wrong",
    severity="error",
    kinds=("context.pushed", "context.popped"),
    why=(
        "Contexts are a stack of each thread and task: the newest one has to be popped first, and where it was "
        "pushed."
    ),
    remedy="""\
with app.app_context():  # blocks end in the right order by themselves
    with app.test_request_context():
        ...
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.ctx.AppContext",
    check=_check,
    special=(_ELSEWHERE,),
    wants_usual=False,
)
