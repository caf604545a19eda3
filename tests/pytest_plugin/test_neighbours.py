"""With other plugins of pytest: xdist, pytest-flask, pytest-asyncio; and as a guest that changes no outcome."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.suite import SHOP, run

pytest_plugins = ["pytester"]

MANY = """
import pytest
@pytest.mark.parametrize("number", range(8))
def test_many(app, number):
    app.test_client().get("/")
    if number == 3:
        app.app_context().push()
    assert number < 6
"""


def test_findings_of_workers_reach_the_terminal(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", "-n", "2", test_it=MANY)

    assert {"passed": 6, "failed": 2, "warnings": 1} == done.outcomes
    section = done.text.partition("= FlaskScope =")[2]
    assert "context-left-pushed" in section
    assert "in test_it.py::test_many[3]" in section


def test_one_that_collects_from_workers_and_has_no_flask_itself_does_not_fail(
    pytester: pytest.Pytester,
) -> None:
    """Flask is first imported where a test is: the process that the workers report to never imports it."""
    body = f"{SHOP}\ndef test_it(app): assert app.test_client().get('/').text == 'good-bye'"

    done = run(pytester, "--flaskscope", "-n", "1", conftest="", test_it=body)

    assert {"failed": 1} == done.outcomes, done.text
    assert 1 == len(done.recordings)
    assert "FlaskScope failed" not in done.text


@pytest.mark.parametrize("name", ["FlaskScope", "attach"])
def test_a_suite_that_imports_flaskscope_before_flask_is_watched(
    pytester: pytest.Pytester, name: str
) -> None:
    body = f"""
from flaskscope import {name}
from flask import Flask
def test_it(): Flask("shop").app_context().push()
"""
    done = run(pytester, "--flaskscope=error", conftest="", test_it=body)

    assert {"passed": 1, "errors": 1} == done.outcomes, done.text
    assert "FlaskScope failed" not in done.text


@pytest.mark.parametrize("name", ["record", "newcomers"])
def test_a_module_that_is_imported_before_flask_is_made_once(pytester: pytest.Pytester, name: str) -> None:
    """Flask is imported on its behalf, at which the plugin imports it too: two of them would hook everything twice."""
    body = f"""
import sys
import flaskscope, flaskscope.{name} as it
from flaskscope.testing import watch
from flask import Flask

def test_it():
    assert it is flaskscope.{name} is sys.modules["flaskscope.{name}"]
    assert flaskscope.newcomers.telling_of_apps is watch.telling_of_apps
    assert flaskscope.record.recorder.attach is flaskscope.attach
    assert it.__spec__.loader is it.__loader__ and not it.__spec__._initializing
"""
    done = run(pytester, "--flaskscope=error", conftest="", test_it=body)

    assert {"passed": 1} == done.outcomes, done.text


def test_recordings_of_workers_do_not_collide(pytester: pytest.Pytester) -> None:
    """With ``--dist each`` every worker runs every test."""
    done = run(pytester, "--flaskscope", "--dist", "each", "--tx", "2*popen", test_it=MANY)

    assert 4 == len(done.recordings)
    for recording in done.recordings:
        assert recording.name in done.text.partition("= FlaskScope =")[2]
        assert "request.finished" in done.kinds_of(recording)


def test_the_limit_of_recordings_is_that_of_all_workers(pytester: pytest.Pytester) -> None:
    every = MANY.replace("number < 6", "number > 60")

    done = run(pytester, "--flaskscope", "-n", "2", "-o", "flaskscope_keep=3", test_it=every)

    assert 3 == len(done.recordings)


def test_in_the_mode_error_a_worker_fails_the_test(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", "-n", "2", test_it=MANY)

    assert {"passed": 6, "failed": 2, "errors": 1} == done.outcomes


def test_what_a_worker_finds_at_its_end_is_told(pytester: pytest.Pytester) -> None:
    body = """
import pytest
from conftest import make_app
@pytest.fixture(scope="session")
def client():
    client = make_app().test_client()
    client.__enter__()
    return client
def test_one(client): client.get("/")
"""
    done = run(pytester, "--flaskscope=error", "-n", "1", test_it=body)

    assert {"passed": 1} == done.outcomes
    assert "context-left-pushed" in done.text
    assert 1 == done.status


def test_last_failed_runs_what_had_an_error(pytester: pytest.Pytester) -> None:
    run(pytester, "--flaskscope=error", test_it=MANY)

    again = run(pytester, "--flaskscope=error", "--lf", test_it=MANY)

    assert {"passed": 1, "failed": 2, "errors": 1} == again.outcomes


PYTEST_FLASK = """
import pytest
from flask import g, request, session, url_for
from conftest import make_app

@pytest.fixture(scope="session")
def app(): return make_app()

def test_pushed(app): assert request.path == "/"
def test_client(client): assert client.get(url_for("index")).text == "hello"
def test_session(client):
    client.get("/")
    assert session["visits"] == 1
class TestOfAClass:
    @pytest.mark.usefixtures("client_class")
    def test_it(self): assert self.client.get("/who").status_code == 200
