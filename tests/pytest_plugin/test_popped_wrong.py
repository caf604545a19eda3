"""A wrong pop is told for the test in which it happened, also if the test swallowed what it raised."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.suite import run

pytest_plugins = ["pytester"]

ORDER = """
import contextlib
def test_order(app):
    first, second = app.app_context(), app.app_context()
    first.push()
    second.push()
    with contextlib.suppress(Exception):
        first.pop()
    with contextlib.suppress(Exception):
        second.pop()
def test_after(app): app.test_client().get("/")
"""

THREAD = """
import contextlib, threading
def test_thread(app):
    context = app.app_context()
    context.push()
    def pop():
        with contextlib.suppress(Exception): context.pop()
    thread = threading.Thread(target=pop, name="janitor")
    thread.start()
    thread.join()
    with contextlib.suppress(Exception): context.pop()
def test_after(app): app.test_client().get("/")
"""


def test_in_the_wrong_order(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", test_it=ORDER)

    told = " ".join(done.text.split())
    assert {"passed": 2, "errors": 1} == done.outcomes
    assert "ERROR at teardown of test_order" in done.text
    assert "was popped at test_it.py:7 in test_order() although it was not the newest context" in told


def test_in_another_thread(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", test_it=THREAD)

    told = " ".join(done.text.split())
    assert {"passed": 2, "errors": 1} == done.outcomes
    assert "ERROR at teardown of test_thread" in done.text
    assert "in the thread 'MainThread', was popped in 'janitor' at test_it.py:6 in " in told


def test_what_was_in_the_way_is_the_fault_that_is_told(pytester: pytest.Pytester) -> None:
    body = """
import contextlib
def test_covered(app):
    outer = app.app_context()
    outer.push()
    app.app_context().push()
    with contextlib.suppress(Exception): outer.pop()
"""
    done = run(pytester, "--flaskscope=error", test_it=body)

    assert {"passed": 1, "errors": 1} == done.outcomes
    assert "pushed at test_it.py:5 in test_covered(), was never popped." in done.text.replace("\n", " ")
    assert "popped-wrong" not in done.text
