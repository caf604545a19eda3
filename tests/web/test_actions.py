"""Firing: only what is listed, one at a time, and never a failure of the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from flaskscope.errors import ScenarioError
from flaskscope.web.actions import Outcome, Scenario, check_scenarios

if TYPE_CHECKING:
    from conftest import Peer, Served  # type: ignore[import-not-found]


def a_scenario(**changes: Any) -> Scenario:
    fields: dict[str, Any] = {
        "name": "one",
        "title": "One",
        "hint": "Does one thing",
        "group": "without",
        "does": "scenario",
        "run": lambda: Outcome(ok=True, summary="Done."),
    }
    return Scenario(**{**fields, **changes})


class TestFire:
    def test_the_result_answers_the_page_and_goes_to_all_who_watch(
        self, served: Served, connect: Callable[..., Peer]
    ) -> None:
        watcher = connect(served)
        watcher.until("hello")

        status, result = served.fire("by-hand", {"fire": "f7"})

        assert 200 == status
        assert ("by-hand", "f7", True, "One context was pushed by hand.") == tuple(
            result[key] for key in ("scenario", "fire", "ok", "summary")
        )
        kinds = [row[2] for row in watcher.until("events")["rows"]]
        assert ["context.pushed", "g.set", "context.popped"] == kinds
        assert result == watcher.until("result")

    def test_a_scenario_that_raises_is_a_result_with_its_traceback(self, served: Served) -> None:
        status, result = served.fire("broken")

        assert 200 == status
        assert not result["ok"]
        assert "It raised ValueError." == result["summary"]
        assert "ValueError: this scenario is broken" in result["output"]
        assert "actions.py" not in result["output"]

    def test_a_scenario_that_ends_itself_does_not_end_the_server(self, serve: Callable[..., Served]) -> None:
        def leave() -> Outcome:
            raise SystemExit(3)

        served = serve(scenarios=(a_scenario(name="leaver", run=leave),))

        assert "It raised SystemExit." == served.fire("leaver")[1]["summary"]
        assert 200 == served.get("/")[0]

    def test_an_unknown_name_is_answered_with_those_there_are(self, served: Served) -> None:
        status, error = served.fire("indx")

        assert 404 == status
        assert "indx" == error["value"]
        assert "There are: index, by-hand, broken." == error["remedy"]

    def test_a_request_is_the_browsers_to_send(self, served: Served) -> None:
        status, error = served.fire("index")

        assert 409 == status
        assert "GET /" in error["remedy"]

    def test_one_that_is_running_is_not_started_again(self, serve: Callable[..., Served]) -> None:
        begun, may_end = threading.Event(), threading.Event()

        def take_time() -> Outcome:
            begun.set()
            may_end.wait(10)
            return Outcome(ok=True, summary="Done.")

        served = serve(scenarios=(a_scenario(name="slow", run=take_time),))
        results: list[tuple[int, dict[str, Any]]] = []
        first = threading.Thread(target=lambda: results.append(served.fire("slow")))
        first.start()
        assert begun.wait(10)

        assert (409, "This scenario is running already.") == (
            (answer := served.fire("slow"))[0],
            answer[1]["what"],
        )
        may_end.set()
        first.join(10)
        assert 200 == results[0][0]
        assert 200 == served.fire("slow")[0]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"\xff\xfe",
            b'{"fire":1}',
            b'{"fire":""}',
            b'{"fire":"' + b"x" * 65 + b'"}',
            b'{"fire":NaN}',
        ],
    )
    def test_a_body_that_cannot_be_understood_starts_nothing(self, served: Served, body: bytes) -> None:
        status, _, _ = served.send("POST", "/_flaskscope/fire/by-hand", body, Content_Type="application/json")

        assert 400 == status
        assert [] == served.scope.recording.events()

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
    def test_nothing_but_a_post_fires(self, served: Served, method: str) -> None:
        status, _, _ = served.send(method, "/_flaskscope/fire/by-hand", None)

        assert 405 == status
        assert [] == served.scope.recording.events()


class TestCheckScenarios:
    @pytest.mark.parametrize(
        ("scenarios", "problem"),
        [
            ([a_scenario(), a_scenario()], "two scenarios called 'one'"),
            ([a_scenario(name="a b")], "part of an address"),
            ([a_scenario(name="../x")], "part of an address"),
            ([a_scenario(name="")], "part of an address"),
            ([a_scenario(run=None)], "nothing to run"),
            ([a_scenario(does="request", path=None)], "no path of the app"),
            ([a_scenario(does="request", path="http://evil.example/")], "no path of the app"),
        ],
    )
    def test_what_does_not_fit_is_refused_at_the_start(self, scenarios: list[Scenario], problem: str) -> None:
        with pytest.raises(ScenarioError, match=problem):
            check_scenarios(scenarios)

    def test_a_twin_stands_right_after_its_fault(self) -> None:
        pair = [a_scenario(name="fault", rule="g-forgotten"), a_scenario(name="twin", mends="fault")]

        described = [scenario.described() for scenario in check_scenarios(pair)]

        assert ["g-forgotten", None] == [each.get("rule") for each in described]
        assert [None, "fault"] == [each.get("mends") for each in described]
        with pytest.raises(ScenarioError, match="right after its fault"):
            check_scenarios(reversed(pair))
