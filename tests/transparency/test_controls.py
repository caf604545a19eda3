"""The scenarios can fail: each way of watching an app that changes something is caught by at least one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.transparency.comparison import differences
from tests.transparency.controls import CONTROLS
from tests.transparency.modes import BARE

Controls = Callable[[str], dict[str, dict[str, Any]]]


def test_nothing_differs_by_itself(controls: Controls) -> None:
    """Two runs in which nothing is watched are the same: what is caught is what a control did."""
    once, again = controls(BARE), controls("control nothing")

    found = [line for name in once for line in differences(once[name]["seen"], again[name]["seen"])]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", CONTROLS)
def test_it_is_caught(controls: Controls, name: str) -> None:
    _, scenario = CONTROLS[name]

    bare, watched = controls(BARE)[scenario], controls(f"control {name}")[scenario]

    found = [watched["problem"]] if watched["problem"] else list(differences(bare["seen"], watched["seen"]))
    assert found, f"{scenario} does not notice a tool that {name}"
