"""Findings of the doctor as a person reads them in a terminal, and as a program does."""

from __future__ import annotations

import json
import os
import re
import shutil
import textwrap
from collections.abc import Sequence
from typing import Any

import click

from flaskscope.doctor import Finding
from flaskscope.events import Site
from flaskscope.web.problems import message_of

#: Characters of a line of prose. In a wider terminal longer lines would only be harder to read.
MAX_WIDTH = 100

_COLOURS = {"error": "red", "warning": "yellow"}


#: What could steer a terminal: all control characters but tabs and ends of lines, and our own colours.
_CONTROLS = re.compile(r"(?!\x1b\[[0-9;]*m)[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ALL_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def echo(text: str, *, color: bool | None = None, err: bool = False) -> None:
    """Print *text*, on standard error with *err*, with its colours only on a terminal that wants them.

    Control characters in it, which may have come from a visitor of the app, are shown and not sent.
    """
    shown = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    click.echo(shown, color=False if os.environ.get("NO_COLOR") else color, err=err)


def as_text(finding: Finding, sites: Sequence[Site]) -> str:
    """Return *finding* for a person, with its lines of code in full."""
    head = click.style(f"{finding.severity}: {finding.rule}", fg=_COLOURS[finding.severity], bold=True)
    heuristic = " (a heuristic: it may be meant)" if finding.heuristic else ""
    parts = [
        head + heuristic,
        _wrapped(_shown(finding.sentence)),
        _wrapped(f"Why: {finding.why}"),
        "  Mend it:",
        textwrap.indent(finding.remedy.rstrip("\n"), "      "),
        "  Seen at:",
        *(f"      {_shown(site.path)}:{site.line} in {_shown(site.function)}" for site in sites),
        # Without the # of contexts: these are other numbers.
        f"      event{'' if len(finding.events) == 1 else 's'} {', '.join(map(str, finding.events))}",
        f"  Flask: {finding.flask}",
        f"  {click.style(finding.link, underline=True)}",
    ]
    return "\n".join(parts)


def _shown(text: str) -> str:
    """Return *text*, a part of which a visitor may have chosen, without what steers or colours a terminal."""
    return _ALL_CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def as_json(finding: Finding, sites: Sequence[Site]) -> str:
    """Return *finding* for a program: the message of the wire, its lines of code in full, in one line."""
    message: dict[str, Any] = json.loads(message_of(finding))
    return json.dumps({**message, "sites": [site._asdict() for site in sites]})


def summary(findings: Sequence[Finding], examined: int) -> str:
    """Return what it came to, in a sentence; *examined*, how many events there were, is at least 1."""
    events = f"{examined:,} event{'' if examined == 1 else 's'}"
    if not findings:
        return click.style(f"Nothing wrong in {events}.", fg="green")
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    counts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    return f"{' and '.join(counts)} in {events}."


def unexamined(what: str) -> str:
    """Return the sentence *what*, on what was not examined, so that nobody takes it for an all-clear."""
    return click.style(what, fg="yellow")


def _wrapped(text: str) -> str:
    width = min(shutil.get_terminal_size().columns, MAX_WIDTH)
    return textwrap.fill(
        text,
        width,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
