"""What the terminal says at the end: what was found, by how many tests, and how to open the recordings."""

from __future__ import annotations

import os
import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flaskscope.testing.findings import Finding

#: Findings told of each rule, and the tests that are named with each; of more there is only a count.
MAX_TOLD = 20
MAX_TESTS = 5


def open_command(path: str, start: Path) -> str:
    """Return the command that opens a recording in the page, for somebody in the folder *start*."""
    try:
        relative = os.path.relpath(path, start)
    except ValueError:  # another drive
        relative = path
    shown = path if relative.startswith("..") else relative
    return f"flaskscope open {shlex.quote(shown)}"


def write_summary(
    reporter: Any,
    findings: Sequence[Finding],
    recordings: Sequence[str],
    troubles: Sequence[str],
    start: Path,
) -> None:
    """Write the section of FlaskScope's; nothing if there is nothing to say.

    Args:
        reporter: pytest's terminal reporter.
        findings: Of all tests.
        recordings: The files that were kept.
        troubles: What went wrong in FlaskScope itself.
        start: The folder that pytest was started in.
    """
    if not (findings or recordings or troubles):
        return
    reporter.section("FlaskScope", sep="=", yellow=True)
    by_rule: dict[str, dict[str, list[Finding]]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, {}).setdefault(finding.what, []).append(finding)
    for rule, groups in by_rule.items():
        reporter.line(rule, bold=True)
        for group in list(groups.values())[:MAX_TOLD]:
            reporter.line(textwrap.indent(group[0].as_fact, "  "))
            reporter.line(f"    in {_tests([finding.test for finding in group])}")
        if len(groups) > MAX_TOLD:
            reporter.line(f"  and {len(groups) - MAX_TOLD} more")
        reporter.line(textwrap.indent(next(iter(groups.values()))[0].as_advice, "  "))
        reporter.line("")
    if recordings:
        reporter.line("What the failed tests did is recorded. Look at it in the page:")
        for path in recordings:
            reporter.line(f"    {open_command(path, start)}")
    for trouble in troubles:
        reporter.line(trouble, red=True)


def _tests(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - MAX_TESTS} more" if len(unique) > MAX_TESTS else ""
    return f"{', '.join(unique[:MAX_TESTS])}{more}"
