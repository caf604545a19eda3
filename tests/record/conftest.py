"""Apps to record, and the recording of each."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from flask import Flask, g, session

from flaskscope.record.recorder import Recording, attach


@pytest.fixture
def app() -> Flask:
    """An app with a view that uses ``g`` and the session, one that fails, and one that pushes by hand."""
    app = Flask("watched")
    app.secret_key = "for the tests only"

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    @app.get("/boom")
    def boom() -> str:
        raise ZeroDivisionError("it went wrong")

    @app.get("/nested")
    def nested() -> str:
        g.user = "grace"
        with app.app_context():
            g.task = "sum"
        return "done"

    return app


@pytest.fixture
def recording(app: Flask) -> Iterator[Recording]:
    """A recording of *app*. Whatever the test did, no hook of ours failed."""
    with attach(app) as recording:
        yield recording
        assert 0 == recording.failures
    gc.collect()
