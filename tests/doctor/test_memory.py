"""What the doctor remembers of contexts leads it nowhere, and stays apart."""

from __future__ import annotations

import contextlib
import contextvars

from flask import Flask, g, session

from flaskscope.doctor import Doctor
from flaskscope.doctor.seen import NOTHING
from flaskscope.record.recorder import attach


def test_a_context_that_is_pushed_above_itself_ends_somewhere() -> None:
    """Nothing of what Flask up to 3.1 allows lets the doctor run in a circle."""
    app = Flask("watched")

    def push_above_itself() -> None:
        context, request = app.app_context(), app.test_request_context("/")
        context.push()
        request.push()
        with contextlib.suppress(Exception):  # from 3.2 on it may not be popped before what is above it
            context.pop()
            context.push()
        g.get("user")
        with contextlib.suppress(Exception):
            context.pop()
        request.pop()

    with attach(app) as recording:
        contextvars.Context().run(push_above_itself)
        events = recording.events()

    assert "g.missed" in {event.kind for event in events}
    # Whatever it tells: on some Flask there is nothing wrong with it. What fails is that it comes to no end.
    Doctor().examine(events, recording.sites, recording.lanes)


def test_nothing_is_put_where_all_have_nothing() -> None:
    app = Flask("watched")
    app.secret_key = "for the tests only"
    app.teardown_request(lambda error: None)

    @app.get("/")
    def index() -> str:
        g.user = session["user"] = "ada"
        return str(session.get("cart")) + str(g.get("missing"))

    with attach(app) as recording:
        app.test_client().get("/")
        Doctor().examine(recording.events(), recording.sites, recording.lanes)

    assert {} == NOTHING
