"""Each rule against the smallest real app that shows its fault, and against a similar one that is healthy."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from flaskscope.doctor.rules import RULES
from tests.doctor.table import PAIRS, diagnose, flask_here

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAIRS)
def test_the_fault_is_told_and_nothing_else(name: str) -> None:
    told = diagnose(name, "faulty")

    assert PAIRS[name].expected_on(flask_here()) == tuple(finding["rule"] for finding in told)


@pytest.mark.parametrize("name", PAIRS)
def test_the_healthy_twin_is_left_in_peace(name: str) -> None:
    assert [] == diagnose(name, "healthy")


@pytest.mark.parametrize("name", PAIRS)
def test_a_finding_says_where_and_what_to_do(name: str) -> None:
    """Sentences end, name no placeholder, and rest on events that are told."""
    for finding in diagnose(name, "faulty"):
        assert finding["sentence"].endswith("."), finding["sentence"]
        assert "None" not in finding["sentence"]
        assert ".." not in finding["sentence"]
        assert finding["events"]
        assert all(number > 0 for number in finding["events"])


def test_every_rule_has_an_app_that_shows_it() -> None:
    shown = {
        rule for pair in PAIRS.values() for rules in (pair.expected, *pair.on.values()) for rule in rules
    }

    assert {rule.name for rule in RULES} == shown


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
