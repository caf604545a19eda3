"""How the plugin is switched on and off, and that it is nothing while it is off."""

from __future__ import annotations

import json
import sys

import pytest

from tests.pytest_plugin.suite import run

pytest_plugins = ["pytester"]

LEAK = "def test_leak(app): app.app_context().push()\n"


@pytest.mark.parametrize(
    "args", [(), ("--flaskscope=off",), ("--flaskscope", "off"), ("--flaskscope", "--flaskscope=off")]
)
def test_off(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    done = run(pytester, *args, test_it=LEAK)

    assert {"passed": 1} == done.outcomes
    assert "FlaskScope" not in done.text


@pytest.mark.parametrize(
    ("args", "outcomes"),
    [
        (("--flaskscope",), {"passed": 1, "warnings": 1}),
        (("--flaskscope", "test_it.py"), {"passed": 1, "warnings": 1}),
        (("--flaskscope=warn",), {"passed": 1, "warnings": 1}),
        (("--flaskscope=error",), {"passed": 1, "errors": 1}),
        (("--flaskscope", "error"), {"passed": 1, "errors": 1}),
        (("test_it.py", "--flaskscope", "error", "-v"), {"passed": 1, "errors": 1}),
        (("-o", "flaskscope=error"), {"passed": 1, "errors": 1}),
        (("-o", "flaskscope=error", "--flaskscope=warn"), {"passed": 1, "warnings": 1}),
    ],
)
def test_on(pytester: pytest.Pytester, args: tuple[str, ...], outcomes: dict[str, int]) -> None:
    done = run(pytester, *args, test_it=LEAK)

    assert outcomes == done.outcomes, done.text


@pytest.mark.parametrize("source", ["ini", "environment"])
def test_on_by_the_settings_of_pytest(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    if source == "ini":
        pytester.makeini("[pytest]\nflaskscope = error\n")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", "--flaskscope error")

    done = run(pytester, test_it=LEAK)

    assert {"passed": 1, "errors": 1} == done.outcomes


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("flaskscope=loud", "Write off, warn or error"),
        ("flaskscope_keep=many", "Write 0 or more"),
        ("flaskscope_allow=left-pushed", "Write one of context-left-pushed"),
    ],
)
def test_a_setting_that_cannot_be_used_says_what_can(
    pytester: pytest.Pytester, setting: str, told: str
) -> None:
    done = run(pytester, "--flaskscope" if "loud" not in setting else "-q", "-o", setting, test_it=LEAK)

    assert told in done.text
    assert pytest.ExitCode.USAGE_ERROR == done.status


def test_what_is_allowed_is_not_told(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope=error", "-o", "flaskscope_allow=context-left-pushed", test_it=LEAK)

    assert {"passed": 1} == done.outcomes


MARKED = """
import pytest
@pytest.mark.flaskscope(allow="context-left-pushed")
def test_allowed(app): app.app_context().push()
@pytest.mark.flaskscope("off")
def test_off(app): app.app_context().push()
@pytest.mark.flaskscope(mode="warn")
def test_warn(app): app.app_context().push()
def test_error(app): app.app_context().push()
"""


@pytest.mark.parametrize("on", [True, False])
def test_a_marker_chooses_for_one_test(pytester: pytest.Pytester, on: bool) -> None:
    done = run(pytester, "--strict-markers", *(["--flaskscope=error"] if on else []), test_it=MARKED)

    assert ({"passed": 4, "errors": 1, "warnings": 1} if on else {"passed": 4}) == done.outcomes


def test_a_marker_that_cannot_be_used_is_told_and_the_suite_goes_on(pytester: pytest.Pytester) -> None:
    body = f"import pytest\n@pytest.mark.flaskscope('quiet')\ndef test_it(app): pass\n{LEAK}"

    done = run(pytester, "--flaskscope=error", test_it=body)

    assert {"passed": 2, "errors": 1} == done.outcomes
    assert "test_it.py::test_it: the marker flaskscope has the mode 'quiet'" in done.text


def test_filters_of_warnings_work_by_the_public_names(pytester: pytest.Pytester) -> None:
    ignored = run(
        pytester, "--flaskscope", "-W", "ignore::flaskscope.testing.ContextLeftPushedWarning", test_it=LEAK
    )
    failing = run(pytester, "--flaskscope", "-W", "error::flaskscope.testing.FlaskScopeWarning", test_it=LEAK)

    assert {"passed": 1} == ignored.outcomes
    assert {"passed": 1, "errors": 1} == failing.outcomes
    assert "never popped" in failing.text


def test_while_it_is_off_nothing_of_flaskscope_is_loaded(pytester: pytest.Pytester) -> None:
    body = """
import json, sys
def test_it(): print("loaded", json.dumps(sorted(name for name in sys.modules if name.startswith(("flask", "werk")))))
"""
    done = run(pytester, "-s", conftest="", test_it=body)

    line = next(line for line in done.text.splitlines() if "loaded [" in line)
    light = {"flaskscope", "flaskscope.pytest_plugin", "flaskscope.release"}
    assert light >= set(json.loads(line.partition("loaded")[2]))


def test_a_suite_without_flask_never_imports_it(pytester: pytest.Pytester) -> None:
    """Not before the suite does: it may have to patch the standard library first, as gevent asks for."""
    body = """
import sys
def test_before(): assert "flask" not in sys.modules and "ssl" not in sys.modules
def test_import():
    import flask
    assert type(flask.__loader__).__name__ == "SourceFileLoader" is not None
    assert type(flask.__spec__.loader).__name__ == "SourceFileLoader"
    flask.Flask("late").app_context().push()
"""
    done = run(pytester, "--flaskscope=error", conftest="", test_it=body)

    assert {"passed": 2, "errors": 1} == done.outcomes, done.text


def test_everything_is_put_back(pytester: pytest.Pytester) -> None:
    program = """
import sys, pytest, flask, flask.ctx
before = [dict(vars(each)) for each in (flask.Flask, flask.ctx.AppContext, flask.ctx._AppCtxGlobals)]
finders = list(sys.meta_path)
pytest.main(["--flaskscope", "-p", "no:flask", "-p", "no:asyncio", "test_it.py"])
assert before == [dict(vars(each)) for each in (flask.Flask, flask.ctx.AppContext, flask.ctx._AppCtxGlobals)]
assert not [each for each in sys.meta_path if type(each).__name__ == "FlaskArrival"]
print("all put back")
"""
    pytester.makepyfile(
        test_it="from flask import Flask\ndef test(): Flask('a').test_client().get('/')", program=program
    )

    result = pytester.run(sys.executable, "program.py", timeout=120)

    assert "all put back" in result.outlines, result.outlines
