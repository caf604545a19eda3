"""Fields of events that came as JSON: taken as they are, or refused, whatever is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flaskscope.events import KINDS, ContextPushed, Event, SessionOpened, SessionSaved, Snapshot
from flaskscope.reading import event_in, lane_in, site_in

GOLDEN = json.loads((Path(__file__).parent / "wire" / "events.json").read_text(encoding="utf-8"))
ROWS: list[list[Any]] = GOLDEN["rows"]


PUSHED, SAVED = (next(row for row in ROWS if row[2] == kind) for kind in ("context.pushed", "session.saved"))


def as_json(event: Event) -> Any:
    return json.loads(json.dumps(event))


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[2]}" for row in ROWS])
def test_an_event_of_each_kind_is_read_from_its_row(row: list[Any]) -> None:
    event = event_in(KINDS[row[2]], row)

    assert row == as_json(event)


def test_the_golden_rows_have_an_event_of_each_kind() -> None:
    assert set(KINDS) == {row[2] for row in ROWS}


def test_snapshots_are_snapshots_again() -> None:
    opened = next(event_in(KINDS[row[2]], row) for row in ROWS if row[2] == "session.opened" and row[8])

    assert isinstance(opened, SessionOpened)
    assert isinstance(opened.items[0][1], Snapshot)


def test_fields_with_a_default_may_be_missing() -> None:
    """A recording of an earlier version has not all that are there today."""
    event = event_in(SessionSaved, SAVED[:12])

    assert isinstance(event, SessionSaved)
    assert ((), None) == (event.nested, event.lost)


@pytest.mark.parametrize("at", range(len(SAVED)))
@pytest.mark.parametrize("junk", [{}, [[]], 1.5, 10**30, ["x", 1]], ids=str)
def test_a_field_of_another_type_is_refused(at: int, junk: Any) -> None:
    row = [*SAVED[:at], junk, *SAVED[at + 1 :]]

    with pytest.raises((TypeError, ValueError, KeyError)):
        event_in(SessionSaved, row)


@pytest.mark.parametrize(
    "change",
    [{"id": 99}, {"type": "both?"}, {"pushes": "2"}, {"sees": None}, {"g": [["user"]]}, {"path": 7}],
    ids=str,
)
def test_a_context_is_described_as_it_should_be(change: dict[str, Any]) -> None:
    about = {**PUSHED[6], **change}

    with pytest.raises((TypeError, ValueError)):
        event_in(ContextPushed, [*PUSHED[:6], about])


def test_lanes_and_sites_are_checked_as_well() -> None:
    assert "MainThread" == lane_in({"id": 1, "name": "MainThread", "process": 7}).name
    with pytest.raises(TypeError):
        lane_in({"id": 1, "name": None, "process": 7})
    with pytest.raises(KeyError):
        site_in({"id": 1, "path": "a.py", "line": 3})
