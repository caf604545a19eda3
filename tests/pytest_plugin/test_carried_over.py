"""What one test puts into ``g`` or the session and another reads is told once, with both lines."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.suite import run

pytest_plugins = ["pytester"]

AMBIENT = """
import pytest
from flask import g
from conftest import make_app

@pytest.fixture(scope="module", autouse=True)
def opened():
    with make_app().{context}:
        yield
"""

G = (
    AMBIENT.format(context="app_context()")
    + """
def test_login(): g.user = "anna"
def test_shop(): assert g.user == "anna"
def test_cart(): assert g.get("user") == "anna"
"""
)

SESSION = (
    AMBIENT.format(context="test_request_context()")
    + """
from flask import session
def test_login(): session["user"] = "anna"
def test_shop(): assert session["user"] == "anna"
def test_cart(): assert "user" in session
"""
)


def test_g_that_an_earlier_test_had_set(pytester: pytest.Pytester) -> None:
    """A context that is healthy itself carries it: so the test that reads it is told."""
    done = run(pytester, "--flaskscope=error", test_it=G)

    told = " ".join(done.text.split())
    assert {"passed": 3, "errors": 1} == done.outcomes
    assert "ERROR at teardown of test_shop" in done.text
    assert "test_it.py::test_login had set it at test_it.py:10 in test_login()" in told
    assert "it was read at test_it.py:11 in test_shop()" in told
    assert "by the fixture 'opened' (module scope)" in told


def test_the_session_that_an_earlier_test_had_filled(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", test_it=SESSION)

    assert {"passed": 3, "errors": 1} == done.outcomes
    assert "ERROR at teardown of test_shop" in done.text
    assert "session['user'] was still there from an earlier test" in done.text


def test_what_follows_from_a_context_that_was_left_fails_no_other_test(pytester: pytest.Pytester) -> None:
    """The culprit has its error; whoever reads what it left is warned of that."""
    body = """
import pytest
from flask import g
from conftest import make_app
the_app = make_app()

def test_login():
    the_app.app_context().push()
    g.user = "anna"
def test_shop(): assert g.user == "anna"
def test_cart(): assert g.user == "anna"
"""
    done = run(pytester, "--flaskscope=error", test_it=body)

    assert {"passed": 3, "errors": 1, "warnings": 1} == done.outcomes
    assert "ERROR at teardown of test_login" in done.text
    assert (
        "CarriedOverWarning: g.user was still there from an earlier test: test_it.py::test_login" in done.text
    )


def test_g_that_requests_share_through_a_wider_context(pytester: pytest.Pytester) -> None:
    """The trap of Flask-Login and others that keep the user in g: up to 3.1 a request uses the g that is there."""
    body = (
        AMBIENT.format(context="app_context()")
        + """
from flask import current_app
def test_login(): assert current_app.test_client().get("/").text == "hello"
def test_who(): current_app.test_client().get("/who")
"""
    )
    from flaskscope.record import flask_versions

    done = run(pytester, "--flaskscope=error", test_it=body)

    shared = 0 if flask_versions.MERGED else 1
    assert shared == done.outcomes.get("errors", 0)
    assert shared == done.text.count("ERROR at teardown of test_who")
