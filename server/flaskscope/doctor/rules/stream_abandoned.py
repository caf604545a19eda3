"""Rule 7: a streamed response that was given up halfway leaves its context in the thread."""

from __future__ import annotations

from collections.abc import Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Evidence, Rule
from flaskscope.events import ContextPushed, Event


def _check(event: Event, case: Case) -> Iterator[Evidence]:
    if not isinstance(event, ContextPushed) or event.about["how"] not in ("request", "test client"):
        return
    if event.about.get("implicit") or event.about["type"] == "app":
        return
    seen = case.context(event.context)
    stack = case.stacks.get(event.lane, ())
    left = [other for other in stack if other.how == "stream" and other is not seen]
    # Pushed by Flask to go on streaming, and still there when the thread takes its next request.
    stream = next((other for other in left if other.has_request), left[0] if left else None)
    if stream is None or seen is None:
        return
    shared = seen.g in {other.number for other in left}
    effect = "It uses the same g, and what it leaves there stays" if shared else "It runs on top of it"
    yield Evidence(
        sentence=(
            f"{case.places.who(seen)} was taken by {case.places.lane(event.lane)} while {case.places.who(stream)} was "
            "still pushed there, left behind by a streamed response that nobody read to its end. "
            f"{effect}; the teardown functions of the stream have not run."
        ),
        events=(stream.event, event.number),
        sites=() if stream.site is None else (stream.site,),
        key=(event.lane, stream.number),
    )


RULE = Rule(
    name="stream-left-its-context",
    severity="error",
    kinds=("context.pushed",),
    why=(
        "stream_with_context() keeps its contexts pushed in the worker thread between two pieces "
        "of the response; if "
        "the server gives up and does not close the response there, they stay, and the next "
        "request falls into them."
    ),
    remedy="""\
def view():
    rows = load_rows(request.args["q"])   # read what you need before the stream begins
    return Response(render(rows))         # a generator that uses neither g nor request
""",
    link="https://flask.palletsprojects.com/en/stable/patterns/streaming/#streaming-with-context",
    check=_check,
    flask="up to 3.1 and 3.2 (pallets/flask #6123)",
)
