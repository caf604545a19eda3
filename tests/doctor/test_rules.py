"""Each rule against the smallest real app that shows its fault, and against a similar one that is healthy."""

from __future__ import annotations

import contextvars
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from flaskscope.doctor.rules import RULES
from tests.doctor.table import PAIRS, diagnose

CHECKOUT = Path(__file__).parents[2]

#: Rules that no real app here can show, and why. Each has a test of its own over events.
NOT_SHOWN = {"thread-without-context"}


def diagnosis(name: str, which: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the rules that are expected of the faulty app on the Flask that is tested, and the findings."""
    tree = os.environ.get("FLASKSCOPE_TEST_FLASK")
    if tree is None:
        # A fault may leave its contexts pushed: not in the Context of the tests.
        return list(PAIRS[name].expected), contextvars.Context().run(diagnose, name, which)
    command = [sys.executable, "-m", "tests.doctor.table", name, which]
    environment = {**os.environ, "PYTHONPATH": tree}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)
    assert 0 == done.returncode, done.stderr
    expected, found = json.loads(done.stdout)
    return expected, found


def findings(name: str, which: str) -> list[dict[str, Any]]:
    return diagnosis(name, which)[1]


@pytest.mark.parametrize("name", PAIRS)
def test_the_fault_is_told_and_nothing_else(name: str) -> None:
    expected, told = diagnosis(name, "faulty")

    assert expected == [finding["rule"] for finding in told]


@pytest.mark.parametrize("name", PAIRS)
def test_the_healthy_twin_is_left_in_peace(name: str) -> None:
    assert [] == findings(name, "healthy")


@pytest.mark.parametrize("name", PAIRS)
def test_a_finding_says_where_and_what_to_do(name: str) -> None:
    """Sentences end, name no placeholder, and rest on events that are told."""
    for finding in findings(name, "faulty"):
        assert finding["sentence"].endswith("."), finding["sentence"]
        assert "None" not in finding["sentence"]
        assert ".." not in finding["sentence"]
        assert finding["events"]
        assert all(number > 0 for number in finding["events"])


def test_every_rule_has_an_app_that_shows_it() -> None:
    shown = {rule for pair in PAIRS.values() for rule in pair.expected}
    if "g-shared-between-requests" not in shown:  # Flask 3.2 has no such fault
        shown.add("g-shared-between-requests")

    assert {rule.name for rule in RULES} == shown | NOT_SHOWN


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_rule_explains_itself(rule: Any) -> None:
    assert rule.why.endswith(".")
    assert rule.link.startswith("https://flask.palletsprojects.com/en/stable/")
    compile(f"def remedy():\n{indent(rule.remedy, '    ')}", rule.name, "exec")


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_rule_is_in_the_readme_with_its_severity(rule: Any) -> None:
    row = re.search(
        rf"^\| `{rule.name}` \| (.*?) \|", (CHECKOUT / "README.md").read_text("utf-8"), re.MULTILINE
    )

    assert row is not None
    assert rule.severity + (", heuristic" if rule.heuristic else "") == row.group(1)
