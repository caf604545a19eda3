"""The article's three routes, and its helper inside and outside of a request."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from flask import Flask

from flaskscope.demo.app import (
    ANSWER_KEYS,
    NO_CONTEXT_KEYS,
    PAUSE_SECONDS,
    create_app,
    function_potentially_outside_context,
)


class TestIndex:
    def test_it_answers_exactly_the_documented_keys(self, app: Flask) -> None:
        before = time.time()

        answer = app.test_client().get("/").get_json()

        assert set(answer) == ANSWER_KEYS
        assert answer["app_name"] == "flaskscope.demo.app"
        assert (answer["request_method"], answer["request_path"]) == ("GET", "/")
        assert before <= answer["timestamp_from_g"] <= time.time()

    def test_the_session_counts_the_visits_of_one_browser(self, app: Flask) -> None:
        browser, another = app.test_client(), app.test_client()

        counts = [
            client.get("/").get_json()["session_visit_count"]
            for client in (browser, browser, another, browser)
        ]

        assert counts == [1, 2, 1, 3]

    def test_it_takes_long_enough_for_two_to_overlap(self, app: Flask) -> None:
        began = time.monotonic()

        app.test_client().get("/")

        assert time.monotonic() - began >= PAUSE_SECONDS

    def test_two_at_once_have_a_g_of_their_own(self, app: Flask) -> None:
        """With one g for both, the later time would come back twice."""
        both_ready = threading.Barrier(2, timeout=10)
        times: list[float] = []

        def visit() -> None:
            client = app.test_client()
            both_ready.wait()
            times.append(client.get("/").get_json()["timestamp_from_g"])

        threads = [threading.Thread(target=visit) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

        assert len(set(times)) == 2


class TestCallFunctionDirectly:
    def test_the_helper_finds_the_request_and_an_empty_g(self, app: Flask) -> None:
        client = app.test_client()
        client.get("/")

        answer = client.get("/call-function-directly").get_json()

        assert set(answer) == ANSWER_KEYS
        assert answer["request_path"] == "/call-function-directly"
        assert answer["session_visit_count"] == 1
        assert answer["timestamp_from_g"] is None


class TestCallFunctionNoContext:
    def test_the_helper_fails_in_a_plain_thread_with_flasks_own_error(self, app: Flask) -> None:
        answer = app.test_client().get("/call-function-no-context").get_json()

        assert set(answer) == NO_CONTEXT_KEYS
        assert answer["error_type"] == "RuntimeError"
        assert answer["error"] == "Working outside of application context."


def test_the_helper_fails_where_nothing_is_pushed() -> None:
    with pytest.raises(RuntimeError, match=r"^Working outside of application context\."):
        function_potentially_outside_context()


def test_the_helper_fails_in_an_app_context_for_want_of_a_request(app: Flask) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match=r"^Working outside of request context\."):
        function_potentially_outside_context()


class TestCreateApp:
    def test_a_session_outlives_the_process_that_opened_it(self) -> None:
        """The article makes a new key at every start, which throws all sessions away."""
        first = create_app().test_client()
        first.get("/")
        cookie = first.get_cookie("session")
        assert cookie is not None
        second = create_app().test_client()
        second.set_cookie("session", cookie.value)

        answer = second.get("/").get_json()

        assert answer["session_visit_count"] == 2

    def test_a_folder_that_is_given_is_used(self, tmp_path: Path) -> None:
        app = create_app(tmp_path / "elsewhere")

        assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["secret-key"]
        assert app.instance_path == str(tmp_path / "elsewhere")

    def test_a_folder_that_cannot_be_made_is_one_line_in_the_log(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "file").touch()

        app = create_app(tmp_path / "file" / "instance")

        assert app.test_client().get("/").get_json()["session_visit_count"] == 1
        (record,) = caplog.records
        assert "Make the folder writable" in record.getMessage()
        assert "\n" not in record.getMessage()

    def test_teardown_functions_are_there_to_be_seen(
        self, app: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG", logger="flaskscope.demo.teardown")

        app.test_client().get("/hello/ada")

        assert [record.funcName for record in caplog.records] == [
            "log_end_of_request",
            "log_end_of_app_context",
        ]
