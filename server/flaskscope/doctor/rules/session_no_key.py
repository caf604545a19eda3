"""Rule 13: a session that cannot be written, because the app has no secret key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import ContextPopped, Event, ExceptionRaised

#: How Flask's own message begins.
_SAYS = "The session is unavailable because no secret key was set."


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if isinstance(event, ExceptionRaised):
        return _evidence(event, event.type, event.message, case)
    if isinstance(event, ContextPopped) and event.unhandled is not None:
        return _evidence(event, *event.unhandled[:2], case)
    return ()


def _evidence(
    event: ExceptionRaised | ContextPopped, type_: str, message: str, case: Case
) -> Iterator[Evidence]:
    if type_ != "RuntimeError" or not message.startswith(_SAYS):
        return
    seen = case.context(event.context) or case.request_in(event.lane)
    who = case.who(seen) if seen is not None else "A request"
    where = f" {case.places.at(event.site)}" if event.site is not None else ""
    opened = () if seen is None or seen.opened is None else (seen.opened.number,)
    yield Evidence(
        sentence=f"{who} changed the session{where}, but the app has no secret key, so that no session can be kept.",
        events=(*opened, event.number),
        sites=() if event.site is None else (event.site,),
        key="no key",
    )


RULE = Rule(
    name="session-without-secret-key",
    severity="error",
    kinds=("exception", "context.popped"),
    why=(
        "Flask signs the session cookie; without a key it hands out a session that is always empty and "
        "refuses changes."
    ),
    remedy="""\
app.secret_key = os.environ["SECRET_KEY"]
# make one once: python -c 'import secrets; print(secrets.token_hex())'
""",
    link="https://flask.palletsprojects.com/en/stable/quickstart/#sessions",
    check=_check,
    wants_usual=False,
)
