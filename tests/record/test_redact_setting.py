"""What FLASKSCOPE_REDACT says holds for whoever records, and whenever it is set."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from flask import Flask, g

from flaskscope import Recording, attach
from flaskscope.events import GSet
from flaskscope.snapshot import REDACTED_SNAPSHOT


@pytest.fixture
def app() -> Flask:
    return Flask("redacting")


@pytest.fixture
def recording(app: Flask) -> Iterator[Recording]:
    with attach(app) as recording:
        yield recording


def _shown(app: Flask, recording: Recording) -> dict[str, bool]:
    with app.app_context():
        g.blood = "AB"
        g.city = "Berlin"
    return {
        event.name: event.value != REDACTED_SNAPSHOT
        for event in recording.events()
        if isinstance(event, GSet)
    }


def test_a_setting_that_comes_after_the_recording_holds(app: Flask, recording: Recording) -> None:
    app.config["FLASKSCOPE_REDACT"] = "blood"

    assert {"blood": False, "city": True} == _shown(app, recording)


def test_the_environment_holds(app: Flask, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASKSCOPE_REDACT", "^ci,other")

    assert {"blood": True, "city": False} == _shown(app, recording)


def test_with_a_setting_that_cannot_be_read_every_name_is_secret(
    app: Flask, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    app.config["FLASKSCOPE_REDACT"] = "(blood"

    with caplog.at_level(logging.ERROR, logger="flaskscope"):
        assert {"blood": False, "city": False} == _shown(app, recording)

    assert 1 == sum("(blood" in record.getMessage() for record in caplog.records)
