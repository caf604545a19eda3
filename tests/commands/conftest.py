"""A folder with an app in it, and that app while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.command import SHOP, Running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the module ``shop``."""
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    return tmp_path


@pytest.fixture
def dashboard(folder: Path) -> Iterator[str]:
    """The address of the dashboard of the shop, which runs."""
    running = Running(folder, "run", "--app", "shop", "--port", "0")
    yield running.wait_for(r"http://\S+")
    running.kill()
