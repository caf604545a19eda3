"""Rule 8: popped in the wrong order, twice, or in another thread or task than it was pushed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.failures import is_of_another_context, is_of_the_stack, said, says_nothing_is_pushed
from flaskscope.doctor.finding import Advice, Evidence, Rule
from flaskscope.doctor.seen import Seen
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
    ended: tuple[int, ...] = ()
    advice: Advice | None = _ELSEWHERE
    if seen.lane != event.lane:
        what = (
            f"{case.who(seen)} was pushed in {case.places.lane(seen.lane)} and popped {where} in "
            f"{case.places.lane(event.lane)}"
        )
    elif seen.popped is not None and seen.popped != event.number:
        if event.lane in case.spoiled:
            return  # a clean-up after a wrong pop
        what = (
            f"{case.who(seen)} was popped a second time {where}; it had ended before, at event {seen.popped}, "
            "and had not been pushed again"
        )
        ended = (seen.popped,)
        advice = _TWICE
    elif is_of_another_context(event.failure):
        what = (
            f"{case.who(seen)} was popped {where} in another contextvars.Context than the one it was pushed in: "
            "a task, or a copied Context"
        )
        advice = _TASK
    elif left_on_top(event, case) or _follows(event, case):
        return
    elif says_nothing_is_pushed(event.failure):
        what = (
            f"{case.who(seen)} was popped {where}, where nothing is pushed: in another contextvars.Context than the "
            "one it was pushed in, as each task has one of its own"
        )
        advice = _TASK
    elif is_of_the_stack(event.failure):
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
        events=(seen.event, *ended, event.number),
        sites=tuple(site for site in (seen.site, event.site) if site is not None),
        key=(seen.site, event.site) if event.site or seen.site else seen.number,
        advice=advice,
    )


def _follows(event: ContextPopped, case: Case) -> bool:
    """Return whether another context was popped wrongly in this thread before: what comes then is its consequence."""
    return event.failure is not None and event.failure.type == "LookupError" and event.lane in case.spoiled


_ELSEWHERE = Advice(
    remedy="""\
def work():  # what another thread or task runs has a context of its own,
    with app.app_context():  # pushed and popped there
        ...

# or a copy of the request, one for each thread:
Thread(target=copy_current_request_context(read_request)).start()
""",
)

_TASK = Advice(
    remedy="""\
async def task():  # what runs as a task pushes and pops its own
    with app.app_context():
        ...

@pytest.fixture
def context(app):  # not async: the halves of such a one may be two tasks
    with app.app_context():
        yield
""",
)

_TWICE = Advice(
    remedy="""\
with app.app_context():  # popped once, when the block ends
    ...

# or where the end may be reached twice:
stack = contextlib.ExitStack()
stack.enter_context(app.app_context())
stack.close()  # pops it
stack.close()  # has nothing left to pop
""",
    why="Each pop() undoes one push(): a context that has ended has no place in the stack any more.",
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
    special=(_ELSEWHERE, _TASK, _TWICE),
    wants_usual=False,
)
