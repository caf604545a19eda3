"""Events of FlaskScope itself."""

from __future__ import annotations

from typing import Literal, NamedTuple


class RecorderFailed(NamedTuple):
    """FlaskScope itself failed in a hook; the app was not touched by it.

    *hook* is the place, *traceback* ours, *occurrences* how often it has happened, *off* whether the hook has turned
    itself off for it.
    """

    number: int
    at_ns: int
    kind: Literal["recorder.failed"]
    lane: int
    context: int | None
    site: int | None
    hook: str
    traceback: str
    occurrences: int
    off: bool


class RecorderResumed(NamedTuple):
    """FlaskScope records again, after nothing was recorded for *paused_ns*: nobody was watching.

    Contexts that were pushed when recording stopped are told as popped then: what became of them was not seen. Of those
    pushed meanwhile nothing is known.
    """

    number: int
    at_ns: int
    kind: Literal["recorder.resumed"]
    lane: int
    context: int | None
    site: int | None
    paused_ns: int
