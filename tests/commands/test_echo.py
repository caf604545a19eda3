"""What an app, its visitors or another process say cannot steer the terminal it is printed on."""

from __future__ import annotations

import click
import pytest
from flask import Flask

from flaskscope.commands.findings import as_text, echo
from flaskscope.doctor import Doctor
from flaskscope.events import Site
from flaskscope.record.recorder import attach


@pytest.mark.parametrize(
    "hostile", ["\x1b]0;title\x07", "\x1b[2J", "\x1b[3A", "\r", "\b" * 9, "\x9b2J", "\x1bc", "\x00"]
)
def test_control_characters_are_shown_not_sent(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"request.started  GET /{hostile}hello")

    printed = capsys.readouterr().out
    assert printed.rstrip("\n").isprintable()
    assert printed.startswith("request.started  GET /")
    assert printed.endswith("hello\n")


def test_lines_and_our_own_colours_stay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = f"{click.style('error', fg='red', bold=True)}\n\tindented"

    echo(text, color=True)

    assert f"{text}\n" == capsys.readouterr().out


def test_colours_that_a_visitor_sent_are_no_colours_of_ours() -> None:
    """A path that conceals what comes after it would hide the finding."""
    app = Flask("shop")

    @app.teardown_request
    def fails(_error: BaseException | None) -> None:
        raise ValueError("\x1b[8mhidden")

    app.get("/")(lambda: "")
    with attach(app) as recording:
        with pytest.raises(ValueError, match="hidden"):
            app.test_client().get("/")
        (finding, *_) = Doctor().examine(recording.events(), recording.sites, recording.lanes)

    text = as_text(finding, [Site(1, "/\x1b[8m/app.py", 1, "f")])

    assert "\x1b[8m" not in text
    assert 2 == text.count("\\x1b[8m")
