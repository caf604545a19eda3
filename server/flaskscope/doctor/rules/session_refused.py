"""Rule 13: a cookie that came and was not accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import Event, SessionOpened


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, SessionOpened) or event.origin != "refused":
        return ()
    return _evidence(event, case)


def _evidence(event: SessionOpened, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    who = case.places.who(seen) if seen is not None else "A request"
    yield Evidence(
        sentence=(
            f"{who} brought a session cookie, and {event.interface} did not accept it: its signature does not fit "
            "the secret key, or it has expired. The visitor starts with an empty session."
        ),
        events=(event.number,) if seen is None else (seen.event, event.number),
        sites=(),
        # Not each visitor: where the key is another one, all of them are concerned.
        key=event.interface,
    )


RULE = Rule(
    name="session-refused",
    severity="warning",
    kinds=("session.opened",),
    why=(
        "The cookie is signed with the app's secret key: a key that is made anew at each start, "
        "differs between "
        "workers, or belongs to another app on the same host makes every cookie from before invalid."
    ),
    remedy="""\
app.secret_key = os.environ["SECRET_KEY"]         # one that stays, the same in all workers
app.config["SESSION_COOKIE_NAME"] = "shop_session"  # when another app shares the host
""",
    link="https://flask.palletsprojects.com/en/stable/quickstart/#sessions",
    check=_check,
    heuristic=True,
)
