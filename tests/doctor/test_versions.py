"""The table of rules, apps and versions: what the doctor says of every app on every Flask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest

from tests.doctor.table import PAIRS
from tests.transparency.versions import Environment, FlaskVersion, all_versions, copy_package

#: Seconds for all pairs on one Flask: they take four, and many where the processors are for others first.
TABLE_SECONDS = 550

Findings: TypeAlias = dict[str, dict[str, list[dict[str, Any]]]]

versions = pytest.mark.parametrize("version", all_versions(), ids=lambda version: version.name)


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[FlaskVersion], Findings]]:
    """What the doctor found on each Flask; each is run once, two at a time, and waited for when it is asked for."""
    package = copy_package(tmp_path_factory.mktemp("package"))

    def run(version: FlaskVersion) -> Findings:
        environment = Environment(version, package)
        environment.install()
        findings: Findings = json.loads(environment.run("tests.doctor.table", seconds=TABLE_SECONDS))
        return findings

    with ThreadPoolExecutor(2) as pool:
        begun: dict[str, Future[Findings]] = {
            version.name: pool.submit(run, version) for version in all_versions()
        }
        yield lambda version: begun[version.name].result()


@pytest.mark.parametrize("name", PAIRS)
@versions
def test_the_fault_is_told_and_its_healthy_twin_left_in_peace(
    found: Callable[[FlaskVersion], Findings], version: FlaskVersion, name: str
) -> None:
    told = {which: tuple(finding["rule"] for finding in each) for which, each in found(version)[name].items()}

    assert {"faulty": PAIRS[name].expected_on(version.name), "healthy": ()} == told


@versions
def test_of_several_teardown_functions_the_guilty_one_is_named(
    found: Callable[[FlaskVersion], Findings], version: FlaskVersion
) -> None:
    (finding,) = found(version)["raises among others"]["faulty"]

    assert "guilty()" in finding["sentence"]
    assert "raised ValueError: already closed" in finding["sentence"]
