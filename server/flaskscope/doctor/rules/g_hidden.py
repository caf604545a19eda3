"""Rule 15: a nested app context hides the ``g`` around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.misses import elsewhere, unmet
from flaskscope.doctor.seen import Miss, Seen
from flaskscope.events import Event


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    missing = unmet(event, case)
    return () if missing is None else _evidence(*missing, case)


def _evidence(seen: Seen, miss: Miss, case: Case) -> Iterator[Evidence]:
    found = elsewhere(seen, miss.name, case)
    if found is None or found[0] != "outer":
        return
    write = found[1]
    outer = case.context(write.context)
    around = case.who(outer) if outer is not None else f"#{write.context}"
    yield Evidence(
        sentence=(
            f"`g.{miss.name}` was asked for {case.places.at(miss.site)} inside "
            f"{case.who(seen)}, which has a g "
            f"of its own; the name stands in the g of {around}, set {case.places.at(write.site)}."
        ),
        events=(write.event, seen.event, miss.event),
        sites=tuple(site for site in (write.site, seen.site, miss.site) if site is not None),
        key=miss.site or miss.name,
    )


RULE = Rule(
    name="g-hidden-by-nested-context",
    severity="error",
    kinds=("context.popped",),
    why=(
        "Each app context has its own g, and only the newest one is seen: a nested app_context() hides "
        "what was in g until it ends."
    ),
    remedy="""\
user = g.user
with app.app_context():
    g.user = user  # or leave out the with: a context is there already
""",
    link="https://flask.palletsprojects.com/en/stable/api/#flask.g",
    check=_check,
    wants_usual=False,
)
