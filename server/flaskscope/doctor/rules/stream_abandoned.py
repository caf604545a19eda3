"""Rule 7: a streamed response that was given up halfway leaves its context in the thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Advice, Evidence, Rule
from flaskscope.events import ContextPushed, Event


def _check(event: Event, case: Case) -> Iterable[Evidence]:
    if not isinstance(event, ContextPushed) or event.about["how"] not in ("request", "test client"):
        return ()
    if event.about.get("implicit") or event.about["type"] == "app":
        return ()
    if event.about["pushes"] > 1:
        return ()  # the request of the stream itself: a test client keeps it for the test to look at
    for other in case.stacks.get(event.lane, ()):
        if other.how == "stream":
            return _evidence(event, case)
    return ()


def _evidence(event: ContextPushed, case: Case) -> Iterator[Evidence]:
    seen = case.context(event.context)
    stack = case.stacks.get(event.lane, ())
    left = [other for other in stack if other.how == "stream" and other is not seen]
    # Pushed by Flask to go on streaming, and still there when the thread takes its next request.
    stream = next((other for other in left if other.has_request), left[0] if left else None)
    if stream is None or seen is None:
        return
    for other in left:
        other.told = True
    shared = seen.g in {other.number for other in left}
    effect = "They share one g, and what is in it stays" if shared else "It runs on top of it"
    yield Evidence(
        sentence=(
            f"{case.who(seen)} began in {case.places.lane(event.lane)}, where {case.who(stream)} was "
            "still pushed: its response was streamed, and nobody read it to its end or closed it. "
            f"{effect}; the teardown functions of the stream have not run."
        ),
        events=(stream.event, event.number),
        sites=() if stream.site is None else (stream.site,),
        key=(event.lane, stream.number),
        advice=_TEST if event.about["how"] == "test client" else None,
    )


_TEST = Advice(
    remedy="""\
client.get("/stream").get_data()  # reads it to its end

client.get("/stream", buffered=True)  # comes when it has been read

with client.get("/stream") as response:  # closes it at the end
    assert response.status_code == 200
""",
    why=(
        "The test client reads a streamed response only as far as the test does, and stream_with_context() keeps its "
        "contexts pushed in the thread of the test until it was read to its end, or closed."
    ),
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
    # Read what you need before the stream begins,
    rows = load_rows(request.args["q"])
    # and stream with a generator that uses neither g nor request.
    return Response(render(rows))

# What wraps a response, as a WSGI middleware, has to hand on its close().
""",
    link="https://flask.palletsprojects.com/en/stable/patterns/streaming/#streaming-with-context",
    check=_check,
    flask="all versions (pallets/flask #6123)",
    special=(_TEST,),
)
