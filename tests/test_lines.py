"""Lines of JSON are the events they were written from."""

from __future__ import annotations

import pytest
from flask import Flask, g, session

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.lines import Line, Lost, Names, parse_line
from flaskscope.record.recorder import attach


def test_every_event_is_read_back_as_it_was() -> None:
    app = Flask("watched")
    app.secret_key = "for the tests only"

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        session["visits"] = [1, 2]
        with app.app_context():
            g.get("user")
        return str(1 / 0)

    with attach(app) as recording:
        for _ in range(2):
            app.test_client().get("/")
        events = recording.events()
    names = Names()
    read = []

    for event in events:
        line = parse_line(wire.encode_line(event, recording.lanes, recording.sites))
        assert isinstance(line, Line)
        names.learn(line)
        read.append(line.event)

    assert events == read
    assert recording.lanes == names.lanes
    assert recording.sites == names.sites


def test_lost_events_are_told_as_such() -> None:
    assert Lost(2, 4, 3, "They left.") == parse_line(wire.encode_lost(2, 4, 3, "journal", "They left."))


@pytest.mark.parametrize(
    "text",
    ["", "{", "7", "[]", "{}", '{"kind":"g.set"}', '{"kind":"no.such"}', "\xff", "[" * 100_000],
    ids=lambda text: text[:10],
)
def test_anything_else_is_refused_with_what_it_was(text: str) -> None:
    with pytest.raises(MessageError) as refused:
        parse_line(text)

    assert (refused.value.value or "").startswith(text[:100])
