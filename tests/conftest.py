"""What every test may count on: a clean environment, and a word on what is being tested."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path

import pytest

import flaskscope

# Settings of the person who runs the tests must not reach the apps that the tests make or start.
for name in [name for name in os.environ if name.startswith(("FLASK_", "FLASKSCOPE_"))]:
    if not name.startswith("FLASKSCOPE_TEST_"):
        del os.environ[name]


def pytest_report_header() -> str:
    """Say which FlaskScope is tested: `tests/run` installs it, an editable install is the checkout itself."""
    flask = importlib.metadata.version("flask")
    werkzeug = importlib.metadata.version("werkzeug")
    place = Path(flaskscope.__file__).parent
    return f"flaskscope: {place} with Flask {flask}, Werkzeug {werkzeug}, Python {sys.version.split()[0]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests with a browser last: Playwright leaves an event loop running in the main thread."""
    items.sort(key=lambda item: "browser" in item.path.parts)
