"""What an app, its visitors or another process say cannot steer the terminal it is printed on."""

from __future__ import annotations

import click
import pytest

from flaskscope.commands.findings import echo


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
