"""A context that a test leaves pushed is told for that test, with the line that pushed it and who called it."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.suite import run

pytest_plugins = ["pytester"]

HELPER = "def open_app(app):\n    app.app_context().push()\n"

LEAK = """
from helper import open_app

def test_before(app): pass
def test_leak(app): open_app(app)
def test_after(app): app.test_client().get("/")
def test_last(app): pass
"""


def test_it_is_a_warning_of_the_test_that_left_it(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", helper=HELPER, test_it=LEAK)

    assert {"passed": 4, "warnings": 1} == done.outcomes
    assert 0 == done.status
    assert "test_it.py::test_leak\n" in done.text
    assert "helper.py:2: ContextLeftPushedWarning: An app context of the app 'shop'" in done.text


def test_the_stack_of_the_push_is_told(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", helper=HELPER, test_it=LEAK)

    assert "  helper.py:2 in open_app()\n      called at test_it.py:4 in test_leak()" in done.text


def test_in_the_mode_error_that_test_has_an_error_and_no_other(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", helper=HELPER, test_it=LEAK)

    assert {"passed": 4, "errors": 1} == done.outcomes
    assert "ERROR at teardown of test_leak" in done.text
    assert "never popped" in done.text
    assert 1 == done.status


@pytest.mark.parametrize(
    "body",
    [
        "app.test_request_context('/cart').push()",
        "client = app.test_client(); client.__enter__(); client.get('/')",
        "import threading; t = threading.Thread(target=lambda: app.app_context().push()); t.start(); t.join()",
        "import contextlib; contextlib.ExitStack().enter_context(app.app_context()).__class__",
    ],
)
def test_whatever_way_it_was_pushed_it_is_told_once(pytester: pytest.Pytester, body: str) -> None:
    done = run(
        pytester, "--flaskscope=error", test_it=f"def test_leak(app):\n    {body}\ndef test_two(): pass\n"
    )

    assert {"passed": 2, "errors": 1} == done.outcomes
    assert 1 == done.text.count("\ncontext-left-pushed\n")


def test_of_a_thread_that_ended_its_name_is_told(pytester: pytest.Pytester) -> None:
    body = """
import threading
def test_leak(app):
    thread = threading.Thread(target=lambda: app.app_context().push(), name="mailer")
    thread.start()
    thread.join()
"""
    done = run(pytester, "--flaskscope", test_it=body)

    assert "was still pushed when its thread 'mailer' ended" in done.text.replace("\n", " ")


FIXTURE = """
import pytest

@pytest.fixture{scope}
def opened():
    from conftest import make_app
    make_app().app_context().push()
    yield

def test_one(opened): pass
def test_two(opened): pass
def test_three(): pass
"""


def test_a_fixture_of_each_test_is_named_for_each(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", test_it=FIXTURE.format(scope=""))

    assert {"passed": 3, "errors": 2} == done.outcomes
    assert "the fixture 'opened' (function scope)" in done.text.replace("\n", " ")


def test_a_wider_fixture_that_never_pops_is_told_when_it_is_torn_down(pytester: pytest.Pytester) -> None:
    done = run(
        pytester,
        "--flaskscope=error",
        test_it=FIXTURE.format(scope="(scope='module')"),
        test_other="def test(): pass",
    )

    assert {"passed": 4, "errors": 1} == done.outcomes
    assert "ERROR at teardown of test_three" in done.text
    assert "the fixture 'opened' (module scope)" in done.text.replace("\n", " ")


def test_with_x_it_is_told_although_the_fixture_is_torn_down_after_all_tests(
    pytester: pytest.Pytester,
) -> None:
    done = run(
        pytester,
        "--flaskscope=error",
        "-x",
        test_it=FIXTURE.format(scope="(scope='session')").replace(
            "test_one(opened): pass", "test_one(opened): 1 / 0"
        ),
    )

    assert 1 == done.outcomes["failed"]
    assert "the fixture 'opened' (session scope)" in " ".join(done.text.split())


def test_a_unittest_case_is_told_too(pytester: pytest.Pytester) -> None:
    body = """
import unittest
from conftest import make_app

class ShopTest(unittest.TestCase):
    def setUp(self):
        self.context = make_app().app_context()
        self.context.push()

    def tearDown(self):
        if self.id().endswith("good"):
            self.context.pop()

    def test_bad(self): pass
    def test_good(self): pass
"""
    done = run(pytester, "--flaskscope=error", test_it=body)

    assert {"passed": 2, "errors": 1} == done.outcomes
    assert "ERROR at teardown of ShopTest.test_bad" in done.text
    assert "in setUp()" in done.text


def test_a_client_that_a_wider_fixture_never_leaves_is_told_at_the_end(pytester: pytest.Pytester) -> None:
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
    done = run(pytester, "--flaskscope=error", test_it=body)

    assert {"passed": 1} == done.outcomes
    assert "context-left-pushed" in done.text
    assert 1 == done.status


def test_what_a_test_that_fails_leaves_does_not_hide_its_failure(pytester: pytest.Pytester) -> None:
    done = run(
        pytester,
        "--flaskscope=error",
        test_it="def test(app):\n    app.app_context().push()\n    assert 1 == 2",
    )

    assert {"failed": 1, "errors": 1} == done.outcomes
    assert "assert 1 == 2" in done.text


def test_an_error_of_the_teardown_itself_is_not_replaced(pytester: pytest.Pytester) -> None:
    body = """
import pytest
@pytest.fixture
def broken():
    yield
    raise ValueError("of the fixture")
def test(app, broken): app.app_context().push()
"""
    done = run(pytester, "--flaskscope=error", test_it=body)

    assert {"passed": 1, "errors": 1} == done.outcomes
    assert "ValueError: of the fixture" in done.text
    assert "context-left-pushed" in done.text
