"""The events of other processes as lines: nothing but events, and what is lost of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flaskscope import wire
from flaskscope.hub.processes import Processes
from flaskscope.lines import Ended, parse_line
from flaskscope.web.others import OtherLines

GOLDEN = Path(__file__).parents[1] / "wire"


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_what_the_doctor_of_a_process_found_is_no_line() -> None:
    processes = Processes(1_000)
    joining = wire.parse_joining(json.dumps({**golden("hello"), "run": "a"}))
    processes.join(joining)
    problem = wire.parse_problem(json.dumps({**golden("problem"), "events": [1]}), "a")
    assert problem is not None
    rows = [[1, 0, "g.deleted", 1, None, None, "user"]]
    events = {"v": 1, "type": "events", "from": 1, "to": 1, "lanes": [], "sites": [], "rows": rows}
    delivery = wire.parse_delivery(json.dumps(events), "a")
    assert delivery is not None
    processes.take("a", delivery)
    processes.tell("a", problem)
    lines = OtherLines(processes)

    (line,) = lines.next().splitlines()

    assert ("g.deleted", "a") == (json.loads(line)["kind"], json.loads(line)["run"])
    assert b"" == lines.next()


@pytest.mark.parametrize("is_early", [True, False])
def test_that_a_process_has_ended_is_told_once_after_its_last_event(is_early: bool) -> None:
    """Whoever comes late hears of the end before the events, and tells of it after them all the same."""
    processes = Processes(1_000)
    processes.join(wire.parse_joining(json.dumps({**golden("hello"), "run": "a"})))
    lines = OtherLines(processes)
    before = lines.next() if is_early else b""
    rows = [[1, 0, "g.deleted", 1, None, None, "user"]]
    events = {"v": 1, "type": "events", "from": 1, "to": 1, "lanes": [], "sites": [], "rows": rows}
    delivery = wire.parse_delivery(json.dumps(events), "a")
    assert delivery is not None
    processes.take("a", delivery)
    processes.leave("a", ended=True)

    told = [parse_line(line) for line in lines.next().splitlines()]

    assert b"" == before == lines.next()
    assert ["Line", "Ended"] == [type(each).__name__ for each in told]
    assert Ended("a") == told[1]


def test_a_process_that_is_away_may_come_back_and_has_not_ended() -> None:
    processes = Processes(1_000)
    processes.join(wire.parse_joining(json.dumps({**golden("hello"), "run": "a"})))
    processes.leave("a", ended=False)

    assert b"" == OtherLines(processes).next()
