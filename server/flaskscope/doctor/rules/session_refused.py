"""Rule 13: a cookie that came and was not accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Advice, Evidence, Rule
from flaskscope.events import Event, SessionOpened


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, SessionOpened) or event.origin != "refused":
        return ()
    return _evidence(event, case)


def _evidence(event: SessionOpened, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    who = case.who(seen) if seen is not None else "A request"
    own = case.cookies.get(event.browser) if event.browser is not None else None
    yield Evidence(
        sentence=f"{_what(who, event, own)} The visitor starts with an empty session.",
        events=tuple(
            number
            for number in (own, None if seen is None else seen.event, event.number)
            if number is not None
        ),
        sites=(),
        # Not each visitor: where the key is another one, all of them are concerned.
        key=(event.interface, event.refusal, own is None),
        advice={"signature": _OTHER_KEY, "expired": _EXPIRED, "format": _OTHER_COOKIE}.get(
            event.refusal or ""
        ),
    )


def _what(who: str, event: SessionOpened, own: int | None) -> str:
    if event.refusal == "signature" and own is not None:
        return (
            f"{who} brought back a session cookie that this app had signed itself (event {own}), and the signature no "
            "longer fits: the secret key is another one since."
        )
    if event.refusal == "signature":
        return (
            f"{who} brought a session cookie whose signature does not fit the secret key: it was signed with another "
            "one (by an earlier start, another worker, another app on this host), or was altered on its way."
        )
    if event.refusal == "expired":
        return (
            f"{who} brought a session cookie that is signed as it should be, and older than "
            "PERMANENT_SESSION_LIFETIME allows."
        )
    if event.refusal == "format":
        return (
            f"{who} brought a cookie by the name of the session's that no Flask app signed: something else on this "
            "host uses the same name, or it was cut short."
        )
    return (
        f"{who} brought a session cookie, and {event.interface} made nothing of it: its signature does not fit the "
        "secret key, it has expired, or what it stands for is gone."
    )


_OTHER_KEY = Advice(
    why=(
        "The cookie is signed with the app's secret key: one that is made anew at each start, differs between workers, "
        "or belongs to another app on the same host makes every cookie from before invalid."
    ),
    remedy="""\
# One key that stays, the same in all workers:
app.secret_key = os.environ["SECRET_KEY"]
# While a new key takes over, from Flask 3.1 on:
app.config["SECRET_KEY_FALLBACKS"] = [os.environ["OLD_SECRET_KEY"]]
# Where another app shares the host:
app.config["SESSION_COOKIE_NAME"] = "shop_session"
""",
)

_EXPIRED = Advice(
    why=(
        "A session cookie is valid for a time, which begins when it is signed: a visitor who comes back later begins "
        "anew. That is meant, unless the time is too short."
    ),
    remedy="""\
# Seconds that a session is kept:
app.config["PERMANENT_SESSION_LIFETIME"] = 31 * 86_400
""",
    link="https://flask.palletsprojects.com/en/stable/config/#PERMANENT_SESSION_LIFETIME",
)

_OTHER_COOKIE = Advice(
    why="A browser knows a cookie by its name and host, whatever the port: two programs on one host overwrite it.",
    remedy="""\
app.config["SESSION_COOKIE_NAME"] = "shop_session"
""",
    link="https://flask.palletsprojects.com/en/stable/config/#SESSION_COOKIE_NAME",
)

RULE = Rule(
    name="session-refused",
    severity="warning",
    kinds=("session.opened",),
    why=(
        "The cookie is signed with the app's secret key, and valid for a time: a key that is made anew at each start, "
        "differs between workers, or belongs to another app on the same host makes every cookie from before invalid."
    ),
    remedy="""\
# One key that stays, the same in all workers:
app.secret_key = os.environ["SECRET_KEY"]
# While a new key takes over, from Flask 3.1 on:
app.config["SECRET_KEY_FALLBACKS"] = [os.environ["OLD_SECRET_KEY"]]
# Where another app shares the host:
app.config["SESSION_COOKIE_NAME"] = "shop_session"
# Seconds that a session is kept:
app.config["PERMANENT_SESSION_LIFETIME"] = 31 * 86_400
""",
    link="https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY",
    check=_check,
    heuristic=True,
)
