"""Runs every scenario in every mode on every version of Flask, two at a time, before the first test asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.transparency.controls import CONTROLS
from tests.transparency.modes import BARE, MODES
from tests.transparency.versions import NEWEST, Environment, FlaskVersion, all_versions, copy_package

#: Processes at once. More would make the ones with alarms and threads slow, not the whole fast.
PROCESSES = 2

#: Seconds for all scenarios in one mode: they take two, and many where the processors are for others first.
SCENARIOS_SECONDS = 550

#: What one process saw: a line of `observe` by the name of its scenario.
Seen: TypeAlias = dict[str, dict[str, Any]]


class Runs:
    """What was seen, by version and mode; each is run once, and waited for when it is asked for."""

    def __init__(self, pool: ThreadPoolExecutor, package: Path) -> None:
        self._pool = pool
        self._package = package
        self._environments: dict[str, Future[None]] = {}
        self._seen: dict[tuple[str, str], Future[Seen]] = {}

    def install(self, versions: list[FlaskVersion]) -> None:
        """Begin to make the environments of *versions*, where they are not there."""
        for version in versions:
            if version.release not in self._environments:
                self._environments[version.release] = self._pool.submit(self._install, version)

    def environment(self, version: FlaskVersion) -> Environment:
        """Return the environment of *version*, made if it was not there."""
        self.install([version])
        self._environments[version.release].result()
        return Environment(version, self._package)

    def begin(self, version: FlaskVersion, mode: str, *scenarios: str) -> None:
        """Have *scenarios*, or all, run in *mode* on *version*, unless any were before."""
        environment = self.environment(version)
        if (version.name, mode) not in self._seen:
            self._seen[version.name, mode] = self._pool.submit(self._observe, environment, mode, *scenarios)

    def seen(self, version: FlaskVersion, mode: str) -> Seen:
        """Return what the scenarios saw in *mode* on *version*."""
        self.begin(version, mode)
        return self._seen[version.name, mode].result()

    def _install(self, version: FlaskVersion) -> None:
        Environment(version, self._package).install()

    def _observe(self, environment: Environment, mode: str, *scenarios: str) -> Seen:
        output = environment.run("tests.transparency.observe", mode, *scenarios, seconds=SCENARIOS_SECONDS)
        lines = [json.loads(line) for line in output.splitlines()]
        return {line["name"]: line for line in lines}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Runs]:
    with ThreadPoolExecutor(PROCESSES) as pool:
        yield Runs(pool, copy_package(tmp_path_factory.mktemp("package")))


@pytest.fixture(scope="session")
def matrix(runs: Runs) -> Callable[[FlaskVersion, str], Seen]:
    """Every mode on every version, begun together."""
    runs.install(all_versions())
    for version in all_versions():
        for mode in MODES:
            runs.begin(version, mode)
    return runs.seen


@pytest.fixture(scope="session")
def controls(runs: Runs) -> Callable[[str], Seen]:
    """Every control on the newest release, with the scenario that is meant to catch it; begun together."""
    runs.begin(NEWEST, BARE)
    runs.begin(NEWEST, "control nothing")
    for name, (_, scenario) in CONTROLS.items():
        runs.begin(NEWEST, f"control {name}", scenario)
    return lambda mode: runs.seen(NEWEST, mode)
