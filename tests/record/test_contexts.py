"""Every way a context comes and goes."""

from __future__ import annotations

import linecache
import threading
from typing import NamedTuple

import pytest
from flask import (
    Flask,
    Response,
    appcontext_pushed,
    copy_current_request_context,
    current_app,
    g,
    request,
    stream_with_context,
)
from flask.globals import app_ctx

from flaskscope.events import ContextAbandoned, ContextPopped, ContextPushed, GSet, Sees, TeardownRan
from flaskscope.record.recorder import Recording, attach
from tests.record.story import (
    MERGED,
    OF_A_REQUEST,
    REQUEST,
    REQUEST_TYPE,
    kinds,
    line_of,
    of,
    pushes,
    pushes_of_a_request,
)


class TestARequest:
    def test_shows_its_events_in_the_order_they_happened(self, app: Flask, recording: Recording) -> None:
        app.test_client().get("/")

        assert [
            *["context.pushed"] * OF_A_REQUEST,
            "session.opened",
            "request.matched",
            "request.started",
            "g.set",
            "session.read",
            "session.changed",
            "session.read",
            "session.saved",
            "request.finished",
            *["context.popped"] * OF_A_REQUEST,
        ] == kinds(recording)

    def test_numbers_events_without_gaps_and_times_them_in_order(
        self, app: Flask, recording: Recording
    ) -> None:
        client = app.test_client()
        client.get("/")
        client.get("/boom")

        events = recording.events()

        assert list(range(1, len(events) + 1)) == [event.number for event in events]
        times = [event.at_ns for event in events]
        assert sorted(times) == times

    def test_pushes_the_app_context_first_and_pops_it_last(self, app: Flask, recording: Recording) -> None:
        app.test_client().get("/")

        assert pushes_of_a_request("test client") == pushes(recording)
        assert [2, 1][-OF_A_REQUEST:] == [popped.context for popped in of(recording, ContextPopped)]

    def test_says_what_code_reaches_after_each_step(self, app: Flask, recording: Recording) -> None:
        app.test_client().get("/")

        assert [Sees(1, None), Sees(1, REQUEST)][-OF_A_REQUEST:] == [
            pushed.about["sees"] for pushed in of(recording, ContextPushed)
        ]
        assert [Sees(1, None), Sees(None, None)][-OF_A_REQUEST:] == [
            popped.sees for popped in of(recording, ContextPopped)
        ]

    def test_that_fails_is_popped_with_the_exception(self, app: Flask, recording: Recording) -> None:
        app.test_client().get("/boom")

        for popped in of(recording, ContextPopped):
            assert popped.unhandled is not None
            assert ("ZeroDivisionError", "it went wrong") == popped.unhandled[:2]
            assert popped.failure is None

    def test_never_shares_a_number_with_an_earlier_one(self, app: Flask, recording: Recording) -> None:
        client = app.test_client()
        for _ in range(50):
            client.get("/")

        numbers = [pushed.context for pushed in of(recording, ContextPushed)]
        assert 50 * OF_A_REQUEST == len(set(numbers)) == len(numbers)

    def test_carries_the_mark_of_the_dashboard_that_fired_it(self, app: Flask, recording: Recording) -> None:
        app.test_client().get("/", headers={"X-FlaskScope-Fire": "f-17"})

        assert "f-17" == of(recording, ContextPushed)[-1].about["fired"]


