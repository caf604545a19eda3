"""The names that users rely on. Each is in the README; a name that goes breaks somebody's code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import flaskscope

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_public_names_are_these() -> None:
    """Adding one is a promise, taking one away a new major version: either is done here on purpose."""
    expected = {
        "FlaskScope",
        "attach",
        "describe",
        "Recording",
        "Scenario",
        "Outcome",
        "FlaskScopeError",
        "__version__",
    }

    assert expected == set(flaskscope.__all__)


def test_every_public_name_is_there_and_in_the_readme() -> None:
    missing = [
        name
        for name in flaskscope.__all__
        if not hasattr(flaskscope, name) or not re.search(rf"\b{name}\b", README)
    ]

    assert [] == missing


def test_the_version_is_the_one_that_pip_knows() -> None:
    from importlib.metadata import version

    assert version("flaskscope") == flaskscope.__version__


def test_importing_flaskscope_changes_nothing_in_flask() -> None:
    """An app that has FlaskScope in its imports and leaves it off runs the Flask it always ran."""
    program = (
        "import flask, flask.ctx, flask.app, flask.globals\n"
        "classes = [flask.Flask, flask.ctx.AppContext, flask.ctx._AppCtxGlobals, flask.sessions.SecureCookieSession]\n"
        "before = [dict(vars(each)) for each in classes]\n"
        "import flaskscope\n"
        "assert before == [dict(vars(each)) for each in classes]\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
