"""Rule 5: a context pushed and never popped."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case, Seen
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import ContextAbandoned, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, ContextAbandoned):
        return
    seen = case.context(event.context)
    # Of a request context and the app context that came with it, one is enough to tell.
    if seen is not None and _is_a_leak(seen, case):
        yield _evidence(seen, event.number, f"its thread {case.places.lane(event.lane)} ended", case)


def _conclude(case: Case) -> Iterator[Evidence]:
    for seen in case.pushed():
        # A request that is still running when the recording ends is no leak.
        if seen.how in ("by hand", "copy") and _is_a_leak(seen, case):
            yield _evidence(seen, None, "the recording ended", case)


def _is_a_leak(seen: Seen, case: Case) -> bool:
    """Return whether nobody tried to pop *seen*: after a wrong pop, what stays is its consequence, told by its rule."""
    return not (seen.implicit or seen.pop_failed or seen.told or seen.lane in case.spoiled)


def _evidence(seen: Seen, ended: int | None, when: str, case: Case) -> Evidence:
    return Evidence(
        sentence=(
            f"{case.places.who(seen)} was still pushed when {when}: nobody popped it, and its teardown functions "
            "never ran."
        ),
        events=(seen.event,) if ended is None else (seen.event, ended),
        sites=() if seen.site is None else (seen.site,),
        key=seen.site or seen.number,
    )


RULE = Rule(
    name="context-left-pushed",
    severity="error",
    kinds=("context.abandoned",),
    why=(
        "push() and pop() come in pairs: without the pop, teardown functions never run, "
        "connections stay open, and "
        "whatever the thread does next sees the old g."
    ),
    remedy="""\
with app.app_context():  # or test_request_context(): it is popped whatever happens inside
    ...
""",
    link="https://flask.palletsprojects.com/en/stable/appcontext/#manually-push-a-context",
    check=_check,
    conclude=_conclude,
)
