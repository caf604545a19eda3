"""What is kept of other processes, within bounds, and what each page still has to be told of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.hub import processes
from flaskscope.hub.process_reader import Reader
from flaskscope.hub.processes import MAX_PROCESSES, OwnClock, Processes


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


def test_a_page_that_has_more_than_the_hub_so_far_is_told_nothing_twice() -> None:
    """A hub that was started anew reads what is in Redis from its beginning."""
    known = Processes(1_000)
    known.join(joining("a"))
    known.take("a", events("a", 1, 2))
    reader = Reader(known, {"a": 5})
    assert [("a", "live")] == told(reader)
    known.take("a", events("a", 3, 4))
    known.take("a", events("a", 5, 8))
    known.take("a", events("a", 9, 9))

    assert [("a", "events", 6, 8), ("a", "events", 9, 9)] == told(reader)


class TestWhatComesThroughRedis:
    """There is nobody to ask for it again."""

    def test_something_twice_is_left_out_and_a_gap_is_told(self) -> None:
        known = Processes(1_000)
        known.join(joining("a"), "redis")
        for first, last in ((1, 3), (1, 3), (2, 5), (9, 10), (4, 6)):
            known.receive("a", events("a", first, last))
        known.receive("a", lost("a", 11, 10, 7))

        assert [
            ("a", "away"),
            ("a", "events", 1, 3),
            ("a", "events", 4, 5),
            ("a", "lost", 6, 8),
            ("a", "events", 9, 10),
            ("a", "lost", 11, 10),
        ] == told(Reader(known, {}))

    def test_a_loss_that_is_told_twice_is_counted_once(self) -> None:
        known = Processes(1_000)
        known.join(joining("a"), "redis")
        known.receive("a", events("a", 1, 3))
        for first, last in ((4, 9), (4, 9), (6, 12)):
            known.receive("a", lost("a", first, last, last - first + 1))
        reader = Reader(known, {})
        messages = [json.loads(message) for message in iter(reader.next, None)]

        assert [6, 3] == [message["count"] for message in messages if message["type"] == "lost"]

    def test_a_connection_of_its_own_is_better(self) -> None:
        known = Processes(1_000)
        known.join(joining("a"))
        known.take("a", events("a", 1, 3))
        known.receive("a", events("a", 4, 4))
        known.note("a", "away")
        known.take("a", events("a", 4, 4))

        assert [("a", "live"), ("a", "events", 1, 3), ("a", "events", 4, 4)] == told(Reader(known, {}))

    def test_who_said_that_it_ends_is_not_away(self) -> None:
        known = Processes(1_000)
        known.join(joining("a"), "redis")
        known.note("a", "ended", 4)
        known.note("a", "away")

        assert [("a", "ended"), ("a", "lost", 1, 4)] == told(Reader(known, {}))

    def test_an_unknown_process_has_to_say_first_who_it_is(self) -> None:
        known = Processes(1_000)

        assert not known.receive("a", events("a", 1, 1))
        known.note("a", "live")
        known.align("a", wire.Alignment(1, 1, "redis"))
        assert [] == told(Reader(known, {}))


class TestClocks:
    OWN = OwnClock(5_000_000_000, 70_000.0, "here")

    def clock(self, machine: str | None, *alignments: wire.Alignment) -> tuple[dict[str, Any], int]:
        """What a page is told of the clock of a process, and how often."""
        known = Processes(1_000, self.OWN)
        process = joining("a")
        process.fields["clock"] = {"monotonic_ns": "7000000000", "unix_ms": 71_900.0, "machine": machine}
        known.join(process)
        reader = Reader(known, {})
        told = [reader.next()]
        for alignment in alignments:
            known.align("a", alignment)
            told += iter(reader.next, None)
        assert told[-1] is not None
        clock: dict[str, Any] = json.loads(told[-1])["clock"]
        return clock, len(told)

    def test_one_machine_has_one_monotonic_clock_whatever_its_wall_clock_did(self) -> None:
        clock, _ = self.clock("here", wire.Alignment(3, 1, "redis"))

        assert (100.0, 0.0, "machine") == (clock["offset_ms"], clock["uncertainty_ms"], clock["by"])

    def test_another_machine_is_measured(self) -> None:
        assert self.clock("there")[0]["offset_ms"] is None
        clock, _ = self.clock("there", wire.Alignment(3, 1, "redis"))

        assert (3, 1, "redis") == (clock["offset_ms"], clock["uncertainty_ms"], clock["by"])

    def test_only_what_is_worth_it_is_told_again(self) -> None:
        """A clock that grows older by the second is no news."""
        first = wire.Alignment(3, 1, "redis")

        assert 2 == self.clock("there", first, wire.Alignment(3.01, 1.02, "redis"))[1]
        assert 3 == self.clock("there", first, wire.Alignment(3.0, 0.5, "redis"))[1]
        assert 3 == self.clock("there", first, wire.Alignment(4.0, 1, "redis"))[1]


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


def test_what_was_forgotten_before_a_page_had_it_is_counted() -> None:
    known = Processes(1_000)
    early = Reader(known, {})
    for number in range(MAX_PROCESSES):
        known.join(joining(f"run{number}"))
    known.take("run0", events("run0", 1, 3))
    told(early)
    known.take("run0", events("run0", 4, 5))
    known.leave("run0", ended=True)

    known.join(joining("one-more"))

    for reader, count in ((early, 2), (Reader(known, {}), 5), (Reader(known, {"run0": 4}), 1)):
        message = reader.next()
        assert message is not None
        said = json.loads(message)
        assert ("lost", count, False) == (said["type"], said["count"], "run" in said)
        assert "1 processes or apps that had ended" in said["why"]
        assert "lost" not in [each[1] for each in told(reader)]


def test_one_that_was_forgotten_and_comes_back_is_told_from_where_the_page_is() -> None:
    known = Processes(1_000)
    for number in range(MAX_PROCESSES):
        known.join(joining(f"run{number}"))
    for number in range(1, 4):
        known.take("run0", events("run0", number, number))
    reader = Reader(known, {})
    told(reader)
    for run in ("run0", "run1"):
        known.leave(run, ended=True)
    known.join(joining("one-more"))

    assert 0 == known.join(joining("run0"))
    known.take("run0", events("run0", 1, 4))

    assert ("run0", "events", 4, 4) in told(reader)
    assert ("run0", "events", 1, 4) in told(Reader(known, {}))


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
