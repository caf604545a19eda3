"""Each fault of the demo is told by the rule that its button names; its mended twin is left in peace."""

from __future__ import annotations

import contextlib
import gc
import linecache
import warnings
from collections.abc import Iterator

import pytest
from flask import Flask

from flaskscope.demo.faults.stacks import STALE_SECONDS
from flaskscope.demo.scenarios import scenarios
from flaskscope.doctor import Doctor
from flaskscope.doctor.rules import RULES
from flaskscope.record.flask_versions import MERGED
from flaskscope.record.recorder import Recording, attach
from flaskscope.web.actions import Scenario

PRESSES = 20

#: What a fault may show besides: Flask 3.1.2 and 3.1.3 run the teardown functions of a stream twice.
BESIDES = {"session-late": {"teardown-repeated"}}

#: Those that happen in a process of their own, which tells what its doctor finds: see tests/bus/test_demo.py.
ELSEWHERE = {"no-context-process", "stream-abandoned", "session-no-key"}


def wrong_ones() -> dict[str, Scenario]:
    return {scenario.name: scenario for scenario in scenarios(Flask("unused")) if scenario.group == "wrong"}


FAULTS = {
    name: scenario.rule
    for name, scenario in wrong_ones().items()
    if scenario.rule is not None and name not in ELSEWHERE
}


@pytest.fixture
def recording(app: Flask) -> Iterator[Recording]:
    with attach(app) as recording:
        yield recording
        assert recording.failures == 0


def press(app: Flask, name: str) -> None:
    """Do what a press of the button does: the server runs it, or the browser asks for it."""
    scenario = {each.name: each for each in scenarios(app)}[name]
    if scenario.run is not None:
        scenario.run()
        return
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        app.test_client().open(scenario.path, method=scenario.method, buffered=True).close()


def told(recording: Recording) -> set[str]:
    gc.collect()
    doctor = Doctor(lines=linecache.getlines, stale_request_seconds=STALE_SECONDS)
    findings = doctor.examine(recording.events(), recording.sites, recording.lanes)
    return {finding.rule for finding in findings}


def test_there_is_a_button_for_each_rule() -> None:
    assert {rule.name for rule in RULES} == {scenario.rule for scenario in wrong_ones().values()} - {None}


def test_each_fault_has_its_mended_twin() -> None:
    listed = wrong_ones()

    assert {name for name, scenario in listed.items() if scenario.rule} == {
        scenario.mends for scenario in listed.values() if scenario.mends
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_by_its_rule(app: Flask, recording: Recording, name: str) -> None:
    press(app, name)

    if MERGED and name == "g-shared":
        assert told(recording) == set()  # Flask 3.2 shares no g
    else:
        assert told(recording) - BESIDES.get(name, set()) == {FAULTS[name]}


@pytest.mark.parametrize("name", FAULTS)
def test_its_mended_twin_is_left_in_peace(app: Flask, recording: Recording, name: str) -> None:
    press(app, f"{name}-mended")

    assert recording.events()
    assert told(recording) == set()


def test_a_thread_that_a_request_has_started_is_not_blamed_for_one_of_the_server(
    app: Flask, recording: Recording
) -> None:
    press(app, "no-context-thread")
    press(app, "g-outside")

    assert told(recording) == {"thread-without-context", "outside-app-context"}


def test_a_fault_is_told_once_however_often_it_is_pressed(app: Flask, recording: Recording) -> None:
    for _ in range(3):
        press(app, "at-import")
    doctor = Doctor()

    assert len(doctor.examine(recording.events(), recording.sites, recording.lanes)) == 1


def test_many_presses_leave_the_app_as_it_was(app: Flask, recording: Recording) -> None:
    """Nothing stays pushed, and a visitor who comes afterwards is answered as ever."""
    slow = {"stale-request", "teardown-slow"}

    for name in FAULTS.keys() - slow:
        for _ in range(PRESSES):
            press(app, name)
    gc.collect()
    recording.events()  # looks for threads that have ended; `flush` does so only every now and then

    assert recording.open_contexts() == []
    assert app.test_client().get("/").get_json()["session_visit_count"] == 1
