"""FlaskScope changes nothing: every scenario comes out the same bare, watched, and after it was watched."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.transparency import scenarios
from tests.transparency.comparison import differences
from tests.transparency.modes import ATTACHED, BARE, DETACHED, READS
from tests.transparency.scenario import SCENARIOS, UNRECORDED
from tests.transparency.versions import FlaskVersion, all_versions

for _module in pkgutil.iter_modules(scenarios.__path__):
    importlib.import_module(f"{scenarios.__name__}.{_module.name}")

Matrix = Callable[[FlaskVersion, str], dict[str, dict[str, Any]]]

#: Differences shown of one scenario: the first says it all, mostly.
SHOWN_DIFFERENCES = 5

on_every_version = pytest.mark.parametrize("version", all_versions(), ids=lambda version: version.name)


def test_there_are_enough_scenarios() -> None:
    """The proof is as good as what it covers: it must not shrink unnoticed."""
    assert len(SCENARIOS) >= 150


@on_every_version
@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_the_same(matrix: Matrix, version: FlaskVersion, name: str) -> None:
    bare = matrix(version, BARE)[name]

    found = []
    for mode in (ATTACHED, READS, DETACHED):
        watched = matrix(version, mode)[name]
        lines = list(differences(bare["seen"], watched["seen"]))[:SHOWN_DIFFERENCES]
        found += [f"{mode}: {line}" for line in lines]
        if watched["problem"]:
            found.append(f"{mode}: {watched['problem']}")

    assert bare["problem"] is None, bare["problem"]
    assert not found, "\n".join(found)


@on_every_version
def test_it_was_recorded(matrix: Matrix, version: FlaskVersion) -> None:
    """What is compared was being watched: something of each scenario was recorded, and no hook failed."""
    for mode in (ATTACHED, READS):
        for name, watched in matrix(version, mode).items():
            recorded = watched["recorded"]
            assert recorded["failures"] == 0, f"{mode} {name}: {recorded['failure_texts']}"
            assert recorded["events"] > 0 or name in UNRECORDED, f"{mode} {name}: nothing was recorded"


@on_every_version
def test_nothing_is_left_behind(matrix: Matrix, version: FlaskVersion) -> None:
    """After detaching, every attribute of every class, and every proxy and signal, is what it was."""
    left = {name: seen["recorded"]["left_behind"] for name, seen in matrix(version, DETACHED).items()}

    assert {} == {name: what for name, what in left.items() if what}
