"""Lanes of threads, tasks and greenlets."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g

from flaskscope.events import ContextAbandoned, ContextPopped, ContextPushed, GSet, ThreadStarted
from flaskscope.record.lanes import MAX_COUNTED_LANES, Lanes
from flaskscope.record.recorder import Recording
from tests.record.story import of

CHECKOUT = Path(__file__).parents[2]


def names(recording: Recording) -> list[str]:
    recording.flush()
    return [lane.name for lane in recording.lanes]


def written_in(recording: Recording) -> list[tuple[str, str]]:
    """Return each name that was written to ``g`` with the lane in which it was."""
    return [(event.name, recording.lanes[event.lane - 1].name) for event in of(recording, GSet)]


class TestNames:
    def test_threads_of_one_function_take_turns_in_a_lane(self) -> None:
        lanes = Lanes()

        first = lanes.of(1, "Thread-5 (mail)")
        again = lanes.of(1, "Thread-6 (mail)")
        other = lanes.of(2, "Thread-7 (mail)")

        assert first is again
        assert ["Thread (mail) 1", "Thread (mail) 2"] == [first.lane.name, other.lane.name]

    def test_a_thread_that_is_over_leaves_its_lane_to_the_next(self) -> None:
        lanes = Lanes()
        first = lanes.of(1, "Thread-5 (mail)")

        lanes.settle(alive={2})

        assert first is lanes.of(2, "Thread-6 (mail)")

    def test_a_lane_is_kept_for_a_thread_that_may_still_tell_something(self) -> None:
        lanes = Lanes()
        first = lanes.of(1, "Thread-5 (mail)")

        lanes.settle(alive={1, 2})

        assert first is not lanes.of(2, "Thread-6 (mail)")

    def test_a_thread_that_nobody_is_known_to_have_started_gets_no_lane_of_one(self) -> None:
        """Whoever reads the events would take it for a child of the other one's parent."""
        lanes = Lanes()
        started = lanes.start(1, "Thread-5 (mail)")
        lanes.settle(alive=set())

        assert started is not lanes.of(1, "Thread-6 (mail)")
        assert ["Thread (mail) 1", "Thread (mail) 2"] == [lane.name for lane in lanes.all]

    def test_a_greenlet_is_not_taken_for_the_thread_that_had_its_identity(self) -> None:
        """Under gevent a thread is a greenlet too, and addresses are used again at once."""
        lanes = Lanes()

        found = [lanes.of(1, "").lane, lanes.start(1, "mailer").lane, lanes.of(1, "").lane]

        assert ["Unnamed thread 1", "mailer", "Unnamed thread 1"] == [lane.name for lane in found]

    def test_it_does_not_matter_that_somebody_asked_for_the_name_of_a_foreign_thread(self) -> None:
        """Python then makes one up, ``Dummy-3``."""
        lanes = Lanes()

        assert lanes.of(1, "") is lanes.of(1, "Dummy-3") is lanes.of(1)

    def test_a_thread_with_a_name_comes_back_to_its_lane(self) -> None:
        lanes = Lanes()
        first = lanes.of(1, "mailer")
        lanes.settle(alive=set())

        assert first is lanes.of(7, "mailer")
        assert ["mailer"] == [lane.name for lane in lanes.all]

    @pytest.mark.parametrize("sort", ["Task-{}", "Thread-{}", "ThreadPoolExecutor-{}_0"])
    def test_names_that_count_end_somewhere(self, sort: str) -> None:
        """An app may make a task, a thread or a pool for every request, for ever."""
        lanes = Lanes()

        for number in range(3 * MAX_COUNTED_LANES):
            if sort.startswith("Task"):
                lanes.of((1, number, sort.format(number)), None)
            else:
                lanes.of(number + 1, sort.format(number))
                lanes.settle(alive=set())

        assert len(lanes.all) <= MAX_COUNTED_LANES + 2
        assert lanes.all[-1].name.endswith("-… 1")

    def test_a_thread_that_nothing_is_known_of_is_not_named_by_a_number_of_the_system(self) -> None:
        assert "Unnamed thread 1" == Lanes().of(140_234_000_000_000).lane.name


