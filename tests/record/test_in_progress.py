"""What is held of a request while it runs, and what an app pays only if it has use for it."""

from __future__ import annotations

import threading

from flask import Flask, g, session

from flaskscope.events import GSet, SessionChanged, TeardownRan
from flaskscope.record.channel import g_owners, in_progress, session_owners
from flaskscope.record.recorder import attach
from tests.record.story import kinds, of


def an_app() -> Flask:
    app = Flask("watched")
    app.secret_key = "for tests"
    return app


def test_nothing_of_a_request_is_held_after_it() -> None:
    app = an_app()

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        session["visits"] = 1
        return ""

    with attach(app) as recording:
        app.test_client().get("/")

        assert ({}, {}, {}) == (in_progress, g_owners, session_owners)
        assert {"g.set", "session.changed"} <= set(kinds(recording))


def test_another_thread_that_was_given_them_is_told_with_their_contexts() -> None:
    app = an_app()

    @app.get("/")
    def index() -> str:
        names, items = g._get_current_object(), session._get_current_object()  # type: ignore[attr-defined]

        def elsewhere() -> None:
            names.user = "ada"
            items["visits"] = 1

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return ""

    with attach(app) as recording:
        app.test_client().get("/")

        (was_set,), (changed,) = of(recording, GSet), of(recording, SessionChanged)
        pushed = {event.context for event in recording.events() if event.kind == "context.pushed"}
        assert {was_set.context, changed.context} <= pushed
        assert changed.late is False


def test_an_app_without_teardown_functions_does_not_pay_for_seeing_them() -> None:
    app = an_app()
    app.add_url_rule("/", view_func=lambda: "")
    untouched = vars(Flask)["ensure_sync"]

    with attach(app) as recording:
        app.test_client().get("/")
        assert vars(Flask)["ensure_sync"] is untouched

        app.teardown_appcontext_funcs.append(lambda error: None)
        app.test_client().get("/")

        assert vars(Flask)["ensure_sync"] is not untouched
        assert 1 == len(of(recording, TeardownRan))
    assert vars(Flask)["ensure_sync"] is untouched
