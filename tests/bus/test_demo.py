"""The demo's real processes arrive at the demo's own hub, each with its own run."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from conftest import Page, Program  # type: ignore[import-not-found]


def fire(address: str, name: str) -> dict[str, Any]:
    parts = urlsplit(address)
    request = urllib.request.Request(
        f"http://{parts.netloc}{parts.path}fire/{name}",
        data=b"{}",
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        result: dict[str, Any] = json.load(response)
        return result


@pytest.mark.parametrize(
    ("scenario", "status", "kind"),
    [
        ("cli-command", 0, "context.pushed"),
        ("background-job", 0, "g.set"),
        ("scheduled-task", 0, "g.missed"),
        ("no-context-process", 1, "access.failed"),
    ],
)
def test_a_process_that_a_button_starts_is_told_as_one(
    start: Callable[..., Program],
    open_page: Callable[[str], Page],
    tmp_path: Any,
    scenario: str,
    status: int,
    kind: str,
) -> None:
    demo = start(
        *("-m", "flaskscope", "demo", "--no-open", "--port", "0"),
        FLASKSCOPE_DEMO_INSTANCE=str(tmp_path / "instance"),
    )
    address = demo.wait_for(r"http://\S+")[0]
    page = open_page(address)

    result = fire(address, scenario)

    assert status == result["exit_status"], result
    run = page.until(lambda page: next(iter(page.processes), None))
    page.until(lambda page: kind in page.kinds(run))
    page.until(lambda page: page.processes[run]["state"] == "ended")
    assert page.processes[run]["process"]["pid"] != demo.process.pid
    assert page.hello["run"] not in page.processes
    assert "FlaskScope" not in result["output"]


@pytest.mark.parametrize(
    ("scenario", "rule"),
    [
        ("no-context-process", "outside-app-context"),
        ("stream-abandoned", "stream-left-its-context"),
        ("session-no-key", "session-without-secret-key"),
    ],
)
def test_what_the_doctor_finds_in_such_a_process_is_told_and_nothing_of_its_mended_twin(
    start: Callable[..., Program], open_page: Callable[[str], Page], tmp_path: Any, scenario: str, rule: str
) -> None:
    """Among them pallets/flask #6123: a real gunicorn, and a real client that hangs up."""
    demo = start(
        *("-m", "flaskscope", "demo", "--no-open", "--port", "0"),
        FLASKSCOPE_DEMO_INSTANCE=str(tmp_path / "instance"),
    )
    address = demo.wait_for(r"http://\S+")[0]
    page = open_page(address)

    assert 0 == fire(address, f"{scenario}-mended")["exit_status"]
    mended = page.until(lambda page: next(iter(page.processes), None))
    assert 1 == fire(address, scenario)["exit_status"]
    run = page.until(lambda page: next(iter(page.problems), None))

    page.until(lambda page: all(process["state"] == "ended" for process in page.processes.values()))
    assert {run: [rule]} == page.problems
    assert run != mended
    assert page.rows[mended]
