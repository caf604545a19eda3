"""What `flaskscope.wire` writes and reads, against the golden messages that the page's tests read too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.events import KINDS, Event, GSet, Lane, Site, Snapshot
from flaskscope.reading import event_in

GOLDEN = Path(__file__).parent / "wire"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def an_event(number: int = 1, **fields: Any) -> Event:
    event = GSet(number, 1_000, "g.set", 1, 1, 1, "user", Snapshot("'ada'", "str", 3, 0))
    return event._replace(**fields)


def events_of(message: dict[str, Any]) -> list[Event]:
    """The rows of a golden message as the events that a recording would have made."""
    return [event_in(KINDS[row[2]], row) for row in message["rows"]]


class TestHello:
    def test_it_is_the_golden_message_when_it_says_the_same(self) -> None:
        expected = golden("hello")
        hello = wire.Hello(
            run=expected["run"],
            app_name=expected["app"]["name"],
            app_root=expected["app"]["root"],
            pid=expected["process"]["pid"],
            process_name=expected["process"]["name"],
            versions=expected["versions"],
            monotonic_ns=int(expected["clock"]["monotonic_ns"]),
            unix_ms=expected["clock"]["unix_ms"],
            first=expected["first"],
            last=expected["last"],
            max_events=expected["settings"]["max_events"],
            stack=expected["settings"]["stack"],
            g_reads=expected["settings"]["g_reads"],
            redact=expected["settings"]["redact"],
            editor=expected["settings"]["editor"],
            lanes=[Lane(*row) for row in expected["lanes"]],
            sites=[Site(*row) for row in expected["sites"]],
            contexts=expected["contexts"],
            scenarios=expected["scenarios"],
            dropped=expected["counts"]["dropped"],
            failures=expected["counts"]["failures"],
            app_mount=expected["app"]["mount"],
            routes=expected["routes"],
            host=expected["process"]["host"],
            siblings=expected["process"]["siblings"],
            machine=expected["clock"]["machine"],
            without=expected["settings"]["without"],
            left_out=expected["counts"]["left_out"],
        )

        assert expected == json.loads(wire.encode_hello(hello))


def test_what_is_left_out_is_told_by_the_golden_message() -> None:
    expected = golden("settings")

    assert expected == json.loads(wire.encode_settings(expected["without"], expected["left_out"]))


class TestProcess:
    """What a process says of itself, and what a page is told of it."""

    def test_it_is_the_golden_message_when_it_says_the_same(self) -> None:
        expected = golden("process")
        fields = dict(expected)
        run, state, first, last, lanes, sites = (
            fields.pop(name) for name in ("run", "state", "first", "last", "lanes", "sites")
        )
        del fields["v"], fields["type"]
        clock = fields["clock"]
        alignment = wire.Alignment(clock["offset_ms"], clock["uncertainty_ms"], clock["by"])

        told = wire.encode_process(run, state, first, last, lanes, sites, alignment, **fields)

        assert expected == json.loads(told)

    def test_a_clock_that_nobody_measured_is_told_as_unknown(self) -> None:
        clock = {"monotonic_ns": "1", "unix_ms": 2.5}

        told = json.loads(wire.encode_process("a", "live", 1, 0, [], [], clock=clock))

        assert {**clock, "offset_ms": None, "uncertainty_ms": None, "by": None} == told["clock"]

    def test_a_hello_is_all_that_a_page_needs(self) -> None:
        hello = golden("hello")

        joining = wire.parse_joining(json.dumps({**hello, "begin": 7}))

        assert (hello["run"], 7) == (joining.run, joining.begin)
        assert (hello["lanes"], hello["sites"]) == (joining.lanes, joining.sites)
        assert "separate" == joining.fields["stack"]
        assert {"app", "process", "versions", "clock", "counts", "contexts", "stack"} == set(joining.fields)

    @pytest.mark.parametrize(
        "change",
        [
            {"type": "events"},
            {"v": 2},
            {"run": ""},
            {"run": "../" * 5},
            {"app": None},
            {"lanes": [[1, "x"]]},
            {"sites": {}},
            {"begin": -1},
            {"begin": True},
            {"clock": {}},
            {"clock": {"monotonic_ns": 5, "unix_ms": 1.0}},
            {"clock": {"monotonic_ns": "5", "unix_ms": "soon"}},
            {"clock": {"monotonic_ns": "-5", "unix_ms": 1.0}},
        ],
    )
    def test_one_that_is_not_whole_is_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(MessageError):
            wire.parse_joining(json.dumps({**golden("hello"), **change}))

    @pytest.mark.parametrize("name", ["events", "lost"])
    def test_what_it_sends_goes_on_with_its_run(self, name: str) -> None:
        sent = golden(name)

        delivery = wire.parse_delivery(json.dumps(sent), "5e1d")

        assert delivery is not None
        assert (sent["from"], sent["to"]) == (delivery.first, delivery.last)
        assert {**sent, "run": "5e1d"} == json.loads(delivery.message)

    @pytest.mark.parametrize(
        "change", [{"rows": []}, {"from": 0}, {"to": 10**9}, {"rows": [[1]]}, {"lanes": 1}]
    )
    def test_events_with_a_gap_are_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(MessageError):
            wire.parse_delivery(json.dumps({**golden("events"), **change}), "5e1d")

    def test_other_messages_are_let_be(self) -> None:
        assert wire.parse_delivery('{"v":1,"type":"later"}', "5e1d") is None

    @pytest.mark.parametrize(
        ("said", "wanted"), [(None, None), (False, None), (True, {}), ({"5e1d": 7}, {"5e1d": 7})]
    )
    def test_a_page_asks_for_them(self, said: Any, wanted: Any) -> None:
        follow = wire.parse_follow(
            json.dumps({"v": 1, "type": "follow", "after": 0, "run": None, "processes": said})
        )

        assert wanted == follow.processes

    @pytest.mark.parametrize("said", [1, "all", ["5e1d"], {"5e1d": -1}, {"5e1d": None}])
    def test_a_wish_that_makes_no_sense_is_refused(self, said: Any) -> None:
        with pytest.raises(MessageError):
            wire.parse_follow(
                json.dumps({"v": 1, "type": "follow", "after": 0, "run": None, "processes": said})
            )


class TestEvents:
    def test_they_are_the_golden_message_when_they_are_the_same(self) -> None:
        expected = golden("events")
        lanes = [Lane(*row) for row in expected["lanes"]]
        sites = [Site(*row) for row in expected["sites"]]

        assert expected == json.loads(wire.encode_events(events_of(expected), lanes, sites))

    def test_the_golden_message_has_rows_as_long_as_their_kinds(self) -> None:
        """A row that lacks a field would silently make another event of it."""
        for row in golden("events")["rows"]:
            assert len(KINDS[row[2]]._fields) == len(row), row

    def test_a_lone_surrogate_in_a_value_does_not_break_the_message(self) -> None:
        event = an_event(value=Snapshot("'\ud800'", "str", 1, 0))

        rows = json.loads(wire.encode_events([event], [], []).decode("utf-8"))["rows"]

        assert "'\ud800'" == rows[0][7][0]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
    def test_what_json_cannot_say_becomes_text(self, value: object) -> None:
        """A bug of the recorder must not cost the page the whole batch."""
        message = wire.encode_events([an_event(), an_event(2, value=value)], [], [])

        rows = json.loads(message, parse_constant=pytest.fail)["rows"]
        assert isinstance(rows[1][7], str)
        assert ["'ada'", "str", 3, 0] == rows[0][7]


class TestOtherMessages:
    def test_lost_is_the_golden_message(self) -> None:
        expected = golden("lost")

        message = wire.encode_lost(22, 4000, 3979, "journal", expected["why"])

        assert expected == json.loads(message)

    def test_result_is_the_golden_message(self) -> None:
        expected = golden("result")
        fields = {
            key: expected[key]
            for key in ("scenario", "fire", "ok", "seconds", "summary", "exit_status", "output")
        }

        assert expected == json.loads(wire.encode_result(**fields))

    def test_a_long_output_is_cut_and_the_message_says_so(self) -> None:
        message = wire.encode_result(
            scenario="talker",
            fire=None,
            ok=True,
            seconds=0,
            summary="It talked.",
            output="x" * (wire.MAX_OUTPUT + 1),
        )

        result = json.loads(message)
        assert wire.MAX_OUTPUT == len(result["output"])
        assert result["truncated"]

    def test_problem_is_the_golden_message(self) -> None:
        expected = golden("problem")
        fields = {key: value for key, value in expected.items() if key not in {"v", "type"}}

        assert expected == json.loads(wire.encode_problem(**fields))

    def test_what_another_process_found_is_told_with_its_run(self) -> None:
        sent = golden("problem")

        told = wire.parse_problem(json.dumps(sent), "5e1d")

        assert told is not None
        assert (sent["number"], max(sent["events"])) == (told.number, told.newest)
        assert {**sent, "run": "5e1d"} == json.loads(told.message)

    @pytest.mark.parametrize(
        "change",
        [
            {"severity": "grave"},
            {"sentence": None},
            {"why": "x" * 20_000},
            {"events": []},
            {"events": ["6"]},
            {"sites": None},
            {"number": -1},
        ],
        ids=str,
    )
    def test_a_problem_that_is_not_whole_is_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(MessageError):
            wire.parse_problem(json.dumps({**golden("problem"), **change}), "5e1d")

    def test_another_message_is_no_problem(self) -> None:
        assert wire.parse_problem(json.dumps(golden("events")), "5e1d") is None

    def test_error_is_the_golden_message(self) -> None:
        expected = golden("error")

        assert expected == json.loads(
            wire.encode_error(expected["what"], expected["value"], expected["remedy"])
        )

    def test_an_offending_value_is_shortened(self) -> None:
        error = json.loads(wire.encode_error("Too long.", "x" * 10_000, "Be brief."))

        assert 120 == len(error["value"])


class TestLines:
    def test_a_line_names_every_field_and_says_lane_and_site_in_full(self) -> None:
        lanes, sites = [Lane(1, "MainThread", 4121)], [Site(1, "/app/views.py", 12, "index")]

        line = wire.encode_line(an_event(), lanes, sites)

        assert {
            "number": 1,
            "at_ns": 1000,
            "kind": "g.set",
            "lane": {"id": 1, "name": "MainThread", "process": 4121},
            "context": 1,
            "site": {"id": 1, "path": "/app/views.py", "line": 12, "function": "index"},
            "name": "user",
            "value": {"text": "'ada'", "type": "str", "size": 3, "flags": 0},
        } == json.loads(line)
        assert line.endswith(b"}\n")

    def test_every_golden_event_makes_a_line(self) -> None:
        message = golden("events")
        lanes = [Lane(*row) for row in message["lanes"]]
        sites = [Site(*row) for row in message["sites"]]

        for event in events_of(message):
            assert event[2] == json.loads(wire.encode_line(event, lanes, sites))["kind"]


class TestParseFollow:
    def test_the_golden_message_is_understood(self) -> None:
        text = (GOLDEN / "follow.json").read_text(encoding="utf-8")

        assert wire.Follow(21, "9f2c4e7a1b3d5f60") == wire.parse_follow(text)

    def test_no_run_means_any(self) -> None:
        assert wire.Follow(0, None) == wire.parse_follow('{"v":1,"type":"follow","after":0,"run":null}')
        assert wire.Follow(0, None) == wire.parse_follow('{"v":1,"type":"follow","after":0}')

    def test_an_older_page_is_told_to_reload(self) -> None:
        with pytest.raises(MessageError, match="speaks protocol 1") as caught:
            wire.parse_follow('{"v":0,"type":"follow","after":0}')

        assert "Reload the page (Ctrl+Shift+R)." == caught.value.remedy

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", "not JSON"),
            ("{", "not JSON"),
            ("[" * 60_000, "not JSON"),
            ('{"v":NaN}', "not JSON"),
            ('{"v":1,"type":"follow","after":' + "9" * 5000 + "}", "not JSON"),
            ("[1]", "not an object"),
            ("null", "not an object"),
            ("{}", "speaks protocol"),
            ('{"v":true,"type":"follow","after":0}', "speaks protocol"),
            ('{"v":1,"type":"run"}', "type of message is unknown"),
            ('{"v":1,"type":["follow"]}', "type of message is unknown"),
            ('{"v":1,"type":"follow"}', "'after' is not"),
            ('{"v":1,"type":"follow","after":-1}', "'after' is not"),
            ('{"v":1,"type":"follow","after":true}', "'after' is not"),
            ('{"v":1,"type":"follow","after":1.5}', "'after' is not"),
            ('{"v":1,"type":"follow","after":9007199254740992}', "'after' is not"),
            ('{"v":1,"type":"follow","after":0,"run":7}', "'run' is not"),
            ('{"v":1,"type":"follow","after":0,"run":"' + "a" * 65 + '"}', "'run' is not"),
            (b"\x00\xff", "binary"),
        ],
    )
    def test_anything_else_is_refused_with_the_reason(self, text: str | bytes, what: str) -> None:
        with pytest.raises(MessageError, match=what) as caught:
            wire.parse_follow(text)

        assert caught.value.remedy.endswith(".")


def test_shapes_of_all_golden_messages_carry_version_and_type() -> None:
    """A golden file whose message no test above makes would be a contract nobody keeps."""
    for path in sorted(GOLDEN.glob("*.json")):
        message = golden(path.stem)
        assert 1 == message["v"]
        assert message["type"] in {
            "hello",
            "events",
            "lost",
            "result",
            "problem",
            "process",
            "error",
            "follow",
            "settings",
        }, path.name
