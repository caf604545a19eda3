"""Rule 9: ``g`` is empty inside ``copy_current_request_context``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.misses import elsewhere, unanswered, unmet
from flaskscope.doctor.seen import Miss, Seen
from flaskscope.events import Event


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    missing = unmet(event, case)
    if missing is not None:
        return _evidence(*missing, case, is_guess=False)
    # With a default that does for both, as in what writes a log, this is no fault; code that wants the value goes on
    # without it, and nothing else tells.
    missing = unanswered(event, case)
    return () if missing is None else _evidence(*missing, case, is_guess=True)


def _evidence(seen: Seen, miss: Miss, case: Case, *, is_guess: bool) -> Iterator[Evidence]:
    found = elsewhere(seen, miss.name, case)
    if found is None or found[0] != "copied":
        return
    write = found[1]
    yield Evidence(
        sentence=(
            f"`g.{miss.name}` was asked for {case.places.at(miss.site)} in a copy of the request context "
            f"(thread {seen.thread}), whose g is a new one: the request it was copied from had set it "
            f"{case.places.at(write.site)}."
        ),
        events=(write.event, seen.event, miss.event),
        sites=tuple(site for site in (write.site, miss.site) if site is not None),
        key=miss.site or miss.name,
        is_guess=is_guess,
    )


RULE = Rule(
    name="g-empty-in-copied-context",
    severity="error",
    kinds=("context.popped",),
    why=(
        "copy_current_request_context hands on the request and the session; g belongs to the app context, "
        "of which the copy pushes a new one."
    ),
    remedy="""\
user = g.user  # read it before, and pass it on

@copy_current_request_context
def work(user=user): ...
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.copy_current_request_context",
    check=_check,
    wants_usual=False,
)
