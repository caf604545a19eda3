"""The list of what the page may fire, in the order of its buttons."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from flaskscope.demo import by_hand, processes
from flaskscope.demo.threads import TIME_LIMIT_SECONDS, run_in_thread
from flaskscope.web.actions import Outcome, Scenario

_NO_CONTEXT_MODULE = "flaskscope.demo.app_no_context"
_APP_MODULE = "flaskscope.demo.app"


def scenarios(app: Flask) -> list[Scenario]:
    """Return the demo's scenarios; those that push contexts by hand push them for *app*."""
    return [*_requests(), *_without_a_request(app), *_going_wrong(app)]


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
            name, title, hint, "without", "scenario", run=lambda: _in_thread(thread, lambda: work(app))
        )

    def request(name: str, title: str, hint: str, path: str) -> Scenario:
        return Scenario(name, title, hint, "without", "request", path=path)

    command = ("-m", "flask", "--app", _APP_MODULE, "create-admin", "--name", "grace")
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
        scenario(
            "background-job",
            "Background job",
            "A thread with its own context",
            "background-job",
            by_hand.run_background_job,
        ),
        request("copy-context", "Copy into a thread", "The same request, a new g", "/copy-context"),
        scenario(
            "scheduled-task",
            "Scheduled task",
            "Three runs, three new g",
            "scheduled-task",
            by_hand.run_scheduled_task,
        ),
        Scenario(
            "cli-command",
            "CLI command",
            "A real process: create-admin",
            "without",
            "scenario",
            run=lambda: _in_process(command),
        ),
    ]


def _going_wrong(app: Flask) -> list[Scenario]:
    def scenario(name: str, title: str, hint: str, run: Callable[[], Outcome]) -> Scenario:
        return Scenario(name, title, hint, "wrong", "scenario", run=run)

    def request(name: str, title: str, hint: str, path: str) -> Scenario:
        return Scenario(name, title, hint, "wrong", "request", path=path)

    return [
        request("boom", "GET /boom", "An exception pops them, too", "/boom"),
        scenario(
            "leak",
            "Leak a context",
            "Push and never pop",
            lambda: _in_thread("leaking-thread", lambda: by_hand.leak_app_context(app)),
        ),
        scenario(
            "g-outside",
            "Use g outside",
            "The classic RuntimeError",
            lambda: _in_thread("plain-thread", by_hand.use_g_outside),
        ),
        request(
            "no-context-thread",
            "Call it in a thread",
            "The context stays behind",
            "/call-function-no-context",
        ),
        scenario(
            "no-context-process",
            "app_no_context.py",
            "A real process, the same error",
            lambda: _in_process(("-m", _NO_CONTEXT_MODULE)),
        ),
        request("stream-bare", "GET /stream-bare", "Its context is gone too early", "/stream-bare"),
    ]


def _in_thread(name: str, work: Callable[[], str]) -> Outcome:
    ended = run_in_thread(name, work)
    if not ended.finished:
        return Outcome(
            ok=False, summary=f"The thread {name} still runs after {TIME_LIMIT_SECONDS:g} seconds."
        )
    if ended.error is not None:
        return Outcome(ok=False, summary=_first_line(ended.error), output=ended.traceback())
    return Outcome(ok=True, summary=ended.text)


def _in_process(arguments: tuple[str, ...]) -> Outcome:
    try:
        exited = processes.run_python(arguments)
    except OSError as error:
        return Outcome(ok=False, summary=f"The process could not be started: {error.strerror or error}.")
    if exited.status is None:
        limit = processes.TIME_LIMIT_SECONDS
        return Outcome(
            ok=False, summary=f"The process was ended after {limit:g} seconds.", output=exited.output
        )
    if exited.status == 0:
        return Outcome(ok=True, summary="The process ended well.", exit_status=0, output=exited.output)
    return Outcome(
        ok=False,
        summary=_raised_line(exited.output) or f"The process ended with exit status {exited.status}.",
        exit_status=exited.status,
        output=exited.output,
    )


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _raised_line(output: str) -> str | None:
    """Return the line of a traceback that names the exception: the first that is not indented after it began."""
    lines = iter(output.splitlines())
    for line in lines:
        if line.startswith("Traceback (most recent call last)"):
            return next((later for later in lines if later and not later.startswith(" ")), None)
    return None
