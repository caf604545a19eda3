"""The demo's app for its tests, with an instance folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from flaskscope.demo.app import create_app
from flaskscope.demo.instance import FOLDER_VARIABLE


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name an instance folder of the test's own; processes that the test starts use it as well."""
    folder = tmp_path / "instance"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture
def app() -> Flask:
    return create_app()
