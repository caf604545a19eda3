"""The list of what the page may fire, in the order of its buttons."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from flaskscope.demo import by_hand
from flaskscope.demo.faults.buttons import going_wrong
from flaskscope.demo.outcomes import outcome_in_process, outcome_in_thread
from flaskscope.web.actions import Scenario

_APP_MODULE = "flaskscope.demo.app"


def scenarios(app: Flask) -> list[Scenario]:
    """Return the demo's scenarios; those that push contexts by hand push them for *app*."""
    return [*_requests(), *_without_a_request(app), *going_wrong(app)]


def _requests() -> list[Scenario]:
    def request(
        name: str, title: str, hint: str, path: str, *, method: str = "GET", times: int = 1
    ) -> Scenario:
        return Scenario(name, title, hint, "request", "request", method=method, path=path, times=times)

    return [
        request("index", "GET /", "Counts your visits in the session", "/"),
        request("hello", "GET /hello/ada", "Puts a user in g, then reads it back", "/hello/ada"),
        request("two-at-once", "Two at once", "Two threads, two separate g", "/", times=2),
        request("report", "GET /report", "Pushes an app context inside", "/report"),
        request("direct", "Call the function", "It finds the request's context", "/call-function-directly"),
        request("login", "POST /login", "Puts a user in the session", "/login", method="POST"),
        request("logout", "POST /logout", "Empties the session", "/logout", method="POST"),
        request("stream", "GET /stream", "Keeps its context to the end", "/stream"),
    ]


def _without_a_request(app: Flask) -> list[Scenario]:
    def scenario(name: str, title: str, hint: str, thread: str, work: Callable[[Flask], str]) -> Scenario:
        return Scenario(
            name, title, hint, "without", "scenario", run=lambda: outcome_in_thread(thread, lambda: work(app))
        )

    def request(name: str, title: str, hint: str, path: str) -> Scenario:
        return Scenario(name, title, hint, "without", "request", path=path)

    def process(name: str, title: str, hint: str, *arguments: str) -> Scenario:
        return Scenario(name, title, hint, "without", "scenario", run=lambda: outcome_in_process(arguments))

    command = ("-m", "flask", "--app", _APP_MODULE, "create-admin", "--name", "grace")
    worker = ("-m", "flaskscope.demo.worker")
    return [
        scenario(
            "app-context", "app.app_context()", "Push a context by hand", "by-hand", by_hand.push_app_context
        ),
        scenario(
            "nest-two",
            "Nest two of them",
            "The inner one hides the outer g",
            "by-hand",
            by_hand.nest_app_contexts,
        ),
        scenario(
            "test-request",
            "test_request_context()",
            "A request that nobody sent",
            "by-hand",
            by_hand.push_test_request,
        ),
        scenario(
            "test-request-session",
            "… with a session",
            "Changed, but never saved",
            "by-hand",
            by_hand.push_test_request_with_session,
        ),
        request("nested-request", "Nest it in a request", "One request inside another", "/nested"),
        process("background-job", "Background job", "A real process, its own context", *worker, "job"),
        request("copy-context", "Copy into a thread", "The same request, a new g", "/copy-context"),
        process("scheduled-task", "Scheduled task", "A real process: three new g", *worker, "schedule"),
        process("cli-command", "CLI command", "A real process: create-admin", *command),
    ]
