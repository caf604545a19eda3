"""A fault in a watched app, as a page is told of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, g

from flaskscope import FlaskScope
from flaskscope.errors import UnknownRuleError

WAIT_SECONDS = 10


def an_app(**config: Any) -> Flask:
    app = Flask("watched")
    app.config.update(config)

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        with app.app_context():
            return str(g.user)

    FlaskScope(app, enabled=True)
    return app


def messages(app: Flask) -> list[dict[str, Any]]:
    """Answer a request while somebody watches; return what he is sent until nothing comes any more."""
    hub = app.extensions["flaskscope"].hub
    with hub.subscribe() as subscriber:
        app.test_client().get("/")
        first = subscriber.next(WAIT_SECONDS)
        found = [first] if first else []
        while message := subscriber.next(1):
            found.append(message)
    hub.stop()
    return [json.loads(message) for message in found]


def test_a_problem_names_the_events_that_prove_it() -> None:
    sent = messages(an_app())

    rows = [row for message in sent if message["type"] == "events" for row in message["rows"]]
    (problem,) = [message for message in sent if message["type"] == "problem"]
    assert "g-hidden-by-nested-context" == problem["rule"]
    assert ["g.set", "context.pushed", "g.missed"] == [
        row[2] for number in problem["events"] for row in rows if row[0] == number
    ]


def test_a_rule_that_is_allowed_is_not_told() -> None:
    sent = messages(an_app(FLASKSCOPE_ALLOW=["g-hidden-by-nested-context"]))

    assert {"events"} == {message["type"] for message in sent}


def test_a_rule_that_does_not_exist_stops_the_start_and_leaves_nothing_behind() -> None:
    from flask.ctx import AppContext

    push = AppContext.push

    with pytest.raises(UnknownRuleError, match="g-hidden"):
        an_app(FLASKSCOPE_ALLOW="g-hiden-by-nested-context")

    assert push is AppContext.push
