"""Files of recordings: written, read back, and refused where they are not sound."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, g, session

from flaskscope.chrome_trace import chrome_trace
from flaskscope.errors import RecordingError
from flaskscope.events import Event
from flaskscope.lines import Lost, Names
from flaskscope.record.recorder import attach
from flaskscope.recordings import Header, Writer, read_recording


def an_app() -> Flask:
    app = Flask("watched")
    app.secret_key = "for the tests only"

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        session["visits"] = 1
        return "hello"

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        pass

    return app


def write(path: Path) -> list[Event]:
    """Write a recording of one request to *path*; return its events."""
    app = an_app()
    writer = Writer(path)
    with attach(app, writer) as written, attach(app) as kept:
        writer.begin(Header(run=written.run, app=app.name, clock=written.clock), written)
        app.test_client().get("/")
        events = kept.events()
    writer.close()
    return events


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


class TestReading:
    def test_a_recording_is_read_back_as_it_was(self, path: Path) -> None:
        events = write(path)

        recorded = read_recording(path)

        assert events == recorded.recorded
        assert "watched" == recorded.app
        assert not recorded.is_cut

    def test_a_process_that_died_while_it_wrote_leaves_all_lines_but_the_last(self, path: Path) -> None:
        events = write(path)
        path.write_bytes(path.read_bytes()[:-20])

        recorded = read_recording(path)

        assert events[:-1] == recorded.recorded
        assert recorded.is_cut

    def test_what_is_written_is_in_the_file_at_once(self, path: Path) -> None:
        """Nothing waits in a buffer that a crash would take along."""
        app = an_app()
        writer = Writer(path)
        with attach(app, writer) as recording:
            writer.begin(Header(), recording)
            app.test_client().get("/")
            recording.flush()

            recorded = read_recording(path)

        writer.close()
        assert writer.written == len(recorded.recorded) > 5

    def test_events_before_a_gap_are_left_out_and_counted(self, path: Path) -> None:
        events = write(path)
        lines = path.read_bytes().splitlines(keepends=True)
        lost = b'{"v":1,"type":"lost","from":3,"to":4,"count":2,"where":"journal","why":"They left."}\n'
        path.write_bytes(b"".join([*lines[:3], lost, *lines[5:]]))

        recorded = read_recording(path)

        assert events[4:] == recorded.recorded
        assert 4 == recorded.dropped


def _without_line(number: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        del lines[number - 1]
        return b"".join(lines)

    return damage


class TestRefusing:
    @pytest.mark.parametrize(
        ("damage", "line", "reason"),
        [
            (lambda content: b"", 1, "not the beginning of a recording"),
            (lambda content: b"\x7fELF\x00\n", 1, "not the beginning of a recording"),
            (lambda content: b'{"some": "json"}\n', 1, "not the beginning of a recording"),
            (lambda content: b'{"flaskscope_recording":1,"clock":7}\n', 1, "not the beginning"),
            (lambda content: b'{"flaskscope_recording":2}\n', 1, "of version 2, and this FlaskScope reads 1"),
            (lambda content: content.replace(b"g.set", b"g.sat"), 7, "no event that this version"),
            (lambda content: content.replace(b'"pushes":1', b'"pushes":"1"', 1), 2, "no event that this"),
            (lambda content: content + b"nonsense\n", None, "not json"),
            (_without_line(4), 4, "event 4 does not follow 2"),
            (lambda content: content + b"x" * 1_000_001, None, "too long for an event"),
        ],
        ids=[
            "empty",
            "binary",
            "json",
            "clock",
            "newer",
            "kind",
            "field",
            "nonsense",
            "line missing",
            "long",
        ],
    )
    def test_a_file_that_is_not_sound_is_refused_with_line_and_reason(
        self, path: Path, damage: Callable[[bytes], bytes], line: int | None, reason: str
    ) -> None:
        write(path)
        content = damage(path.read_bytes())
        path.write_bytes(content)

        with pytest.raises(RecordingError, match=reason) as refused:
            read_recording(path)

        last = content.count(b"\n") + (not content.endswith(b"\n"))
        assert (line or last) == refused.value.line

    def test_a_file_that_is_not_there_is_refused(self, path: Path) -> None:
        with pytest.raises(RecordingError, match="No such file"):
            read_recording(path)

    def test_a_file_that_exists_is_never_written_over(self, path: Path) -> None:
        path.write_text("precious", encoding="utf-8")

        with pytest.raises(RecordingError, match="exists already"):
            Writer(path)

        assert "precious" == path.read_text(encoding="utf-8")

    def test_lost_events_are_written_and_read(self, path: Path) -> None:
        writer = Writer(path)
        writer.begin(Header(), Names())
        writer.lost(Lost(1, 5, 5, "They left."))
        writer.close()

        assert 5 == read_recording(path).dropped


#: The fields that the Trace Event Format has for each phase that is used here; all must be there but the last.
FIELDS = {
    "M": (("name", "ph", "pid", "tid", "args"), ()),
    "b": (("name", "cat", "ph", "ts", "pid", "tid", "id"), ("args",)),
    "e": (("name", "cat", "ph", "ts", "pid", "tid", "id"), ("args",)),
    "X": (("name", "cat", "ph", "ts", "dur", "pid", "tid"), ("args",)),
    "i": (("name", "cat", "ph", "ts", "pid", "tid", "s"), ("args",)),
    "s": (("name", "cat", "ph", "ts", "pid", "tid", "id"), ("args",)),
    "f": (("name", "cat", "ph", "ts", "pid", "tid", "id", "bp"), ("args",)),
}
TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "cat", "ph", "id", "s", "bp"), str),
    **dict.fromkeys(("pid", "tid"), int),
    **dict.fromkeys(("ts", "dur"), (int, float)),
    "args": dict,
}


def test_a_trace_keeps_to_the_trace_event_format(path: Path) -> None:
    """Contexts that end in another order than they began, and one that is pushed twice, are slices all the same."""
    app = an_app()
    with attach(app) as recording:
        app.test_client().get("/")
        contexts = [app.app_context() for _ in range(3)]
        for context in contexts:
            context.push()
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        with contextlib.suppress(AssertionError, RuntimeError, LookupError, ValueError):
            contexts[0].pop()
        twice = app.test_request_context("/")
        with twice, twice:
            g.user = "ada"
        for context in reversed(contexts):
            with contextlib.suppress(AssertionError, RuntimeError, LookupError, ValueError):
                context.pop()
        events = recording.events()

    trace = json.loads(json.dumps(chrome_trace(events, recording.lanes, recording.sites), allow_nan=False))

    assert {"displayTimeUnit", "traceEvents"} == set(trace)
    assert trace["displayTimeUnit"] in ("ms", "ns")
    open_slices: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for entry in trace["traceEvents"]:
        needed, allowed = FIELDS[entry["ph"]]
        assert set(needed) <= set(entry) <= {*needed, *allowed}, entry
        assert all(isinstance(value, TYPES[name]) for name, value in entry.items()), entry
        assert all(entry.get(name, 0) >= 0 for name in ("ts", "dur", "pid", "tid")), entry
        assert entry.get("s", "t") in ("g", "p", "t")
        if entry["ph"] == "M":
            assert entry["name"] in ("process_name", "thread_name")
            assert isinstance(entry["args"]["name"], str)
        slices = open_slices.setdefault((entry.get("cat", ""), entry.get("id", "")), [])
        if entry["ph"] == "b":
            slices.append((entry["name"], entry["ts"]))
        elif entry["ph"] == "e":
            name, begun = slices.pop()
            assert name == entry["name"]
            assert begun <= entry["ts"]
    assert not any(open_slices.values())
    starts, ends = (
        [(entry["cat"], entry["name"], entry["id"]) for entry in trace["traceEvents"] if entry["ph"] == phase]
        for phase in "sf"
    )
    assert starts == ends
    assert 1 == len(starts)
    assert {"b", "e", "X", "i", "M", "s", "f"} == {entry["ph"] for entry in trace["traceEvents"]}


class TestTrace:
    def test_each_context_is_a_slice_with_a_beginning_and_an_end(self, path: Path) -> None:
        write(path)
        recorded = read_recording(path)

        trace = chrome_trace(recorded.recorded, recorded.lanes, recorded.sites)["traceEvents"]

        begun = [(entry["id"], entry["name"]) for entry in trace if entry["ph"] == "b"]
        ended = [(entry["id"], entry["name"]) for entry in trace if entry["ph"] == "e"]
        assert 2 == len(begun)
        assert sorted(begun) == sorted(ended)
        assert any(name == "#2 request /" for _, name in begun)

    def test_threads_are_named_and_everything_else_stands_on_one(self, path: Path) -> None:
        events = write(path)
        recorded = read_recording(path)

        trace = chrome_trace(recorded.recorded, recorded.lanes, recorded.sites)["traceEvents"]

        named = [(entry["name"], entry["args"]["name"]) for entry in trace if entry["ph"] == "M"]
        assert [("process_name", "flaskscope"), ("thread_name", "MainThread")] == named
        assert len(events) == len([entry for entry in trace if entry["ph"] != "M"])
        assert all({"pid", "tid", "ts"} <= set(entry) for entry in trace if entry["ph"] != "M")

    def test_a_thread_that_is_started_is_an_arrow_between_slices(self) -> None:
        app = an_app()
        with attach(app) as recording, app.app_context():
            thread = threading.Thread(target=lambda: None, name="mailer")
            thread.start()
            thread.join()
            events = recording.events()

        trace = chrome_trace(events, recording.lanes, recording.sites)["traceEvents"]

        first, last = (entry for entry in trace if entry["ph"] in "sf")
        assert first["tid"] != last["tid"]
        for end, name in ((first, "starts mailer"), (last, "mailer was started")):
            around = [
                entry["name"]
                for entry in trace
                if entry["ph"] == "X"
                and entry["tid"] == end["tid"]
                and entry["ts"] <= end["ts"] <= entry["ts"] + entry["dur"]
            ]
            assert name in around

    def test_a_context_that_is_still_pushed_ends_with_the_trace(self) -> None:
        app = an_app()
        with attach(app) as recording:
            context = app.app_context()
            context.push()
            events = recording.events()
            context.pop()

        *_, begin, end = chrome_trace(events, recording.lanes, recording.sites)["traceEvents"]

        assert ("b", "e") == (begin["ph"], end["ph"])
        assert {"still pushed": True} == end["args"]