class TestTasks:
    def test_have_lanes_named_after_them(self, app: Flask, recording: Recording) -> None:
        async def work(number: int) -> None:
            with app.app_context():
                await asyncio.sleep(0)
                g.number = number

        async def main() -> None:
            await asyncio.gather(
                asyncio.create_task(work(1), name="one"), asyncio.create_task(work(2), name="two")
            )

        asyncio.run(main())

        assert [("number", "MainThread › one"), ("number", "MainThread › two")] == written_in(recording)

    def test_see_their_own_contexts_however_they_take_turns(self, app: Flask, recording: Recording) -> None:
        async def work() -> None:
            with app.app_context():
                await asyncio.sleep(0)

        async def main() -> None:
            await asyncio.gather(work(), work())

        asyncio.run(main())

        seen = [event.about["sees"].g for event in of(recording, ContextPushed)]
        assert [1, 2] == seen
        assert [None, None] == [event.sees.g for event in of(recording, ContextPopped)]

    def test_hold_the_requests_that_they_make(self, app: Flask, recording: Recording) -> None:
        async def main() -> None:
            app.test_client().get("/nested")

        asyncio.run(main())

        (lane,) = {event.lane for event in recording.events()}
        assert names(recording)[lane - 1].startswith("MainThread › Task-")

    def test_see_what_was_pushed_where_they_began(self, app: Flask, recording: Recording) -> None:
        async def main() -> None:
            with app.app_context():
                pass

        with app.app_context():
            asyncio.run(main())

        inner = of(recording, ContextPopped)[0]
        assert 1 == inner.sees.g

    def test_leave_the_lane_of_their_thread_alone(self, app: Flask, recording: Recording) -> None:
        async def main() -> None:
            with app.app_context():
                g.inside = True

        with app.app_context():
            asyncio.run(main())
            g.outside = True

        assert "MainThread" == dict(written_in(recording))["outside"]

    def test_tell_the_teardown_functions_of_their_contexts(self, app: Flask, recording: Recording) -> None:
        app.teardown_appcontext(lambda error: None)

        async def main() -> None:
            with app.app_context():
                await asyncio.sleep(0)

        asyncio.run(main())

        assert ["context.pushed", "teardown", "context.popped"] == [
            event.kind for event in recording.events()
        ]
        assert 1 == len({event.lane for event in recording.events()})

    def test_are_parents_of_the_threads_they_start(self, app: Flask, recording: Recording) -> None:
        async def main() -> None:
            with app.app_context():
                await asyncio.to_thread(lambda: None)

        asyncio.run(main())

        (started,) = of(recording, ThreadStarted)
        (pushed,) = of(recording, ContextPushed)
        assert (pushed.lane, pushed.context) == (started.lane, started.context)

    def test_that_leave_a_context_pushed_are_told(self, app: Flask, recording: Recording) -> None:
        async def leave() -> None:
            app.test_request_context().push()

        async def main() -> None:
            await asyncio.create_task(leave(), name="leaver")

        asyncio.run(main())
        gc.collect()

        pushed = {event.context: event.lane for event in of(recording, ContextPushed)}
        assert pushed == {event.context: event.lane for event in of(recording, ContextAbandoned)}
        assert [] == recording.open_contexts()

    def test_that_hand_on_a_context_of_theirs_are_not(self, app: Flask, recording: Recording) -> None:
        """As pytest's asyncio plugins do it: the task of a fixture is over before that of the test begins."""
        loop = asyncio.new_event_loop()
        kept = app.app_context()

        async def set_up() -> None:
            kept.push()

        loop.run_until_complete(set_up())
        gc.collect()

        assert [] == of(recording, ContextAbandoned)
        loop.close()

    def test_in_another_thread_are_named_by_it(self, app: Flask, recording: Recording) -> None:
        async def main() -> None:
            with app.app_context():
                g.inside = True

        thread = threading.Thread(target=asyncio.run, args=(main(),), name="loops")
        thread.start()
        thread.join()

        ((_, lane),) = written_in(recording)
        assert lane.startswith("loops › Task-")


class TestAsyncViews:
    """Asgiref runs them in a thread of their own, while the one that serves the request waits."""

    def test_are_in_the_lane_of_their_request(self, app: Flask, recording: Recording) -> None:
        @app.get("/async")
        async def view() -> str:
            g.inside = True
            await asyncio.sleep(0)
            g.later = True
            return ""

        app.test_client().get("/async")

        assert [("inside", "MainThread"), ("later", "MainThread")] == written_in(recording)
        assert [] == of(recording, ThreadStarted)

    def test_may_have_tasks_with_contexts_of_their_own(self, app: Flask, recording: Recording) -> None:
        async def work(number: int) -> None:
            with app.app_context():
                await asyncio.sleep(0)
                g.number = number

        @app.get("/async")
        async def view() -> str:
            await asyncio.gather(work(1), work(2))
            g.after = True
            return ""

        app.test_client().get("/async")

        one, two, after = written_in(recording)
        assert ("after", "MainThread") == after
        assert one[1].startswith("MainThread › Task-")
        assert one[1] != two[1]

    def test_may_call_what_is_not_async(self, app: Flask, recording: Recording) -> None:
        from asgiref.sync import sync_to_async

        def query() -> None:
            with app.app_context():
                g.rows = 3

        @app.get("/async")
        async def view() -> str:
            await sync_to_async(query)()
            await sync_to_async(query, thread_sensitive=False)()
            return ""

        app.test_client().get("/async")

        assert [("rows", "MainThread")] * 2 == written_in(recording)
        assert [] == of(recording, ContextAbandoned)


class TestGreenlets:
    @pytest.mark.parametrize("threads", ["patched", "beside"])
    def test_have_lanes_of_their_own(self, threads: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "tests.record.greenlets", threads],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert 0 == done.returncode, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)

        events = [tuple(event) for event in told["events"]]
        assert {"Greenlet 1", "Greenlet 2", "Greenlet 3", "native", "MainThread"} == set(told["lanes"])
        assert ("g.set", "Greenlet 1", 1) in events
        assert ("g.set", "Greenlet 2", 2) in events
        assert [("context.abandoned", "Greenlet 3", 3)] == [
            event for event in events if event[0] == "context.abandoned"
        ]
        assert ("thread.started", "Greenlet 1", 4) in events
        assert ("g.set", "native", 5) in events
        assert ("g.set", "MainThread", 6) in events
