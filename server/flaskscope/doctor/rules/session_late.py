"""Rule 12: the session changed after it was saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Advice, Evidence, Rule
from flaskscope.doctor.seen import Seen
from flaskscope.events import Event, SessionChanged, SessionDeleted, SessionSaved


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, (SessionChanged, SessionDeleted)):
        return ()
    seen = case.context(event.context)
    if seen is None or seen.saved is None:
        return ()
    # A test that reads what was flashed takes it out of the session, and no browser waits for that.
    is_of_the_test = seen.looked_at and seen.how != "stream" and not _is_teardown_function(event, case)
    return () if is_of_the_test else _evidence(event, seen, seen.saved, case)


def _evidence(
    event: SessionChanged | SessionDeleted, seen: Seen, saved: SessionSaved, case: Case
) -> Iterator[Evidence]:
    key = f"`session[{event.key!r}]`"
    if isinstance(event, SessionChanged):
        what = f"{key} was changed"
    else:
        what = "The whole session was cleared" if event.key == "*" else f"{key} was deleted"
    yield Evidence(
        sentence=(
            f"{what} {case.places.at(event.site)} after the session of {case.who(seen)} "
            "had been saved and the head of the response was made: the browser never hears of it."
        ),
        events=(saved.number, event.number),
        sites=() if event.site is None else (event.site,),
        key=(event.site, event.key),
        advice=_TEARDOWN if _is_torn_down(event, seen, case) else None,
    )


def _is_torn_down(event: SessionChanged | SessionDeleted, seen: Seen, case: Case) -> bool:
    """Return whether a teardown function made the change; what else happens there without a stream is alike."""
    return _is_teardown_function(event, case) or (seen.popped is None and seen.how != "stream")


def _is_teardown_function(event: SessionChanged | SessionDeleted, case: Case) -> bool:
    return any("teardown" in decorator for decorator in case.places.decorators(event.site))


_TEARDOWN = Advice(
    remedy="""\
@app.after_request  # the last functions before the session is saved
def note(response):
    session["seen"] = True
    return response
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.Flask.after_request",
)


RULE = Rule(
    name="session-changed-too-late",
    severity="error",
    kinds=("session.changed", "session.deleted"),
    why=(
        "The session travels in a header of the response, which Flask writes before the body: a generator that "
        "streams the body, and teardown functions, come after it."
    ),
    remedy="""\
session["seen"] = True                       # before the response is made
return Response(stream_with_context(rows()))
""",
    link="https://flask.palletsprojects.com/en/stable/patterns/streaming/",
    check=_check,
    special=(_TEARDOWN,),
)
