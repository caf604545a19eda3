"""Every pair of a faulty and a healthy app, and what the doctor says of each: also as a program, for another Flask.

`python -m tests.doctor.table` prints the findings of all pairs on the Flask that is there, as JSON.
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import gc
import io
import json
import linecache
from importlib.metadata import version
from typing import Any

from flask import Flask

from flaskscope.doctor import Doctor
from flaskscope.record.flask_versions import MERGED
from flaskscope.record.recorder import attach
from tests.doctor.apps import outside, sessions, stacks, teardowns, threads, values
from tests.transparency.versions import RELEASED

PAIRS = {
    **outside.PAIRS,
    **threads.PAIRS,
    **stacks.PAIRS,
    **values.PAIRS,
    **sessions.PAIRS,
    **teardowns.PAIRS,
}

WHICH = ("faulty", "healthy")


def flask_here() -> str:
    """Return what `tests.transparency.versions` calls the Flask that is running."""
    here = version("flask")
    return "source" if MERGED else next((each.name for each in RELEASED if each.release == here), here)


def diagnose(name: str, which: str) -> list[dict[str, Any]]:
    """Return the findings of the *faulty* or *healthy* app of a pair, run here and now."""
    # A fault may leave its contexts pushed: not in the Context of whoever asks.
    return contextvars.Context().run(_diagnose, name, which)


def _diagnose(name: str, which: str) -> list[dict[str, Any]]:
    pair = PAIRS[name]
    app = Flask("watched")
    app.secret_key = "for the tests only"
    with attach(app) as recording:
        getattr(pair, which)(app)
        events = recording.events()
        assert 0 == recording.failures
    doctor = Doctor(lines=linecache.getlines, **pair.options)
    findings = doctor.examine(events, recording.sites, recording.lanes) + doctor.conclude()
    gc.collect()
    return [dataclasses.asdict(finding) for finding in findings]


if __name__ == "__main__":
    # What Flask logs of exceptions is part of some faults.
    with contextlib.redirect_stderr(io.StringIO()):
        found = {name: {which: diagnose(name, which) for which in WHICH} for name in PAIRS}
    print(json.dumps(found))