class TestByHand:
    def test_app_context_has_the_line_of_its_with_block(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            g.answer = 42

        (pushed,) = of(recording, ContextPushed)
        assert "by hand" == pushed.about["how"]
        assert "with app.app_context():" == line_of(recording, pushed)

    def test_bare_push_and_pop_have_their_lines(self, app: Flask, recording: Recording) -> None:
        context = app.app_context()
        context.push()
        context.pop()

        assert "context.push()" == line_of(recording, of(recording, ContextPushed)[0])
        assert "context.pop()" == line_of(recording, of(recording, ContextPopped)[0])

    def test_test_request_context_pushes_both(self, app: Flask, recording: Recording) -> None:
        with app.test_request_context("/somewhere"):
            pass

        assert pushes_of_a_request("by hand") == pushes(recording)
        assert "/somewhere" == of(recording, ContextPushed)[-1].about["path"]
        assert "request.started" not in kinds(recording)

    def test_nested_context_hides_the_outer_g_and_gives_it_back(
        self, app: Flask, recording: Recording
    ) -> None:
        app.test_client().get("/nested")

        inner = of(recording, ContextPushed)[-1]
        # From Flask 3.2 on it hides the request as well.
        assert Sees(g=inner.context, request=None if MERGED else REQUEST) == inner.about["sees"]
        assert Sees(g=1, request=REQUEST) == of(recording, ContextPopped)[0].sees

    def test_a_request_inside_an_app_context_reuses_it_up_to_flask_3_1(
        self, app: Flask, recording: Recording
    ) -> None:
        with app.app_context():
            g.left_over = True
            app.test_client().get("/")

        (app_pushed, request_pushed) = of(recording, ContextPushed)
        assert (None if MERGED else app_pushed.context) == request_pushed.about.get("reused")

    def test_the_same_context_pushed_twice_keeps_its_number(self, app: Flask, recording: Recording) -> None:
        context = app.app_context()
        with context, context:
            pass

        assert [1, 1] == [pushed.context for pushed in of(recording, ContextPushed)]
        assert [1, 2] == [pushed.about["pushes"] for pushed in of(recording, ContextPushed)]
        assert [1, 0] == [popped.pushes for popped in of(recording, ContextPopped)]

    def test_a_pop_tells_who_popped(self, app: Flask, recording: Recording) -> None:
        @app.get("/lines")
        def lines() -> Response:
            return Response(stream_with_context(request.path for _ in range(2)))

        with app.test_client() as client:
            client.get("/lines").get_data()
        with app.app_context():
            pass

        found = [(popped.how, popped.pushes) for popped in of(recording, ContextPopped)]
        assert (None, 0) in found or (None, 1) in found  # its request
        assert {("stream", 1), ("test client", 0)} <= set(found)
        assert ("by hand", 0) == found[-1]

    def test_a_context_pushed_again_after_its_pop_keeps_its_number_and_its_g(
        self, app: Flask, recording: Recording
    ) -> None:
        context = app.app_context()
        with context:
            g.kept = 1
        with context:
            pass

        first, second = of(recording, ContextPushed)
        assert first.context == second.context
        assert "g" not in first.about
        assert [("kept", "1")] == [(name, value.text) for name, value in second.about["g"]]

    def test_an_exception_in_the_block_is_told_by_the_pop(self, app: Flask, recording: Recording) -> None:
        with pytest.raises(KeyError), app.app_context():
            raise KeyError("gone")

        (popped,) = of(recording, ContextPopped)
        assert popped.unhandled is not None
        assert ("KeyError", "gone") == popped.unhandled[:2]
        line = recording.sites[(popped.unhandled.site or 0) - 1].line
        assert 'raise KeyError("gone")' == linecache.getline(__file__, line).strip()

    def test_popping_in_the_wrong_order_tells_what_popping_raised(
        self, app: Flask, recording: Recording
    ) -> None:
        outer, inner = app.app_context(), app.app_context()
        outer.push()
        inner.push()
        error = RuntimeError if MERGED else AssertionError
        with pytest.raises(error):
            outer.pop()
        if MERGED:
            inner.pop()
            outer.pop()
        else:  # what failed had already taken the newest one
            with pytest.raises(LookupError):
                inner.pop()

        failure = of(recording, ContextPopped)[0].failure
        assert failure is not None
        assert error.__name__ == failure.type


class TestOtherWays:
    def test_a_cli_command(self, app: Flask, recording: Recording) -> None:
        @app.cli.command("greet")
        def greet() -> None:
            g.greeted = current_app.name

        result = app.test_cli_runner().invoke(args=["greet"])

        assert result.exception is None
        assert (1, "app", "cli") in pushes(recording)

    def test_a_copied_request_context_tells_whose_request_it_shares(
        self, app: Flask, recording: Recording
    ) -> None:
        @app.get("/copying")
        def copying() -> str:
            thread = threading.Thread(target=copy_current_request_context(lambda: None), name="copier")
            thread.start()
            thread.join()
            return ""

        app.test_client().get("/copying")

        copied = [pushed for pushed in of(recording, ContextPushed) if pushed.about["how"] == "copy"]
        assert [REQUEST] == [pushed.about["copied"] for pushed in copied]
        assert {"copier"} == {recording.lanes[pushed.lane - 1].name for pushed in copied}

    def test_a_streamed_response_shows_its_context_again(self, app: Flask, recording: Recording) -> None:
        @app.get("/stream")
        def stream() -> Response:
            return Response(stream_with_context(iter(["a", "b"])))

        with app.test_client().get("/stream") as response:
            assert b"ab" == response.data

        request_pushes = [
            pushed for pushed in of(recording, ContextPushed) if pushed.about["type"] == REQUEST_TYPE
        ]
        assert {REQUEST} == {pushed.context for pushed in request_pushes}
        assert len(request_pushes) > 1

    @pytest.mark.parametrize("is_told_in_parts", [False, True])
    def test_a_streamed_response_shows_the_app_context_that_has_its_g(
        self, app: Flask, recording: Recording, is_told_in_parts: bool
    ) -> None:
        @app.get("/stream")
        def stream() -> Response:
            g.rows = "rows"
            # As if a request context that is gone had been where this app context is.
            numbers = recording._recorder.channel.numbers
            numbers.setdefault(id(app_ctx._get_current_object()), 4711)  # type: ignore[attr-defined]
            return Response(stream_with_context(g.rows for _ in range(2)))

        def write_early(sender: Flask) -> None:
            g.early = True

        if is_told_in_parts:
            appcontext_pushed.connect(write_early, app)
        assert b"rowsrows" == app.test_client().get("/stream").data

        (owner,) = [event.context for event in of(recording, GSet) if event.name == "rows"]
        with_g = [event.context for event in of(recording, ContextPushed) if "g" in event.about]
        assert {owner} >= set(with_g)
        popped = {event.context for event in of(recording, ContextPopped)}
        assert {owner, REQUEST} == popped

    def test_threads_have_lanes_of_their_own(self, app: Flask, recording: Recording) -> None:
        ready = threading.Barrier(2, timeout=5)

        def work() -> None:
            with app.app_context():
                ready.wait()

        threads = [threading.Thread(target=work, name=f"worker {n}") for n in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        lanes = {pushed.lane for pushed in of(recording, ContextPushed)}
        assert {"worker 1", "worker 2"} == {recording.lanes[lane - 1].name for lane in lanes}


class TestAbandoned:
    def test_a_context_left_pushed_by_a_thread_that_ended_is_told(
        self, app: Flask, recording: Recording
    ) -> None:
        thread = threading.Thread(target=lambda: app.app_context().push(), name="leaker")
        thread.start()
        thread.join()

        (abandoned,) = of(recording, ContextAbandoned)
        (pushed,) = of(recording, ContextPushed)
        assert (pushed.context, pushed.site) == (abandoned.context, abandoned.site)
        assert [] == recording.open_contexts()

    def test_a_context_that_is_pushed_right_now_is_not_abandoned(
        self, app: Flask, recording: Recording
    ) -> None:
        with app.app_context():
            assert [] == of(recording, ContextAbandoned)
            assert [1] == [about["id"] for about in recording.open_contexts()]


class TestTeardown:
    def test_each_function_is_told_with_its_level_and_its_context(
        self, app: Flask, recording: Recording
    ) -> None:
        @app.teardown_request
        def close_request(error: BaseException | None) -> None:
            g.pop("user", None)

        @app.teardown_appcontext
        def close_app(error: BaseException | None) -> None: ...

        app.test_client().get("/")

        class Told(NamedTuple):
            function: str
            level: str
            context: int | None

        told = [
            Told(teardown.name.rpartition(".")[2], teardown.level, teardown.context)
            for teardown in of(recording, TeardownRan)
        ]
        assert [Told("close_request", "request", REQUEST), Told("close_app", "app", 1)] == told

    def test_one_that_raises_is_told_with_what_it_raised(self, app: Flask, recording: Recording) -> None:
        @app.teardown_appcontext
        def close(error: BaseException | None) -> None:
            raise OSError("disk gone")

        # From Flask 3.2 on all functions run, and a group of errors is raised.
        with pytest.raises(Exception, match="Errors during" if MERGED else "disk gone"), app.app_context():
            pass

        (teardown,) = of(recording, TeardownRan)
        (popped,) = of(recording, ContextPopped)
        assert ("OSError", "disk gone") == teardown.failure
        assert popped.failure is not None
        assert MERGED or popped.failure == teardown.failure

    def test_one_of_a_request_that_raises_is_told_and_the_app_context_leaves_well(
        self, app: Flask, recording: Recording
    ) -> None:
        @app.teardown_request
        def close(error: BaseException | None) -> None:
            raise ValueError("closed already")

        @app.teardown_appcontext
        def log(error: BaseException | None) -> None:
            pass

        with pytest.raises(Exception, match="Errors during" if MERGED else "closed already"):
            app.test_client().get("/")

        of_request, of_app = of(recording, TeardownRan)
        assert ("ValueError", "closed already") == of_request.failure
        assert of_app.failure is None
        assert [True, False][:OF_A_REQUEST] == [
            event.failure is not None for event in of(recording, ContextPopped)
        ]


class TestTwoApps:
    def test_do_not_see_each_other(self, app: Flask, recording: Recording) -> None:
        other = Flask("other")
        with attach(other) as recording_of_other, app.app_context(), other.app_context():
            g.mine = 1

            assert ["context.pushed", "g.set"] == kinds(recording_of_other)
            assert ["context.pushed"] == kinds(recording)
