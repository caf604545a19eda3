"""Rule 5: a context pushed and never popped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.failures import said
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.seen import Seen
from flaskscope.doctor.tops import left_on_top
from flaskscope.events import ContextAbandoned, ContextPopped, Event


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if isinstance(event, ContextPopped):
        return () if event.failure is None else _lay_on_top(event, case)
    return _abandoned(event, case) if isinstance(event, ContextAbandoned) else ()


def _abandoned(event: ContextAbandoned, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    # Of a request context and the app context that came with it, one is enough to tell.
    if seen is not None and _is_a_leak(seen, case):
        yield _evidence(seen, event.number, f"its thread {case.places.lane(event.lane)} ended", case)


def _lay_on_top(event: ContextPopped, case: Case) -> Iterator[Evidence]:
    for seen in left_on_top(event, case):
        seen.told = True
        popped = case.context(event.context)
        below = case.who(popped) if popped is not None else f"#{event.context}"
        yield Evidence(
            sentence=(
                f"{case.who(seen)} was still pushed when {below} ended, which therefore could not be popped"
                f"{'' if event.failure is None else f' ({said(event.failure)})'}: nobody had popped it."
            ),
            events=(seen.event, event.number),
            sites=() if seen.site is None else (seen.site,),
            key=seen.site or seen.number,
        )


def _conclude(case: Case) -> Iterator[Evidence]:
    for seen in case.pushed():
        # A request that is still running when the recording ends is no leak.
        if seen.how in ("by hand", "copy") and _is_a_leak(seen, case) and not _is_at_work(seen, case):
            yield _evidence(seen, None, "the recording ended", case)


def _is_a_leak(seen: Seen, case: Case) -> bool:
    """Return whether nobody tried to pop *seen*: after a wrong pop, what stays is its consequence, told by its rule."""
    return not (seen.implicit or seen.pop_failed or seen.told or seen.lane in case.spoiled)


def _is_at_work(seen: Seen, case: Case) -> bool:
    """Return whether the code that pushed *seen* may not be done yet: a ``with`` block, or a request of a server."""
    return case.places.is_with(seen.site) or any(
        other.how == "request" and not other.implicit and other.event < seen.event
        for other in case.stacks.get(seen.lane, ())
    )


def _evidence(seen: Seen, ended: int | None, when: str, case: Case) -> Evidence:
    return Evidence(
        sentence=(
            f"{case.who(seen)} was still pushed when {when}: nobody popped it, and its teardown functions "
            "never ran."
        ),
        events=(seen.event,) if ended is None else (seen.event, ended),
        sites=() if seen.site is None else (seen.site,),
        key=seen.site or seen.number,
    )


RULE = Rule(
    name="context-left-pushed",
    severity="error",
    kinds=("context.abandoned", "context.popped"),
    why=(
        "push() and pop() come in pairs: without the pop, teardown functions never run, connections stay open, and "
        "whatever the thread does next sees the old g."
    ),
    remedy="""\
with app.app_context():  # or app.test_request_context()
    ...                  # popped whatever happens in here
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.Flask.app_context",
    check=_check,
    conclude=_conclude,
)
