"""Kinds of events that are left out: each of them, and never what failed."""

from __future__ import annotations

import pytest
from flask import Flask, g, session

from flaskscope.record.recorder import Recording, attach
from tests.doctor.apps.pair import raising


def an_app() -> Flask:
    app = Flask("watched")
    app.secret_key = "for tests"

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        return f"{g.user} {g.get('nobody')} {session.get('visits')}"

    @app.teardown_request
    def tidy(error: BaseException | None) -> None:
        pass

    return app


def kinds_of(recording: Recording) -> list[str]:
    return [event.kind for event in recording.events()]


def test_each_optional_kind_is_left_out_and_the_others_stay() -> None:
    app = an_app()
    with attach(app, g_reads=True) as recording:
        app.test_client().get("/")
        whole = kinds_of(recording)
        assert set(recording.optional) <= set(whole)

        recording.leave_out(recording.optional)
        app.test_client().get("/")

        left = [kind for kind in whole if kind not in recording.optional]
        events = recording.events()
        assert left == [event.kind for event in events][len(whole) :]
        assert list(range(1, len(events) + 1)) == [event.number for event in events]
        assert (len(whole) - len(left), 0) == (recording.left_out, recording.dropped)


def test_what_failed_is_told_anyway() -> None:
    app = an_app()

    @app.teardown_request
    def fail(error: BaseException | None) -> None:
        raise ValueError("this teardown is broken")

    with attach(app) as recording:
        recording.leave_out(recording.optional)
        with raising(Exception):  # from Flask 3.2 on it comes in a group
            app.test_client().get("/nowhere")

        told = {event.kind for event in recording.events() if getattr(event, "failure", None)}
        assert {"request.matched", "teardown"} <= told


def test_what_others_rest_on_cannot_be_left_out() -> None:
    with attach(an_app()) as recording:
        recording.leave_out(["g.read"])
        with pytest.raises(ValueError, match=r"'context\.pushed' cannot be left out; these can: g\.read,"):
            recording.leave_out(["g.missed", "context.pushed"])
        assert ["g.read"] == recording.without
