"""Every button of the page, fired for real."""

from __future__ import annotations

import gc
import threading
import warnings
from typing import Any

import pytest
from flask import Flask, has_app_context

from flaskscope.demo.scenarios import scenarios
from flaskscope.record.flask_versions import MERGED
from flaskscope.web.actions import Outcome, Scenario, check_scenarios

#: What each scenario that the server runs comes to: all went well, exit status, part of its summary.
OUTCOMES: dict[str, tuple[bool, int | None, str]] = {
    "app-context": (True, None, "g.user is ada; there is no request."),
    "nest-two": (True, None, "g.user was missing in the inner context and is ada again"),
    "test-request": (True, None, "request.path is /hello/ada"),
    "test-request-session": (True, None, "was never saved"),
    "background-job": (True, 0, "The process ended well."),
    "scheduled-task": (True, 0, "The process ended well."),
    "cli-command": (True, 0, "The process ended well."),
    "leak": (True, None, "pushed and never popped"),
    "leak-mended": (True, None, "its teardown functions have run"),
    "g-outside": (False, None, "RuntimeError: Working outside of application context."),
    "g-outside-mended": (True, None, "g.user is ada"),
    "no-context-process": (False, 1, "RuntimeError: Working outside of application context."),
    "no-context-process-mended": (True, 0, "The process ended well."),
    "request-outside": (False, None, "RuntimeError: Working outside of request context."),
    "request-outside-mended": (True, None, "The path is /hello/ada."),
    "url-outside": (False, None, "RuntimeError: Unable to build URLs outside an active request"),
    "url-outside-mended": (True, None, "The page is at https://shop.example.com/."),
    "at-import": (False, None, "RuntimeError: Working outside of application context."),
    "at-import-mended": (True, None, "A page has 20 rows."),
    "job-outside": (False, None, "RuntimeError: Working outside of application context."),
    "job-outside-mended": (True, None, "Sent for flaskscope.demo.app."),
    "wrong-order": (False, None, "opp"),  # in Flask's words: "Popped wrong", from 3.2 on "Cannot pop"
    "wrong-order-mended": (True, None, "The inner one first"),
    "g-shared": (True, None, f"Two requests counted 1 and {1 if MERGED else 2} in g."),
    "g-shared-mended": (True, None, "Two requests counted 1 and 1 in g."),
    "stream-abandoned": (False, 1, "Ada's context is still pushed."),
    "stream-abandoned-mended": (True, 0, "The process ended well."),
    "stale-request": (True, None, "says nobody"),
    "stale-request-mended": (True, None, "of just now"),
    "g-forgotten": (True, None, "GET /profile answered 500"),
    "g-forgotten-mended": (True, None, "answered 200 OK for ada"),
    "session-nested": (True, None, "the next request finds tea."),
    "session-nested-mended": (True, None, "the next request finds tea and milk."),
    "session-refused": (True, None, "this one is number 1."),
    "session-refused-mended": (True, None, "this one is number 42."),
    "session-no-key": (False, 1, "RuntimeError: The session is unavailable because no secret key was set."),
    "session-no-key-mended": (True, 0, "The process ended well."),
    "teardown-repeated": (True, None, "have run twice for one context"),
    "teardown-repeated-mended": (True, None, "once for each of two contexts"),
}

#: What each request answers, as its status.
STATUSES = {"boom": 500, "g-hidden": 500}

#: Requests whose answer cannot be made, or not to its end: what the server gets instead.
RAISED = {"stream-bare": RuntimeError, "teardown-raised": ValueError}


@pytest.fixture
def listed(app: Flask) -> dict[str, Scenario]:
    return {scenario.name: scenario for scenario in scenarios(app)}


def outcome_of(scenario: Scenario) -> Outcome:
    assert scenario.run is not None
    return scenario.run()


