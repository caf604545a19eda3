"""The events of other processes as lines: nothing but events, and what is lost of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flaskscope import wire
from flaskscope.hub.processes import Processes
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
