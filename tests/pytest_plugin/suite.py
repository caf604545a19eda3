"""Small suites of tests, run by the real pytest in a process of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

#: A small shop that most of the suites are about.
SHOP = """
import pytest
from flask import Flask, g, session

def make_app():
    app = Flask("shop")
    app.secret_key = "only for tests"

    @app.get("/")
    def index():
        g.user = "anna"
        session["visits"] = session.get("visits", 0) + 1
        return "hello"

    @app.get("/who")
    def who():
        return g.get("user", "nobody")

    return app

@pytest.fixture
def app():
    return make_app()
"""

#: Plugins that are installed for one test each, and stay out of the others.
_OUT = ("-p", "no:flask", "-p", "no:asyncio", "-p", "no:rerunfailures", "-p", "no:timeout")


@dataclass
class Done:
    """What a run of pytest came to."""

    outcomes: dict[str, int]
    text: str
    status: int
    folder: Path

    @property
    def recordings(self) -> list[Path]:
        """The recordings that were kept where they are kept by default."""
        return sorted((self.folder / ".pytest_cache/d/flaskscope").glob("*.flaskscope.jsonl"))

    def kinds_of(self, recording: Path) -> list[str]:
        """Return the kinds of the events in a recording, in order."""
        lines = recording.read_text(encoding="utf-8").splitlines()[1:]
        return [json.loads(line)["kind"] for line in lines]


def run(pytester: pytest.Pytester, *args: str, plugins: tuple[str, ...] = (), **files: str) -> Done:
    """Write *files* (modules by name) and run pytest on them with *args*; *plugins* stay in."""
    pytester.makepyfile(**{"conftest": SHOP, **files})
    out = [
        word
        for name in zip(_OUT[::2], _OUT[1::2], strict=True)
        if name[1][3:] not in plugins
        for word in name
    ]
    result = pytester.runpytest_subprocess(*out, *args, timeout=120)
    text = "\n".join([*result.outlines, *result.errlines])
    outcomes = {} if "collected 0 items" in text or " in " not in text else result.parseoutcomes()
    return Done(outcomes, text, int(result.ret), pytester.path)
