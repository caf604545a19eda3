"""The doctor's own promises: once each, in any batches, within bounds, and only the rules that are on."""

from __future__ import annotations

import contextvars
import itertools
import linecache
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.signals import before_task_publish
from flask import Flask, copy_current_request_context, current_app, g, session, url_for
from werkzeug.test import create_environ, run_wsgi_app

from flaskscope.doctor import Doctor
from flaskscope.doctor.case import MAX_POPPED, MAX_PUSHED, Case
from flaskscope.errors import UnknownRuleError
from flaskscope.events import (
    AccessFailed,
    ContextPopped,
    ContextPushed,
    Event,
    Lane,
    Sees,
    Site,
    ThreadStarted,
)
from flaskscope.record.recorder import attach
from tests.doctor.apps.pair import in_thread, raising

SITES = [Site(1, "/shop/views.py", 12, "index"), Site(2, "/shop/work.py", 7, "work")]
LANES = [Lane(1, "MainThread", 1), Lane(2, "Thread-5", 1), Lane(3, "Thread-9", 1)]


def a_failed_access(number: int = 1, **fields: Any) -> AccessFailed:
    message = "Working outside of application context."
    event = AccessFailed(number, 5_000, "access.failed", 2, None, 2, "current_app", message, False, "app")
    return event._replace(**fields)


def a_push(number: int, context: int, *, lane: int = 1, how: str = "by hand") -> ContextPushed:
    about = {
        "id": context, "type": "app", "how": how, "app": "shop", "thread": "MainThread", "pushes": 1,
        "sees": Sees(context, None),
    }  # fmt: skip
    return ContextPushed(number, number, "context.pushed", lane, context, 1, about)


def a_pop(number: int, context: int) -> ContextPopped:
    return ContextPopped(number, number, "context.popped", 1, context, 1, 1, None, None, 0, Sees(None, None))


def rules_told(events: list[Event], **options: Any) -> list[str]:
    doctor = Doctor(**options)
    return [finding.rule for finding in doctor.examine(events, SITES, LANES) + doctor.conclude()]