class TestTheList:
    def test_the_dashboard_takes_it_as_it_is(self, app: Flask) -> None:
        listed = scenarios(app)

        assert check_scenarios(listed) == tuple(listed)

    def test_its_groups_are_in_the_order_of_the_page(self, app: Flask) -> None:
        groups = [scenario.group for scenario in scenarios(app)]

        assert list(dict.fromkeys(groups)) == ["request", "without", "wrong"]
        assert groups == sorted(groups, key=["request", "without", "wrong"].index)

    def test_the_first_button_is_the_articles_index(self, app: Flask) -> None:
        first = scenarios(app)[0]

        assert (first.title, first.method, first.path, first.times) == ("GET /", "GET", "/", 1)

    def test_two_at_once_are_two_requests_of_the_browser(self, listed: dict[str, Scenario]) -> None:
        both = listed["two-at-once"]

        assert (both.does, both.path, both.times) == ("request", "/", 2)

    def test_titles_and_hints_fit_on_a_button(self, app: Flask) -> None:
        """The column of buttons is 200 CSS pixels wide; the number key has its place in the title's line."""
        for scenario in scenarios(app):
            assert 1 <= len(scenario.title) <= 22, scenario
            assert 1 <= len(scenario.hint) <= 36, scenario

    def test_what_the_tests_expect_is_the_whole_list(self, listed: dict[str, Scenario]) -> None:
        assert {name for name, scenario in listed.items() if scenario.does == "scenario"} == set(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_scenario_comes_to_what_it_says(listed: dict[str, Scenario], name: str) -> None:
    ok, exit_status, summary = OUTCOMES[name]

    outcome = outcome_of(listed[name])

    assert summary in outcome.summary
    assert (outcome.ok, outcome.exit_status) == (ok, exit_status)
    assert "\n" not in outcome.summary
    assert not has_app_context()


def test_every_request_of_the_list_is_answered(app: Flask, listed: dict[str, Scenario]) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    requests = [scenario for scenario in listed.values() if scenario.does == "request"]

    for scenario in requests:
        assert scenario.path is not None
        if scenario.name in RAISED:
            with pytest.raises(Exception) as raised:
                app.test_client().get(scenario.path)
            # Flask 3.2 puts what teardown functions raise into a group.
            assert RAISED[scenario.name] in {
                type(raised.value),
                *map(type, getattr(raised.value, "exceptions", ())),
            }
            continue
        with warnings.catch_warnings():  # of a cookie that is too large
            warnings.simplefilter("ignore")
            answer = app.test_client().open(scenario.path, method=scenario.method)
        assert answer.status_code == STATUSES.get(scenario.name, 200), scenario

    assert {"g-lost-in-copy", "g-lost-in-copy-mended"} <= {scenario.name for scenario in requests}


def test_scenarios_see_nothing_of_a_context_around_them(app: Flask, listed: dict[str, Scenario]) -> None:
    """The dashboard is a Flask app as well: the thread that fires may have its contexts pushed."""
    with app.app_context():
        outcome = outcome_of(listed["g-outside"])

    assert outcome.summary == "RuntimeError: Working outside of application context."


def test_the_error_of_a_plain_thread_comes_with_its_line(listed: dict[str, Scenario]) -> None:
    output = outcome_of(listed["g-outside"]).output

    assert output is not None
    assert 'g.user = "ada"' in output
    assert "in use_g_outside" in output


def test_the_process_without_a_context_shows_flasks_whole_error(listed: dict[str, Scenario]) -> None:
    output = outcome_of(listed["no-context-process"]).output

    assert output is not None
    assert output.startswith("No context is pushed.")
    assert "app_no_context.py" in output
    assert "in function_potentially_outside_context" in output
    assert "RuntimeError: Working outside of application context.\n" in output
    assert "set up an application context\nwith app.app_context()." in output


def test_the_command_finds_an_app_and_no_request(listed: dict[str, Scenario]) -> None:
    output = outcome_of(listed["cli-command"]).output

    assert output == "current_app is flaskscope.demo.app.\ng.admin is grace.\nA request is not here.\n"


def test_a_leaked_context_is_never_torn_down(app: Flask, listed: dict[str, Scenario]) -> None:
    torn_down: list[Any] = []
    app.teardown_appcontext(torn_down.append)

    outcome_of(listed["leak"])
    gc.collect()

    assert torn_down == []


def test_threads_have_names_for_people_and_end(app: Flask, listed: dict[str, Scenario]) -> None:
    names: list[str] = []
    app.teardown_appcontext(lambda _error: names.append(threading.current_thread().name))

    outcome_of(listed["app-context"])

    assert names == ["by-hand"]
    assert "by-hand" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("background-job", "The job 'send mail' found flaskscope.demo.app through a context of its own.\n"),
        ("scheduled-task", "It ran 3 times and found g.last_run missing / missing / missing.\n"),
    ],
)
def test_jobs_are_done_in_processes_of_their_own(
    app: Flask, listed: dict[str, Scenario], name: str, said: str
) -> None:
    here: list[Any] = []
    app.teardown_appcontext(here.append)

    assert said == outcome_of(listed[name]).output

    assert here == []
