"""The buttons under "Make it go wrong": each fault, and right after it its mended twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Flask

from flaskscope.demo import by_hand
from flaskscope.demo.faults import outside, sessions, stacks, teardowns, values
from flaskscope.demo.outcomes import outcome_in_process, outcome_in_thread
from flaskscope.web.actions import Scenario


def going_wrong(app: Flask) -> list[Scenario]:
    """Return the scenarios that break a rule of the doctor, with their twins; contexts are pushed for *app*."""
    return [
        Scenario("boom", "GET /boom", "An exception pops them, too", "wrong", "request", path="/boom"),
        *_outside(app),
        *_stacks(app),
        *_values(app),
        *_sessions(app),
        *_teardowns(app),
    ]


def _outside(app: Flask) -> list[Scenario]:
    return [
        *_pair(
            "outside-app-context",
            _thread("g-outside", "Use g outside", "The classic RuntimeError", by_hand.use_g_outside),
            _thread("", "… in app_context()", "g belongs to it", lambda: outside.use_g_inside(app)),
        ),
        *_pair(
            "outside-app-context",
            _process(
                "no-context-process",
                "app_no_context.py",
                "A real process, the same error",
                "flaskscope.demo.app_no_context",
            ),
            _process("", "app_with_context.py", "Pushes one first", "flaskscope.demo.app_with_context"),
        ),
        *_pair(
            "outside-request-context",
            _thread(
                "request-outside",
                "Use request outside",
                "An app context is not enough",
                lambda: outside.use_request_outside(app),
            ),
            _thread("", "… in a test request", "A request by hand", lambda: outside.use_request_inside(app)),
        ),
        *_pair(
            "outside-request-context",
            _request("stream-bare", "GET /stream-bare", "Its context is gone too early", "/stream-bare"),
            _request("", "… with values only", "Needs no context any more", "/stream-values"),
        ),
        *_pair(
            "url-outside-request",
            _thread(
                "url-outside",
                "Make a URL in a job",
                "No request says which host",
                lambda: outside.make_url_outside(app),
            ),
            _thread("", "… for a known host", "A test request says it", lambda: outside.make_url_inside(app)),
        ),
        *_pair(
            "outside-context-at-import",
            _thread(
                "at-import",
                "Use it at import",
                "A module asks too early",
                lambda: outside.import_settings(app),
            ),
            _thread("", "… when it is called", "Asks on demand", lambda: outside.import_settings_mended(app)),
        ),
        *_pair(
            "thread-without-context",
            _request(
                "no-context-thread",
                "Call it in a thread",
                "The context stays behind",
                "/call-function-no-context",
            ),
            _request("", "… with a copy of it", "The request comes along", "/thread-with-context"),
        ),
        *_pair(
            "job-without-context",
            _thread("job-outside", "Job of a pool", "Nothing pushes a context", lambda: outside.run_job(app)),
            _thread("", "… that pushes one", "Finds its app", lambda: outside.run_job_mended(app)),
        ),
    ]


def _stacks(app: Flask) -> list[Scenario]:
    return [
        *_pair(
            "context-left-pushed",
            _thread(
                "leak",
                "Leak a context",
                "Push and never pop",
                lambda: by_hand.leak_app_context(app),
                thread="leaking-thread",
            ),
            _thread("", "… in a with block", "Popped whatever happens", lambda: stacks.leak_mended(app)),
        ),
        *_pair(
            "popped-wrong",
            _thread(
                "wrong-order",
                "Pop the wrong one",
                "The outer one first",
                lambda: stacks.pop_in_wrong_order(app),
            ),
            _thread(
                "", "… in the right order", "The inner one first", lambda: stacks.pop_in_right_order(app)
            ),
        ),
        *_pair(
            "g-shared-between-requests",
            _thread(
                "g-shared", "Two share one g", "A context around them, to 3.1", lambda: stacks.share_g(app)
            ),
            _thread("", "… with nothing around", "Each has its own g", lambda: stacks.share_nothing(app)),
        ),
        *_pair(
            "stream-left-its-context",
            _process(
                "stream-abandoned",
                "Give up a stream",
                "gunicorn: its context stays",
                "flaskscope.demo.faults.streams",
                "/export",
            ),
            _process(
                "",
                "… that needs none",
                "Nothing is left in the thread",
                "flaskscope.demo.faults.streams",
                "/export-mended",
            ),
        ),
        *_pair(
            "stale-request-context",
            _thread(
                "stale-request",
                "Keep a request",
                "Its session grows old",
                lambda: stacks.keep_request_context(app),
            ),
            _thread(
                "", "… push a new one", "When it is needed", lambda: stacks.make_new_request_context(app)
            ),
        ),
    ]


def _values(app: Flask) -> list[Scenario]:
    return [
        *_pair(
            "g-forgotten",
            _thread(
                "g-forgotten",
                "Look for it in g",
                "Another request had set it",
                lambda: values.forget_user(app),
            ),
            _thread("", "… in the session", "Goes on between requests", lambda: values.keep_user(app)),
        ),
        *_pair(
            "g-hidden-by-nested-context",
            _request("g-hidden", "GET /invoice", "A nested context hides g", "/invoice"),
            _request("", "… handed on", "Read before, then used inside", "/invoice-mended"),
        ),
        *_pair(
            "g-empty-in-copied-context",
            _request("g-lost-in-copy", "GET /receipt", "A copy has an empty g", "/receipt"),
            _request("", "… handed on", "The thread is given the value", "/receipt-mended"),
        ),
    ]


def _sessions(app: Flask) -> list[Scenario]:
    without_key = "flaskscope.demo.faults.without_key"
    return [
        *_pair(
            "session-changed-too-late",
            _request("session-late", "GET /count-late", "Changed while it streams", "/count-late"),
            _request("", "… in the view", "Before the head leaves", "/count-in-time"),
        ),
        *_pair(
            "session-change-inside-lost",
            _thread(
                "session-nested",
                "Append to a list",
                "The session learns nothing",
                lambda: sessions.change_inside(app),
            ),
            _thread(
                "", "… and say so", "session.modified = True", lambda: sessions.change_inside_mended(app)
            ),
        ),
        *_pair(
            "session-refused",
            _thread(
                "session-refused",
                "Change the key",
                "Old cookies are refused",
                lambda: sessions.refuse_cookie(app),
            ),
            _thread("", "… or keep it", "The cookie is accepted", lambda: sessions.accept_cookie(app)),
        ),
        *_pair(
            "session-without-secret-key",
            _process("session-no-key", "Have no secret key", "A real process", without_key),
            _process("", "… have one", "The session is written", without_key, "--key"),
        ),
        *_pair(
            "session-too-large",
            _request("session-too-large", "GET /basket", "Browsers drop its cookie", "/basket"),
            _request("", "… kept on the server", "Only its number travels", "/basket-mended"),
        ),
    ]


def _teardowns(app: Flask) -> list[Scenario]:
    return [
        *_pair(
            "teardown-raised",
            _request("teardown-raised", "Close it twice", "The teardown raises", "/database/closed-twice"),
            _request("", "… close it once", "Left to the teardown", "/database/closed-once"),
        ),
        *_pair(
            "teardown-slow",
            _request("teardown-slow", "Tear down slowly", "The worker waits", "/database/slow"),
            _request("", "… do it before", "Only closes", "/database/quick"),
        ),
        *_pair(
            "teardown-repeated",
            _thread(
                "teardown-repeated", "Push it again", "Torn down twice", lambda: teardowns.push_again(app)
            ),
            _thread("", "… push a new one", "Torn down once each", lambda: teardowns.push_a_new_one(app)),
        ),
    ]


def _pair(rule: str, fault: Scenario, twin: Scenario) -> tuple[Scenario, Scenario]:
    return replace(fault, rule=rule), replace(twin, name=f"{fault.name}-mended", mends=fault.name)


def _request(name: str, title: str, hint: str, path: str) -> Scenario:
    return Scenario(name, title, hint, "wrong", "request", path=path)


def _thread(
    name: str, title: str, hint: str, work: Callable[[], str], thread: str = "plain-thread"
) -> Scenario:
    return Scenario(name, title, hint, "wrong", "scenario", run=lambda: outcome_in_thread(thread, work))


def _process(name: str, title: str, hint: str, *arguments: str) -> Scenario:
    return Scenario(
        name, title, hint, "wrong", "scenario", run=lambda: outcome_in_process(("-m", *arguments))
    )
