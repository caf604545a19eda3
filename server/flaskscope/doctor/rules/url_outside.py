"""Rule 1, for URLs: ``url_for()`` with an app context and no request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import ContextPopped, Event, ExceptionRaised

#: How Flask's own message begins.
_SAYS = "Unable to build URLs outside an active request without 'SERVER_NAME' configured."


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if isinstance(event, ExceptionRaised):
        type_, message = event.type, event.message
    elif isinstance(event, ContextPopped) and event.unhandled is not None:
        type_, message, _ = event.unhandled
    else:
        return ()
    return _evidence(event, case) if type_ == "RuntimeError" and message.startswith(_SAYS) else ()


def _evidence(event: ExceptionRaised | ContextPopped, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    inside = case.who(seen) if seen is not None else "an app context"
    raised = event.site if isinstance(event, ExceptionRaised) else event.unhandled and event.unhandled.site
    site = raised or event.site or (seen.site if seen is not None else None)
    yield Evidence(
        sentence=(
            f"`url_for()` was called inside {inside}, while no request was handled there, and the app has no "
            "SERVER_NAME: Flask cannot know which host the URL is to begin with. The error left that context."
        ),
        events=(event.number,) if seen is None else (seen.event, event.number),
        sites=() if site is None else (site,),
        key="no SERVER_NAME",  # one setting of the app, however many contexts the error leaves
    )


RULE = Rule(
    name="url-outside-request",
    severity="error",
    kinds=("exception", "context.popped"),
    why=(
        "A request says which host and path an app is reached at; a script, a job or a command has none, so the "
        "configuration has to say it."
    ),
    remedy="""\
with app.test_request_context(base_url="https://shop.example.com"):
    url_for("index", _external=True)  # https://shop.example.com/

# or for the whole app; up to Flask 3.0 it answers this host only, then:
app.config["SERVER_NAME"] = "shop.example.com"
app.config["PREFERRED_URL_SCHEME"] = "https"
""",
    link="https://flask.palletsprojects.com/en/stable/config/#SERVER_NAME",
    check=_check,
)
