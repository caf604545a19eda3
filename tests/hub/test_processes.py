"""What is kept of other processes, within bounds, and what each page still has to be told of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.hub import processes
from flaskscope.hub.processes import MAX_PROCESSES, Processes, Reader


def joining(run: str, begin: int = 0) -> wire.Joining:
    fields = {"app": {"name": "shop"}, "process": {"pid": 1, "name": "shop"}, "clock": {}, "contexts": []}
    return wire.Joining(run, begin, fields, [[1, "MainThread", 1]], [])


def events(run: str, first: int, last: int) -> wire.Delivery:
    rows = [[number, 0, "g.set", 1, None, None] for number in range(first, last + 1)]
    message = {"v": 1, "type": "events", "from": first, "to": last, "lanes": [], "sites": [], "rows": rows}
    delivery = wire.parse_delivery(json.dumps(message), run)
    assert delivery is not None
    return delivery


def lost(run: str, first: int, last: int, count: int) -> wire.Delivery:
    delivery = wire.parse_delivery(wire.encode_lost(first, last, count, "recorder", "Too fast."), run)
    assert delivery is not None
    return delivery


def told(reader: Reader) -> list[Any]:
    """All that *reader* is told now, each as its type with its numbers, or its state."""
    found: list[Any] = []
    while (message := reader.next()) is not None:
        said = json.loads(message)
        if said["type"] == "process":
            found.append((said["run"], said["state"]))
        else:
            found.append((said["run"], said["type"], said["from"], said["to"]))
    return found


def test_each_has_its_own_numbers_and_a_gap_or_something_twice_is_refused() -> None:
    known = Processes(1_000)
    assert 0 == known.join(joining("a")) == known.join(joining("b"))
    known.take("a", events("a", 1, 3))
    known.take("b", events("b", 1, 2))

    for first, last in ((5, 6), (3, 4), (1, 3)):
        with pytest.raises(MessageError, match="gap or something twice"):
            known.take("a", events("a", first, last))

    known.leave("a", ended=False)
    assert 3 == known.join(joining("a"))
    known.take("a", events("a", 4, 4))
    assert [
        ("a", "live"),
        ("a", "events", 1, 3),
        ("a", "events", 4, 4),
        ("b", "live"),
        ("b", "events", 1, 2),
    ] == sorted(told(Reader(known, {})), key=lambda each: each[0])


def test_a_forked_process_begins_where_it_was_forked() -> None:
    known = Processes(1_000)
    known.join(joining("a", begin=40))
    known.take("a", events("a", 41, 42))

    assert [("a", "live"), ("a", "events", 41, 42)] == told(Reader(known, {}))


def test_a_page_is_told_what_is_new_and_how_a_process_is_now() -> None:
    known = Processes(1_000)
    reader = Reader(known, {})
    assert [] == told(reader)
    known.join(joining("a"))
    assert [("a", "live")] == told(reader)
    assert reader.is_needed_soon
    known.take("a", events("a", 1, 2))
    known.take("a", lost("a", 3, 2, 17))
    known.take("a", lost("a", 3, 9, 7))
    known.leave("a", ended=True)

    assert [("a", "ended"), ("a", "events", 1, 2), ("a", "lost", 3, 2), ("a", "lost", 3, 9)] == told(reader)
    assert [] == told(reader)
    assert not reader.is_needed_soon


def test_a_page_that_comes_back_goes_on_where_it_was() -> None:
    known = Processes(1_000)
    known.join(joining("a"))
    for number in range(1, 4):
        known.take("a", events("a", number, number))

    assert [("a", "live"), ("a", "events", 3, 3)] == told(Reader(known, {"a": 2, "unknown": 9}))


def test_what_there_is_no_room_for_leaves_oldest_first_and_is_told_as_lost() -> None:
    known = Processes(100)
    known.join(joining("a"))
    slow, late = Reader(known, {}), Reader(known, {})
    known.take("a", events("a", 1, 20))
    assert [("a", "live"), ("a", "events", 1, 20)] == told(slow)
    for first in range(21, 221, 20):
        known.take("a", events("a", first, first + 19))

    kept = [("a", "events", first, first + 19) for first in range(121, 221, 20)]
    assert [("a", "lost", 21, 120), *kept] == told(slow)
    assert [("a", "live"), ("a", "lost", 1, 120), *kept] == told(late)


def test_bytes_are_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MAX_BYTES", 1_000)
    known = Processes(1_000_000)
    known.join(joining("a"))
    for number in range(1, 101):
        known.take("a", events("a", number, number))

    assert sum(len(each.message) for each in known.processes()[0].kept) <= 1_000
    assert ("a", "events", 100, 100) == told(Reader(known, {}))[-1]


def test_those_that_left_make_room_and_those_that_are_there_stay() -> None:
    known = Processes(1_000)
    for number in range(MAX_PROCESSES):
        known.join(joining(f"run{number}"))
    with pytest.raises(MessageError, match="are connected already"):
        known.join(joining("one-more"))
    known.leave("run7", ended=True)

    known.join(joining("one-more"))

    runs = [process.joining.run for process in known.processes()]
    assert "run7" not in runs
    assert MAX_PROCESSES == len(runs)


def test_a_process_cannot_be_there_twice() -> None:
    known = Processes(1_000)
    known.join(joining("a"))

    with pytest.raises(MessageError, match="connected already"):
        known.join(joining("a"))


def test_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MAX_NAMES", 2)
    known = Processes(1_000)

    with pytest.raises(MessageError, match="more than 2 names"):
        known.join(wire.Joining("a", 0, {}, [[n, "lane", 1] for n in range(3)], []))


def problem(number: int, newest: int) -> wire.Told:
    message = {"v": 1, "type": "problem", "run": "a", "number": number}
    return wire.Told(number, newest, json.dumps(message).encode())


def problems_told(reader: Reader) -> list[tuple[str, int]]:
    """All that *reader* is told now, as types with the last event's or the problem's number."""
    said = [json.loads(message) for message in reader.some(100)]
    return [(each["type"], each.get("number", each.get("to", each.get("last")))) for each in said]


def test_what_its_doctor_found_comes_once_and_after_the_events_it_rests_on() -> None:
    known = Processes(1_000)
    known.join(joining("a"))
    known.take("a", events("a", 1, 3))
    known.tell("a", problem(1, 3))
    known.tell("a", problem(1, 3))  # the process has connected again
    known.take("a", events("a", 4, 5))

    assert [("process", 5), ("events", 3), ("problem", 1), ("events", 5)] == problems_told(Reader(known, {}))


def test_what_a_parent_found_is_not_told_of_its_forked_child() -> None:
    known = Processes(1_000)
    known.join(joining("a", begin=10))
    known.take("a", events("a", 11, 12))
    known.tell("a", problem(1, 9))
    known.tell("a", problem(2, 12))

    assert [("process", 12), ("events", 12), ("problem", 2)] == problems_told(Reader(known, {}))
