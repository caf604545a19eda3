"""Events as Chrome's trace format, which Perfetto and chrome://tracing open.

Contexts are asynchronous slices, since they need not nest; everything else is an instant on its thread, and a teardown
function a slice of its own. A thread that is started is an arrow, from a short slice on the thread that starts it to
one on its own, since arrows need slices at their ends. Times are microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flaskscope.events import (
    ContextAbandoned,
    ContextPopped,
    ContextPushed,
    Event,
    Lane,
    Site,
    TeardownRan,
    ThreadStarted,
)

#: Microseconds that the slices at both ends of an arrow are long: enough to be drawn.
_ARROW_END = 1.0


def chrome_trace(
    events: Iterable[Event], lanes: Sequence[Lane], sites: Sequence[Site], process: str = "flaskscope"
) -> dict[str, Any]:
    """Return *events* as the object that a trace file holds; *process* is the name of what was recorded."""
    return {
        "displayTimeUnit": "ms",
        "traceEvents": [*_threads(lanes, process), *_slices(events, lanes, sites)],
    }


def _threads(lanes: Sequence[Lane], process: str) -> Iterator[dict[str, Any]]:
    for pid in dict.fromkeys(lane.process for lane in lanes):
        yield {"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": process}}
    for lane in lanes:
        yield {
            "ph": "M",
            "name": "thread_name",
            "pid": lane.process,
            "tid": lane.id,
            "args": {"name": lane.name},
        }


def _slices(
    events: Iterable[Event], lanes: Sequence[Lane], sites: Sequence[Site]
) -> Iterator[dict[str, Any]]:
    names: dict[int, list[str]] = {}
    last = 0.0
    ends: dict[str, Any] = {}
    for event in events:
        last = event.at_ns / 1_000
        on = {"pid": lanes[event.lane - 1].process, "tid": event.lane, "ts": last}
        site = sites[event.site - 1] if event.site else None
        args: dict[str, Any] = {"number": event.number, "context": event.context}
        if site is not None:
            args["site"] = f"{site.path}:{site.line}"
        match event:
            case ContextPushed(about=about):
                name = f"#{event.context} {about['type']} {about.get('path') or about['how']}"
                names.setdefault(event.context, []).append(name)
                yield {
                    "ph": "b",
                    "cat": "context",
                    "id": hex(event.context),
                    "name": name,
                    **on,
                    "args": args,
                }
                ends = on
            case ContextPopped() | ContextAbandoned():
                if names.get(event.context):
                    name = names[event.context].pop()
                    yield {
                        "ph": "e",
                        "cat": "context",
                        "id": hex(event.context),
                        "name": name,
                        **on,
                        "args": args,
                    }
            case TeardownRan():
                on["ts"] = (event.at_ns - event.duration_ns) / 1_000
                yield {
                    "ph": "X",
                    "cat": "teardown",
                    "name": event.name,
                    "dur": event.duration_ns / 1_000,
                    **on,
                    "args": args,
                }
            case ThreadStarted(thread=thread, child=child) if child is not None:
                yield from _arrow(event.number, thread, on, {**on, "tid": child}, args)
            case _:
                own = {
                    key: value
                    for key, value in event._asdict().items()
                    if key in ("name", "key", "proxy", "type")
                }
                yield {
                    "ph": "i",
                    "s": "t",
                    "cat": event.kind.partition(".")[0],
                    "name": event.kind,
                    **on,
                    "args": args | own,
                }
    for context, left in names.items():
        for name in left:
            yield {
                "ph": "e",
                "cat": "context",
                "id": hex(context),
                "name": name,
                **ends,
                "ts": last,
                "args": {"still pushed": True},
            }


def _arrow(
    number: int, thread: str, source: dict[str, Any], target: dict[str, Any], args: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the slice at each end of an arrow, and its two halves; an end binds to the slice around it."""
    cat = {"cat": "thread"}
    yield {"ph": "X", **cat, "name": f"starts {thread}", "dur": _ARROW_END, **source, "args": args}
    yield {"ph": "s", **cat, "name": "thread.started", "id": hex(number), **source}
    yield {"ph": "X", **cat, "name": f"{thread} was started", "dur": _ARROW_END, **target, "args": args}
    yield {"ph": "f", "bp": "e", **cat, "name": "thread.started", "id": hex(number), **target}
