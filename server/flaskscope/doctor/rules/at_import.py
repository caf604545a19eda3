"""Rule 2: a proxy used while a module is being imported."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.doctor.outside import nearness, outside_kind, used
from flaskscope.events import AccessFailed, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, AccessFailed) or outside_kind(event, case) != "import":
        return
    yield Evidence(
        sentence=(
            f"{used(event, case)}, while a module was being imported: no request and no command had begun, so there "
            "was no context yet."
        ),
        events=(event.number,),
        sites=() if event.site is None else (event.site,),
        key=case.places.same(event.site, event.proxy),
        nearness=nearness(event, case),
    )


RULE = Rule(
    name="outside-context-at-import",
    severity="error",
    kinds=("access.failed",),
    why=(
        "Code at the top of a module runs once, when it is imported, which is before Flask pushes anything; "
        "only functions that are called later can use the proxies."
    ),
    remedy="""\
def page_size():  # asked when it is needed, not when the module is loaded
    return current_app.config["PAGE_SIZE"]
""",
    link="https://flask.palletsprojects.com/en/stable/patterns/appfactories/",
    check=_check,
)
