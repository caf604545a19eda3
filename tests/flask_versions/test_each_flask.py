"""The recorder and the dashboard on every Flask that is promised, each in an environment of its own.

The environments are those in which the scenarios of `tests/transparency` run. What the doctor says on each is in
`tests/doctor/test_versions.py`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.transparency.versions import ROOT, Environment, FlaskVersion, all_versions

#: Processes at once, and seconds for one of them: it takes 12 at most, and many where the processors are for
#: others first.
PROCESSES = 2
TEST_SECONDS = 550

#: What is run on each: what the recorder does, and a real server with a page's socket. Apart from each other, since a
#: test that waits for longer than two minutes is taken for one that hangs.
SUITES = {
    "recorder": ("tests/record",),
    "dashboard": ("tests/web/test_page.py", "tests/web/test_watched.py"),
}

#: A newer one is the one that all other tests run on.
VERSIONS = [version for version in all_versions() if version.name != "3.1.3"]

Runs = dict[tuple[str, str], "Future[subprocess.CompletedProcess[str]]"]


def run(version: FlaskVersion, suite: str) -> subprocess.CompletedProcess[str]:
    """Run one of `SUITES` on *version*, with the package as it is in the checkout."""
    server = ROOT / "server"
    environment = Environment(version, server)
    source = [] if version.source is None else [str(version.source)]
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("FLASK", "PYTHON"))
    }
    path = os.pathsep.join([*source, str(server)])
    return subprocess.run(
        [environment.python, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *SUITES[suite]],
        cwd=ROOT,
        env={**variables, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=TEST_SECONDS,
    )


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Each suite on each version that is asked for, begun together once the environments are there."""
    items: list[Any] = request.session.items
    wanted = [
        item.callspec.params for item in items if item.path == request.path and hasattr(item, "callspec")
    ]
    for version in {each["version"].release: each["version"] for each in wanted}.values():
        Environment(version, ROOT / "server").install()
    with ThreadPoolExecutor(PROCESSES) as pool:
        yield {
            (each["version"].name, each["suite"]): pool.submit(run, each["version"], each["suite"])
            for each in wanted
        }


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_they_pass_there_too(runs: Runs, version: FlaskVersion, suite: str) -> None:
    done = runs[version.name, suite].result()

    assert 0 == done.returncode, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    assert " passed" in done.stdout


def test_the_oldest_is_the_one_that_the_package_wants() -> None:
    """What `pip` accepts and what is tested are the same."""
    wanted = (ROOT / "pyproject.toml").read_text("utf-8")

    assert f'"flask>={VERSIONS[0].name}"' in wanted
