"""Threads started and jobs given to pools inside a context."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, current_app, g

from flaskscope.events import AccessFailed, ContextPopped, ContextPushed, GSet, ThreadStarted
from flaskscope.record.recorder import Recording, attach
from flaskscope.record.threads import _WORK_ITEM, _run_job
from tests.record.story import kinds, line_of, of

PATIENCE_SECONDS = 5


def in_a_view(app: Flask, view: Callable[[], object]) -> None:
    """Call *view* as one."""

    @app.get("/view")
    def call() -> str:
        view()
        return ""

    assert 200 == app.test_client().get("/view").status_code


def run(thread: threading.Thread) -> None:
    thread.start()
    thread.join(PATIENCE_SECONDS)


def touch_g(app: Flask) -> None:
    with app.app_context():
        g.touched = True


def fail() -> None:
    with pytest.raises(RuntimeError):
        _ = g.name


def lane_name(recording: Recording, lane: int | None) -> str:
    assert lane is not None
    return recording.lanes[lane - 1].name


class TestThreads:
    def test_tells_who_started_it_where_and_in_which_context(self, app: Flask, recording: Recording) -> None:
        in_a_view(app, lambda: run(threading.Thread(target=touch_g, args=(app,), name="mailer")))

        (started,) = of(recording, ThreadStarted)
        request = next(event for event in of(recording, ContextPushed) if "path" in event.about)
        (written,) = of(recording, GSet)
        assert ("mailer", request.context, request.lane) == (started.thread, started.context, started.lane)
        assert written.lane == started.child
        assert "mailer" == lane_name(recording, started.child)
        assert "thread.start()" == line_of(recording, started)

    def test_comes_before_anything_the_thread_does(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            run(threading.Thread(target=touch_g, args=(app,)))

        told = kinds(recording)
        assert ["context.pushed", "thread.started", "context.pushed", "g.set"] == told[:4]

    def test_names_its_thread_though_only_failures_happen_there(
        self, app: Flask, recording: Recording
    ) -> None:
        with app.app_context():
            run(threading.Thread(target=fail, name="poor"))

        (failed,) = of(recording, AccessFailed)
        assert "poor" == lane_name(recording, failed.lane)

    def test_belongs_to_the_newest_context(self, app: Flask, recording: Recording) -> None:
        def view() -> None:
            with app.app_context():
                run(threading.Thread(target=lambda: None))

        in_a_view(app, view)

        (started,) = of(recording, ThreadStarted)
        by_hand = next(event for event in of(recording, ContextPushed) if event.about["how"] == "by hand")
        assert by_hand.context == started.context

    def test_is_not_told_outside_of_contexts(self, app: Flask, recording: Recording) -> None:
        run(threading.Thread(target=touch_g, args=(app,)))

        assert [] == of(recording, ThreadStarted)

    def test_is_not_told_of_a_thread_that_could_not_start(self, app: Flask, recording: Recording) -> None:
        thread = threading.Thread(target=lambda: None)
        with app.app_context():
            run(thread)
            with pytest.raises(RuntimeError, match="only be started once"):
                thread.start()

        assert 1 == len(of(recording, ThreadStarted))

    def test_is_told_to_the_recording_of_the_app_whose_context_it_is(
        self, app: Flask, recording: Recording
    ) -> None:
        other = Flask("other")
        with attach(other) as recording_of_other:
            with app.app_context(), other.app_context():
                run(threading.Thread(target=lambda: None))

            assert 1 == len(of(recording_of_other, ThreadStarted))
        assert [] == of(recording, ThreadStarted)

    def test_knows_its_lane_when_it_was_asked_for_while_it_started(
        self, app: Flask, recording: Recording
    ) -> None:
        """Somebody reads the events at the moment at which a thread runs and `start` has not returned."""

        class Watched(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                told.extend(kinds(recording))
                return super().wait(timeout)

        told: list[str] = []
        thread = threading.Thread(target=touch_g, args=(app,), name="early")
        thread._started = Watched()  # type: ignore[attr-defined]
        with app.app_context():
            run(thread)

        (started,) = of(recording, ThreadStarted)
        (written,) = of(recording, GSet)
        assert "thread.started" in told
        assert started.child == written.lane

    def test_knows_its_lane_when_it_was_over_before_start_returned(
        self, app: Flask, recording: Recording
    ) -> None:
        """As on a busy machine: somebody reads the events then, too."""

        class Slow(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                assert over.wait(10)
                told.extend(kinds(recording))
                return super().wait(timeout)

        def touch() -> None:
            touch_g(app)
            over.set()

        over = threading.Event()
        told: list[str] = []
        thread = threading.Thread(target=touch, name="early")
        thread._started = Slow()  # type: ignore[attr-defined]
        with app.app_context():
            run(thread)

        (started,) = of(recording, ThreadStarted)
        (written,) = of(recording, GSet)
        assert {"thread.started", "g.set"} <= set(told)
        assert started.child == written.lane


class TestJobs:
    def test_tells_who_gave_it_and_which_thread_of_the_pool_runs_it(
        self, app: Flask, recording: Recording
    ) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
            pool.submit(lambda: None).result(PATIENCE_SECONDS)  # its thread is older than the job
            in_a_view(app, lambda: pool.submit(touch_g, app).result(PATIENCE_SECONDS))

        (started,) = of(recording, ThreadStarted)
        (written,) = of(recording, GSet)
        assert "pool_0" == started.thread == lane_name(recording, started.child)
        assert written.lane == started.child
        assert started.number < written.number
        assert ".submit(touch_g, app)" in line_of(recording, started)

    def test_tells_a_job_once_though_its_pool_starts_a_thread_for_it(
        self, app: Flask, recording: Recording
    ) -> None:
        with app.app_context(), ThreadPoolExecutor(2) as pool:
            list(pool.map(touch_g, [app, app]))

        assert 2 == len(of(recording, ThreadStarted))

    def test_tells_a_job_that_begins_when_its_context_is_gone(self, app: Flask, recording: Recording) -> None:
        go = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(go.wait, PATIENCE_SECONDS)
            with app.app_context():
                job = pool.submit(touch_g, app)
            go.set()
            job.result(PATIENCE_SECONDS)

        (started,) = of(recording, ThreadStarted)
        popped = of(recording, ContextPopped)[0]
        assert (popped.context, popped.lane) == (started.context, started.lane)
        assert popped.number < started.number

    def test_says_nothing_of_one_that_is_cancelled(self, app: Flask, recording: Recording) -> None:
        go = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(go.wait, PATIENCE_SECONDS)
            with app.app_context():
                assert pool.submit(touch_g, app).cancel()
            go.set()

        assert [] == of(recording, ThreadStarted)

    def test_says_nothing_of_one_given_outside(self, app: Flask, recording: Recording) -> None:
        with ThreadPoolExecutor(1) as pool:
            with app.app_context():
                pool.submit(current_app.app_context).result(PATIENCE_SECONDS)
            pool.submit(touch_g, app).result(PATIENCE_SECONDS)

        assert 1 == len(of(recording, ThreadStarted))

    def test_shows_the_copied_context_where_the_job_runs(self, app: Flask, recording: Recording) -> None:
        with ThreadPoolExecutor(1) as pool:
            in_a_view(
                app,
                lambda: pool.submit(copy_current_request_context(lambda: None)).result(PATIENCE_SECONDS),
            )

        (started,) = of(recording, ThreadStarted)
        copies = [event.lane for event in of(recording, ContextPushed) if event.about["how"] == "copy"]
        assert {started.child} == set(copies)


class TestOtherPythons:
    def test_a_job_is_handed_whatever_its_worker_gives_it(self, app: Flask, recording: Recording) -> None:
        """From Python 3.14 on a worker hands its state to each job that it runs."""
        given: list[object] = []

        def run(self: object, *args: object) -> None:
            given.extend(args)

        def job() -> None: ...

        hooked = _run_job(run)
        hooked(object(), "of nobody")
        with app.app_context():
            inside = _WORK_ITEM(Future(), job, (), {})
        hooked(inside, "of a context")

        assert ["of nobody", "of a context"] == given
        assert 1 == len(of(recording, ThreadStarted))


def test_one_that_is_left_pushed_gives_its_number_to_no_other_at_its_address(
    app: Flask, recording: Recording
) -> None:
    """A thread that ends with a context pushed lets go of it, and the next one may be made where it was."""
    left: list[Any] = []

    def leak() -> None:
        context = app.app_context()
        context.push()
        left.append(context.g)

    thread = threading.Thread(target=leak, name="leaking")
    thread.start()
    thread.join()
    # Whether an address is used again is up to chance; one with the very same g has it for sure.
    another = app.app_context()
    another.g = left[0]

    with another:
        pass

    assert [1, 2] == [event.context for event in of(recording, ContextPushed)]
    assert [2] == [event.context for event in of(recording, ContextPopped)]
    assert [] == recording.open_contexts()


def test_nor_where_flask_streams_with_the_other(app: Flask, recording: Recording) -> None:
    channel = recording._recorder.channel
    gone, another = app.app_context(), app.app_context()
    number = channel.number_by_hand(gone, again=False)
    # As if the other one had been made where this one was.
    channel.by_hand[id(another)] = channel.by_hand.pop(id(gone))
    channel.numbers[id(another)] = number
    del gone

    assert number != channel.number_by_hand(another, again=True)
    assert channel.number_by_hand(another, again=True) == channel.number_by_hand(another, again=False)