"""


def test_the_context_that_pytest_flask_pushes_is_no_fault(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", plugins=("flask",), test_it=PYTEST_FLASK)

    assert {"passed": 4} == done.outcomes, done.text
    assert "= FlaskScope =" not in done.text


def test_a_leak_is_found_beside_what_pytest_flask_pushes(pytester: pytest.Pytester) -> None:
    leak = (
        PYTEST_FLASK
        + "\ndef test_leak(app): app.app_context().push()\ndef test_after(client): client.get('/')\n"
    )

    done = run(pytester, "--flaskscope", plugins=("flask",), test_it=leak)

    assert 1 == done.outcomes["warnings"]
    assert "test_it.py::test_leak\n" in done.text.partition("warnings summary")[2]
    assert "test_it.py::test_after\n" not in done.text.partition("warnings summary")[2]


ASYNC = """
import asyncio, pytest, pytest_asyncio
from flask import g

@pytest_asyncio.fixture
async def opened(app):
    async with asyncio.timeout(30) if hasattr(asyncio, "timeout") else asyncio.Lock():
        yield app

async def test_good(app):
    async def work(name):
        with app.app_context():
            g.name = name
            await asyncio.sleep(0)
            assert g.name == name
    await asyncio.gather(*(work(name) for name in "abc"))

async def test_view(opened):
    @opened.get("/async")
    async def view(): return "async"
    assert opened.test_client().get("/async").status_code in (200, 500)

async def test_leak(app):
    app.app_context().push()

async def test_after(app):
    with app.test_request_context("/"): pass
"""


def test_async_tests(pytester: pytest.Pytester) -> None:
    done = run(
        pytester,
        "--flaskscope=error",
        "-o",
        "asyncio_mode=auto",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        plugins=("asyncio",),
        test_it=ASYNC,
    )

    assert {"passed": 4, "errors": 1} == done.outcomes, done.text
    assert "ERROR at teardown of test_leak" in done.text


def test_tracebacks_show_the_suite_and_flask_but_not_us(pytester: pytest.Pytester) -> None:
    done = run(
        pytester,
        "--flaskscope",
        test_it="def test(app):\n    a = app.app_context(); a.push(); app.app_context().push(); a.pop()",
    )

    assert "test_it.py:2: " in done.text
    assert "flask/ctx.py" in done.text
    assert "flaskscope/record" not in done.text


def test_nor_where_what_was_called_is_written_in_c(pytester: pytest.Pytester) -> None:
    body = """
from flask import session
def test(app):
    with app.test_request_context(): session["user"]
"""
    done = run(pytester, "--flaskscope", test_it=body)

    assert "test_it.py:3: KeyError" in done.text
    assert "flaskscope/record" not in done.text


OUTCOMES = """
import pytest, unittest, warnings
from flask import g

def test_passes(app): app.test_client().get("/")
def test_fails(app): assert app.test_client().get("/").text == "bye"
def test_raises(app): g.nothing
def test_skips(): pytest.skip("not here")
@pytest.mark.xfail
def test_expected(): 1 / 0
@pytest.mark.xfail
def test_unexpected(): pass
def test_warns(): warnings.warn("of the suite")
@pytest.fixture
def broken(): raise ValueError("of the fixture")
def test_error(broken): pass
def test_subtests(subtests, app):
    for number in range(3):
        with subtests.test(number=number):
            app.test_client().get("/")
            assert number != 1
class Case(unittest.TestCase):
    def test_fails(self): self.assertEqual(1, 2)
    @unittest.skip("not now")
    def test_skipped(self): pass
"""


def test_outcomes_are_those_of_the_suite_alone(pytester: pytest.Pytester) -> None:
    alone = run(pytester, "-p", "no:randomly", test_it=OUTCOMES)

    with_us = run(pytester, "--flaskscope=error", test_it=OUTCOMES)

    assert alone.outcomes == with_us.outcomes
    assert alone.status == with_us.status


BROKEN = """
import flaskscope.testing.watch
def broken(*args, **kwargs): raise ZeroDivisionError("made for a test")
flaskscope.testing.watch.Watch.{method} = broken
"""


@pytest.mark.parametrize("method", ["begin", "_admit", "next_test", "findings", "look"])
def test_a_failure_of_our_own_is_told_once_and_ends_the_watching(
    pytester: pytest.Pytester, method: str
) -> None:
    pytester.makepyfile(breaking=BROKEN.format(method=method))
    pytester.syspathinsert()

    done = run(
        pytester,
        "-p",
        "breaking",
        "--flaskscope=error",
        test_it="def test_one(app): pass\ndef test_two(app): 1 / 0",
    )

    assert {"passed": 1, "failed": 1} == {key: done.outcomes[key] for key in ("passed", "failed")}
    assert 0 == done.outcomes.get("errors", 0)
    assert 1 == done.text.partition("= FlaskScope =")[2].count("FlaskScope failed, and watches no longer")
    assert "made for a test" in done.text


def test_a_failure_of_our_own_is_no_error_where_warnings_are(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(breaking=BROKEN.format(method="findings"))
    pytester.syspathinsert()

    done = run(
        pytester, "-p", "breaking", "--flaskscope=error", "-W", "error", test_it="def test_one(app): pass"
    )

    assert {"passed": 1} == done.outcomes
    assert "FlaskScope failed" in done.text
