"""Rule 6: one ``g`` for several requests, through an app context that was pushed before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import ContextPushed, Event


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, ContextPushed) or event.about.get("reused") is None:
        return ()
    return _evidence(event, case)


def _evidence(event: ContextPushed, case: Case) -> Iterator[Evidence]:
    outer = case.context(event.about["reused"])
    seen = case.context(event.context)
    if outer is None or seen is None or outer.how == "stream":
        return
    # Requests inside a request, as a test client in a view makes them, share its g on purpose or not at all.
    left = [
        (name, write)
        for name, write in outer.names.items()
        if write.request not in (None, event.context)
        and (earlier := case.context(write.request)) is not None
        and earlier.popped is not None
    ]
    if not left:
        return
    name, write = left[0]
    earlier = case.context(write.request)
    assert earlier is not None
    yield Evidence(
        sentence=(
            f"{case.who(seen)} begins with `g.{name}` in its g, which "
            f"{case.who(earlier)} had set "
            f"{case.places.at(write.site)}: both use the g of {case.who(outer)}, which "
            f"stayed pushed around them."
        ),
        events=(outer.event, write.event, event.number),
        sites=tuple(site for site in (outer.site, write.site) if site is not None),
        key=outer.site or outer.number,
    )


RULE = Rule(
    name="g-shared-between-requests",
    severity="error",
    kinds=("context.pushed",),
    why=(
        "Up to Flask 3.1 a request that finds an app context of its app already pushed uses that "
        "one instead of a new "
        "one, so all requests inside it share one g, and none of them tears it down."
    ),
    remedy="""\
with app.app_context():
    prepare()
client.get("/")  # outside of it: each request has a g of its own
""",
    link="https://flask.palletsprojects.com/en/stable/testing/#tests-that-depend-on-an-active-context",
    check=_check,
    flask="up to 3.1; from 3.2 on each request pushes a context of its own, and code that relied on sharing breaks",
)