class TestTelling:
    def test_a_change_inside_the_session_is_told_once_for_its_line_whatever_the_path(self) -> None:
        app = Flask("shop")
        app.secret_key = "for tests"

        @app.get("/add/<thing>")
        def add(thing: str) -> str:
            session["cart"].append(thing)
            return str(len(session["cart"]))

        @app.get("/")
        def begin() -> str:
            session["cart"] = []
            return ""

        with attach(app) as recording:
            client = app.test_client()
            client.get("/")
            for thing in ("tea", "milk"):
                client.get(f"/add/{thing}")
            findings = Doctor().examine(recording.events(), recording.sites, recording.lanes)
            (site,) = {recording.sites[finding.sites[0] - 1].line for finding in findings}

        assert ["session-change-inside-lost"] == [finding.rule for finding in findings]
        assert add.__code__.co_firstlineno + 2 == site

    def test_a_setting_that_is_missing_is_told_once_however_many_contexts_the_error_leaves(self) -> None:
        app = Flask("shop")
        app.get("/")(lambda: "")

        with attach(app) as recording:
            with (
                pytest.raises(RuntimeError, match="SERVER_NAME"),
                app.app_context(),
                app.app_context(),
            ):
                url_for("hello")
            findings = Doctor().examine(recording.events(), recording.sites, recording.lanes)

            (lines,) = [[recording.sites[site - 1] for site in finding.sites] for finding in findings]

        assert ["url-outside-request"] == [finding.rule for finding in findings]
        assert ['url_for("hello")'] == [linecache.getline(site.path, site.line).strip() for site in lines]

    @pytest.mark.parametrize(
        ("ask", "expected"), [("get", ("warning", True)), ("attribute", ("error", False))]
    )
    def test_what_broke_nothing_is_a_warning_that_may_be_wrong(
        self, ask: str, expected: tuple[str, bool]
    ) -> None:
        app = Flask("shop")

        @app.get("/")
        def index() -> str:
            g.user = "ada"
            in_thread(copy_current_request_context(lambda: g.get("user") if ask == "get" else g.user))
            return ""

        with attach(app) as recording:
            app.test_client().get("/")
            (finding,) = Doctor().examine(recording.events(), recording.sites, recording.lanes)

        assert ("g-empty-in-copied-context", *expected) == (finding.rule, finding.severity, finding.heuristic)

    def test_what_still_runs_when_its_process_ends_has_left_nothing_pushed(self) -> None:
        app = Flask("shop")
        begun, over = threading.Semaphore(0), threading.Event()

        @app.get("/")
        def index() -> str:
            context = app.app_context()
            context.push()
            begun.release()
            over.wait(10)
            context.pop()
            return ""

        def poll() -> None:
            with app.app_context():
                begun.release()
                over.wait(10)

        def answer() -> None:
            run_wsgi_app(app, create_environ())

        with attach(app) as recording:
            threads = [threading.Thread(target=work) for work in (answer, poll)]
            for thread in threads:
                thread.start()
                assert begun.acquire(timeout=10)
            left = app.app_context()
            left.push()
            doctor = Doctor(lines=linecache.getlines)
            doctor.examine(recording.events(), recording.sites, recording.lanes)
            findings, sites = doctor.conclude(), recording.sites
            over.set()
            left.pop()
            for thread in threads:
                thread.join()

        assert ["context-left-pushed"] == [finding.rule for finding in findings]
        (site,) = findings[0].sites
        assert (
            "test_what_still_runs_when_its_process_ends_has_left_nothing_pushed"
            == sites[site - 1].function.rpartition(".")[2]
        )

    def test_a_line_of_code_is_told_once_however_often_it_fails(self) -> None:
        doctor = Doctor()

        first = doctor.examine([a_failed_access()], SITES, LANES)
        again = doctor.examine([a_failed_access(2), a_failed_access(3)], SITES, LANES)

        assert ["outside-app-context"] == [finding.rule for finding in first]
        assert [] == again

    def test_another_line_is_told_as_well(self) -> None:
        events: list[Event] = [a_failed_access(), a_failed_access(2, site=1)]

        assert ["outside-app-context"] * 2 == rules_told(events)

    def test_findings_are_numbered_from_1(self) -> None:
        doctor = Doctor()
        events: list[Event] = [a_failed_access(), a_failed_access(2, site=1)]

        assert [1, 2] == [finding.number for finding in doctor.examine(events, SITES, LANES)]

    def test_it_does_not_matter_how_the_events_come(self) -> None:
        """Live they come in batches of any size; out of a file all at once."""
        app = Flask("watched")
        with attach(app) as recording:
            with app.app_context():
                g.user = "ada"
            with raising(AttributeError), app.app_context():
                _ = g.user
            events = recording.events()
        at_once = Doctor().examine(events, recording.sites, recording.lanes)
        doctor = Doctor()

        one_by_one = list(
            itertools.chain.from_iterable(
                doctor.examine([event], recording.sites, recording.lanes) for event in events
            )
        )

        assert ["g-forgotten"] == [finding.rule for finding in at_once]
        assert at_once == one_by_one

    def test_what_is_pushed_in_other_threads_is_said(self) -> None:
        (finding,) = Doctor().examine([a_push(1, 7), a_failed_access(2)], SITES, LANES)

        assert "in MainThread" in finding.sentence
        assert "#7 (app context pushed at shop/views.py:12 in index())" in finding.sentence


class TestJobs:
    @pytest.fixture
    def told(self) -> Iterator[tuple[Any, Any]]:
        """A task of a real Celery, and what is told when it is sent or run: the rules, and the kinds of job."""
        tasks = Celery("tasks", broker="memory://", set_as_current=False)

        @before_task_publish.connect  # type: ignore[untyped-decorator]
        def stamp(headers: dict[str, Any], **_: Any) -> None:
            """As an app has it that sends the language of its visitor along."""
            with raising(RuntimeError):
                headers["app"] = current_app.name

        @tasks.task(name="count_stock")  # type: ignore[untyped-decorator]
        def count_stock() -> None:
            with raising(RuntimeError):
                _ = current_app.name

        app = Flask("shop")
        with attach(app) as recording:

            def told() -> tuple[list[str], list[str | None]]:
                events = recording.events()
                findings = Doctor().examine(events, recording.sites, recording.lanes)
                runners = [event.runner for event in events if isinstance(event, AccessFailed)]
                return [finding.rule for finding in findings], runners

            yield count_stock, told
        before_task_publish.disconnect(stamp)
        tasks.close()

    def test_sending_a_task_is_not_running_it(self, told: tuple[Any, Any]) -> None:
        task, what = told

        task.delay()

        assert (["outside-app-context"], [None]) == what()

    def test_nor_is_it_within_a_request(self, told: tuple[Any, Any]) -> None:
        """The view sends it from a context of its own, in which nothing is pushed."""
        task, what = told
        app = Flask("seller")
        app.get("/")(lambda: contextvars.Context().run(task.delay).id)

        assert 200 == app.test_client().get("/").status_code

        assert (["outside-app-context"], [None]) == what()

    def test_running_it_is(self, told: tuple[Any, Any]) -> None:
        task, what = told

        task.apply()

        assert (["job-without-context"], ["Celery task"]) == what()


