"""Every pair of a faulty and a healthy app, and what the doctor says of one: also as a program, for another Flask.

`python -m tests.doctor.table NAME faulty` prints the rules expected on that Flask, and the findings, as JSON.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import linecache
import sys
from typing import Any

from flask import Flask

from flaskscope.doctor import Doctor
from flaskscope.record.recorder import attach
from tests.doctor.apps import outside, sessions, stacks, teardowns, values

PAIRS = {**outside.PAIRS, **stacks.PAIRS, **values.PAIRS, **sessions.PAIRS, **teardowns.PAIRS}


def diagnose(name: str, which: str) -> list[dict[str, Any]]:
    """Return the findings of the *faulty* or *healthy* app of a pair, run here and now."""
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
    print(json.dumps([PAIRS[sys.argv[1]].expected, diagnose(sys.argv[1], sys.argv[2])], indent=1))
