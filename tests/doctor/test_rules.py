"""Each rule against the smallest real app that shows its fault, and against a similar one that is healthy."""

from __future__ import annotations

import functools
import os
import re
import threading
from pathlib import Path
from textwrap import indent
from typing import Any

import flask
import pytest

from flaskscope.doctor.finding import Advice
from flaskscope.doctor.rules import RULES
from tests.doctor.table import PAIRS, diagnose, flask_here

#: Characters in a line of a remedy: a terminal of 80 shows them, indented.
REMEDY_COLUMNS = 74

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


#: What each rule advises: as a rule, and in special instances.
ADVICE = [
    pytest.param(
        Advice(each.remedy, each.why or rule.why, each.link or rule.link), id=f"{rule.name}-{number}"
    )
    for rule in RULES
    for number, each in enumerate((Advice(rule.remedy), *rule.special))
]


@pytest.mark.parametrize("advice", ADVICE)
def test_a_rule_explains_itself(advice: Any) -> None:
    assert advice.why.endswith(".")
    assert advice.link.startswith("https://flask.palletsprojects.com/en/stable/")
    assert all(len(line) <= REMEDY_COLUMNS for line in advice.remedy.splitlines())
    compile(f"def remedy():\n{indent(advice.remedy, '    ')}", "a remedy", "exec")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("click command", "@app.cli.command()  #"),
        ("job of a runner", "def job(user_id):"),
        ("refused", "One key that stays"),
        ("refused, expired", "Seconds that a session is kept"),
        ("refused, another app's", "SESSION_COOKIE_NAME"),
        ("wrong order", "blocks end in the right order"),
        ("another thread", "pushed and popped there"),
        ("stream given up", "WSGI middleware"),
        ("stream of a test", "buffered=True"),
        ("too late", "@app.after_request"),
        ("too late, streaming", "stream_with_context"),
        ("another Context", "what runs as a task"),
        ("another task", "what runs as a task"),
        ("popped twice", "popped once"),
    ],
)
def test_the_remedy_is_that_of_the_instance(name: str, words: str) -> None:
    """One who has an expired cookie is not told to change his key."""
    (finding,) = diagnose(name, "faulty")

    assert words in finding["remedy"]


@pytest.mark.parametrize("name", ["too late, cleared", "kept request context, cleared"])
def test_a_session_that_is_cleared_is_told_as_a_whole(name: str) -> None:
    (finding,) = diagnose(name, "faulty")

    assert finding["sentence"].startswith("The whole session was cleared at apps/")


def test_a_context_of_a_thread_that_carries_no_request_is_named() -> None:
    (finding,) = diagnose("thread that has only an app context", "faulty")

    assert re.search(r"and has only #\d \(app context pushed at apps/threads.py:", finding["sentence"])
    assert "@copy_current_request_context" in finding["remedy"]


@pytest.mark.parametrize("name", ["thread of a request", "thread that has only an app context"])
def test_the_remedy_for_a_thread_runs_as_it_is(name: str) -> None:
    """What a thread raises is a warning, and so fails the test."""
    (finding,) = diagnose(name, "faulty")
    app = flask.Flask("shop")
    names = {**vars(flask), "Thread": threading.Thread, "user_id": 7}
    before = threading.enumerate()

    with app.test_request_context("/"):
        exec(finding["remedy"], names)
        for thread in set(threading.enumerate()).difference(before):
            thread.join()


def _sections_of_the_next_flask(page: str) -> set[str]:
    """Return the sections of the documentation that ``FLASKSCOPE_TEST_FLASK`` has; those known here if it has none."""
    source = Path(os.environ.get("FLASKSCOPE_TEST_FLASK", ""), "docs", f"{page}.rst")
    if not source.is_file():
        return set(SECTIONS[page])
    titles = re.findall(r"^(\S.*)\n([=\-~`])\2{3,}$", source.read_text("utf-8"), re.MULTILINE)
    return {"", *(re.sub(r"\W+", "-", title.lower()) for title, _ in titles)}


#: Sections that the documentation of Flask 3.1 has, and that of 3.2.
SECTIONS = {
    "appcontext": ("",),
    "cli": ("custom-commands",),
    "patterns/appfactories": ("",),
    "patterns/celery": ("",),
    "patterns/streaming": ("", "streaming-with-context"),
    "quickstart": ("sessions", "accessing-request-data"),
    "testing": ("tests-that-depend-on-an-active-context",),
}


@pytest.mark.parametrize("advice", ADVICE)
def test_a_link_leads_to_what_the_documentation_has(advice: Any) -> None:
    """What is in the reference by its name is there by that name; sections come and go, so few are linked to."""
    page, _, anchor = advice.link.removeprefix("https://flask.palletsprojects.com/en/stable/").partition("/#")

    if page == "api":
        # Attributes of what a proxy stands for are documented under the proxy's name.
        named = anchor.removeprefix("flask.")
        proxied = named.replace("session.", "sessions.SessionMixin.")
        assert functools.reduce(getattr, proxied.split("."), flask) is not None
    elif page == "config":
        assert anchor in flask.Flask("any").config
    else:
        assert anchor in SECTIONS[page.rstrip("/")]
        assert anchor in _sections_of_the_next_flask(page.rstrip("/"))


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_rule_is_in_the_readme_with_its_severity(rule: Any) -> None:
    row = re.search(
        rf"^\| `{rule.name}` \| (.*?) \|", (CHECKOUT / "README.md").read_text("utf-8"), re.MULTILINE
    )

    assert row is not None
    assert rule.severity + (", heuristic" if rule.heuristic else "") == row.group(1)