class TestLooking:
    @pytest.mark.parametrize(
        "path",
        [
            "/lib/site-packages/_pytest/compat.py",
            "/shop/.venv/lib/python3.13t/site-packages/hypothesis/core.py",
            "/usr/lib/python3/dist-packages/jedi/api.py",
            "/usr/lib64/python3.12/unittest/mock.py",
            "/lib/python3.12/inspect.py",
            "C:\\Lib\\doctest.py",
        ],
    )
    def test_a_test_runner_that_looks_at_every_name_of_a_module_uses_none(self, path: str) -> None:
        """`from flask import g` in a test module is no fault, though pytest asks the proxy for its attributes."""
        sites = [Site(1, path, 249, "safe_getattr")]

        assert [] == Doctor().examine([a_failed_access(site=1)], sites, LANES)

    @pytest.mark.parametrize(
        "path",
        [
            "/shop/inspections.py",
            "/shop/inspect/views.py",
            "/shop/inspect.py",
            "/shop/tests/unittest/test_views.py",
            "/home/hypothesis/shop/views.py",
            "/shop/lib/nose/smell.py",
            "/lib/site-packages/shop/unittest/views.py",
        ],
    )
    def test_a_module_of_the_app_may_have_such_a_name(self, path: str) -> None:
        (finding,) = Doctor().examine([a_failed_access(site=1)], [Site(1, path, 7, "look")], LANES)

        assert "outside-app-context" == finding.rule


class TestThreads:
    def test_a_thread_started_in_a_context_is_told_with_both_places(self) -> None:
        started = ThreadStarted(2, 2, "thread.started", 1, 7, 1, "Thread-5 (work)", 2)

        (finding,) = Doctor().examine([a_push(1, 7), started, a_failed_access(3)], SITES, LANES)

        assert "thread-without-context" == finding.rule
        assert (2, 3) == finding.events
        assert (1, 2) == finding.sites

    def test_another_thread_is_not_its_child(self) -> None:
        started = ThreadStarted(2, 2, "thread.started", 1, 7, 1, "Thread-9 (work)", 3)
        events: list[Event] = [a_push(1, 7), started, a_failed_access(3)]

        assert ["outside-app-context"] == rules_told(events, allow=["context-left-pushed"])


class TestSwitching:
    def test_a_rule_that_is_allowed_says_nothing(self) -> None:
        assert [] == rules_told([a_failed_access()], allow=["outside-app-context"])

    def test_a_rule_that_does_not_exist_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(UnknownRuleError, match="did you mean g-forgotten"):
            Doctor(allow=["g-forgoten"])


def take_in(case: Case, event: Event) -> None:
    case.takers[event.kind](event)


class TestMemory:
    def test_an_app_that_never_pops_does_not_fill_it(self) -> None:
        case = Case(lambda path: (), slow_teardown_seconds=1, stale_request_seconds=1)

        for number in range(1, MAX_PUSHED + 500):
            take_in(case, a_push(number, number))

        assert MAX_PUSHED == len(case.pushed()) == len(case.stacks[1])

    def test_an_app_that_runs_for_ever_does_not_fill_it(self) -> None:
        case = Case(lambda path: (), slow_teardown_seconds=1, stale_request_seconds=1)

        for number in range(1, 2 * MAX_POPPED):
            take_in(case, a_push(number, number))
            take_in(case, a_pop(number, number))

        known = [number for number in range(1, 2 * MAX_POPPED) if case.context(number) is not None]
        assert MAX_POPPED == len(known)
        assert {} == case.stacks

    def test_findings_end_somewhere(self) -> None:
        def failures() -> Iterator[AccessFailed]:
            for number in range(1, 3_000):
                yield a_failed_access(number, site=None, proxy=f"proxy {number}")

        assert 1_000 == len(Doctor().examine(list(failures()), SITES, LANES))


class TestPushedTwice:
    @pytest.mark.parametrize(("how", "told"), [("by hand", ["popped-wrong"]), ("stream", [])])
    def test_a_stream_of_an_async_view_is_no_second_thread(self, how: str, told: list[str]) -> None:
        """From Flask 3.2 on its context is pushed again in the task of the view, and popped outside of it."""
        first, again = a_push(1, 1, how="request"), a_push(2, 1, lane=2, how=how)
        again.about["pushes"] = 2
        pops = [a_pop(3, 1)._replace(pushes=1), a_pop(4, 1)]

        assert told == rules_told([first, again, *pops])
