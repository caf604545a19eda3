"""No false alarm: what is pushed on purpose, and popped by whoever pushed it, is nobody's fault."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.suite import run

pytest_plugins = ["pytester"]

TESTS = "def test_one(opened): pass\ndef test_two(opened): pass\n"

HEALTHY = {
    **{
        f"a fixture of {scope} scope": f"""
import pytest
from conftest import make_app

@pytest.fixture(scope={scope!r}, autouse=True)
def opened():
    with make_app().app_context():
        yield

{TESTS}
"""
        for scope in ("function", "class", "module", "package", "session")
    },
    "a wider fixture that is asked for in the middle of a test": """
import pytest
from conftest import make_app

@pytest.fixture(scope="session")
def opened():
    with make_app().test_request_context("/"):
        yield

def test_one(request): request.getfixturevalue("opened")
def test_two(): pass
""",
    "a context pushed when the module is imported": """
from conftest import make_app
make_app().app_context().push()
def test_one(): pass
def test_two(): pass
""",
    "setup_module and teardown_module": """
from conftest import make_app
def setup_module(module):
    module.context = make_app().app_context()
    module.context.push()
def teardown_module(module): module.context.pop()
def test_one(): pass
def test_two(): pass
""",
    "a class of unittest": """
import unittest
from conftest import make_app
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app = make_app()
        cls.outer = cls.app.app_context()
        cls.outer.push()
    @classmethod
    def tearDownClass(cls): cls.outer.pop()
    def setUp(self):
        self.context = self.app.test_request_context("/")
        self.context.push()
        self.addCleanup(self.context.pop)
    def test_one(self): self.app.test_client().get("/")
    def test_two(self): pass
""",
    "a client that keeps its contexts": """
from flask import g, session
def test_one(app):
    with app.test_client() as client:
        client.get("/")
        assert g.user == "anna" and session["visits"] == 1
        client.get("/")
def test_two(app):
    with app.test_client() as client: client.get("/")
""",
    "a client of a wider fixture that keeps its contexts": """
import pytest
from conftest import make_app
@pytest.fixture(scope="module")
def client():
    with make_app().test_client() as client:
        yield client
def test_one(client): client.get("/")
def test_two(client): client.get("/")
def test_three(): pass
""",
    "hooks around every test": """
def test_one(app): pass
def test_two(app): pass
""",
    "a view that streams, and one that fails": """
from flask import stream_with_context, Response
def test_one(app):
    @app.get("/stream")
    def stream(): return Response(stream_with_context(iter("abc")))
    @app.get("/fail")
    def fail(): 1 / 0
    client = app.test_client()
    assert client.get("/stream").text == "abc"
    assert client.get("/fail").status_code == 500
def test_two(app):
    @app.cli.command("greet")
    def greet(): print(app.name)
    assert app.test_cli_runner().invoke(args=["greet"]).output == "shop\\n"
""",
    "threads with contexts of their own": """
from concurrent.futures import ThreadPoolExecutor
def test_one(app):
    def work(n):
        with app.test_request_context("/"): return n
    with ThreadPoolExecutor(4) as pool: assert sum(pool.map(work, range(20))) == 190
def test_two(app): pass
""",
    "g that a wider fixture fills": """
import pytest
from flask import g
from conftest import make_app
@pytest.fixture(scope="module", autouse=True)
def opened():
    app = make_app()
    with app.app_context():
        g.currency = "EUR"
        yield app
def test_one(opened): assert g.currency == "EUR"
def test_two(opened): assert g.currency == "EUR"
""",
    "g that every test fills anew": """
import pytest
from flask import g
from conftest import make_app
@pytest.fixture(scope="module", autouse=True)
def opened():
    with make_app().app_context():
        yield
@pytest.fixture(autouse=True)
def user(opened): g.user = "anna"
def test_one(): assert g.user == "anna"
def test_two(): assert g.user == "anna"
""",
}

HOOKS = """
import pytest
from flask import Flask
app_of_suite = Flask("suite")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    with app_of_suite.app_context():
        return (yield)

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    item.context = app_of_suite.app_context()
    item.context.push()

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    yield
    item.context.pop()

@pytest.fixture
def app(): return app_of_suite
"""


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_told(pytester: pytest.Pytester, name: str) -> None:
    done = run(pytester, "--flaskscope=error", test_it=HEALTHY[name], test_other="def test_other(): pass")

    assert {"passed"} == set(done.outcomes), done.text
    assert "FlaskScope" not in done.text
    assert 0 == done.status


def test_nothing_is_told_of_what_hooks_push_around_tests(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", conftest=HOOKS, test_it=HEALTHY["hooks around every test"])

    assert {"passed": 2} == done.outcomes, done.text
    assert "FlaskScope" not in done.text
