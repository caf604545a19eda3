"""The demo's buttons, in their order, and what a press of each must bring."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Firing:
    """What must be visible after a press.

    *answer* is at the end of the button, *rows* happened in this order among others, *told* is said at the rows it
    names, *problem* and *card* are listed and shown; a card is shown only where one is expected.
    """

    button: str
    answer: str
    rows: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    card: list[str] = field(default_factory=list)


POPPED = "App context popped, its g is gone"

FIRINGS = [
    Firing(
        "GET /",
        "200",
        [
            "App context pushed, with a new, empty g",
            "Request context pushed for GET /",
            "Session opened: new, no cookie came",
            "Session changed: visit_count = 1",
            "g.request_timestamp set to",
            "Session saved into the cookie",
            "Response ready: 200",
            "Request context popped",
            POPPED,
        ],
        {POPPED: "Its g is thrown away, and request_timestamp with it."},
    ),
    Firing(
        "GET /hello/ada",
        "200",
        [
            "Request context pushed for GET /hello/ada",
            "g.user set to 'ada'",
            "Session not written: nobody touched it",
            POPPED,
        ],
        {"g.user set to 'ada'": "puts user = 'ada' into g, and it lands in app context #"},
    ),
    Firing(
        "Two at once",
        "200",
        ["App context pushed", "App context pushed", "Session saved into the cookie", POPPED, POPPED],
    ),
    Firing(
        "GET /report",
        "200",
        [
            "g.title set to 'Sales'",
            "App context pushed by hand, with a new, empty g",
            "g.get('title') found nothing",
            "g.rows set to 3",
            POPPED,
            "g.get('rows') found nothing",
            POPPED,
        ],
        {
            "App context pushed by hand": "by hand, with a new, empty g.",
            "g.get('title') found nothing": "asks for g.get('title'), and it is not there.",
        },
    ),
    Firing(
        "Call the function",
        "200",
        [
            "Request context pushed for GET /call-function-directly",
            "g.get('request_timestamp') found nothing",
            "Session not written: it was read, not modified",
            POPPED,
        ],
        {POPPED: "Its empty g goes with it."},
    ),
    Firing(
        "POST /login",
        "200",
        [
            "Session changed: user = 'ada'",
            "Session changed: api_token = •••",
            "Session saved into the cookie",
            POPPED,
        ],
        {"Session changed: api_token": "writes session['api_token'] = •••."},
    ),
    Firing(
        "POST /logout",
        "200",
        ["Session cleared", "Session saved into the cookie", POPPED],
        {"Session cleared": "clears the session."},
    ),
    Firing(
        "GET /stream",
        "200",
        [
            "g.user set to 'ada'",
            "Response ready: 200",
            POPPED,
            "App context pushed, its g is not empty",
            "Request context pushed, reusing app context #",
            POPPED,
        ],
        {
            "App context pushed, its g is not empty": "again to stream the response, and its g already holds user."
        },
    ),
    Firing(
        "app.app_context()",
        "done",
        ["App context pushed by hand, with a new, empty g", "g.user set to 'ada'", POPPED],
        {"App context pushed by hand": "by-hand pushes app context #"},
    ),
    Firing(
        "Nest two of them",
        "done",
        [
            "App context pushed by hand",
            "g.user set to 'ada'",
            "App context pushed by hand",
            "g.get('user') found nothing",
            "g.user set to 'grace'",
            POPPED,
            POPPED,
        ],
        {"g.get('user') found nothing": "asks for g.get('user'), and it is not there."},
    ),
    Firing(
        "test_request_context()",
        "done",
        [
            "Request context pushed for GET /hello/ada",
            "g.language set to 'en'",
            "Request context popped",
            POPPED,
        ],
        {"Request context pushed": "by hand for GET /hello/ada."},
    ),
    Firing(
        "… with a session",
        "done",
        [
            "Request context pushed for POST /login",
            "Session changed: user = 'grace'",
            "Request context popped",
            POPPED,
        ],
        {"Session changed": "writes session['user'] = 'grace'."},
    ),
    Firing(
        "Nest it in a request",
        "200",
        [
            "Request context pushed for GET /nested",
            "Request context pushed, reusing app context #",
            "Request context popped",
            POPPED,
        ],
        {"reusing app context": "is reused."},
    ),
    Firing(
        "Background job",
        "done",
        card=["The process ended well.", "found flaskscope.demo.app through a context of its own."],
    ),
    Firing(
        "Copy into a thread",
        "200",
        [
            "g.user set to 'ada'",
            "App context pushed, with a new, empty g",
            "Copy of request #",
            "g.get('user') found nothing",
            POPPED,
            POPPED,
        ],
        {"Copy of request #": "a copy of request context #"},
    ),
    Firing(
        "Scheduled task",
        "done",
        card=["The process ended well.", "It ran 3 times and found g.last_run missing / missing / missing."],
    ),
    Firing(
        "CLI command",
        "done",
        card=["The process ended well.", "g.admin is grace.", "A request is not here."],
    ),
    Firing(
        "GET /boom",
        "500",
        [
            "g.divisor set to 0",
            "ZeroDivisionError: division by zero",
            "Response ready: 500",
            "Request context popped by ZeroDivisionError",
            "App context popped by ZeroDivisionError",
        ],
        {"ZeroDivisionError: division by zero": "ZeroDivisionError in GET /boom, and nobody handles it."},
        problem="ZeroDivisionError in GET /boom",
    ),
    Firing(
        "Leak a context",
        "done",
        ["App context pushed by hand", "g.connection set to 'open'", "Never popped: its thread ended"],
        {"Never popped": "leaking-thread ended with app context #"},
        problem="was never popped",
    ),
    Firing(
        "Use g outside",
        "failed",
        ["RuntimeError: g has nothing behind it"],
        {"RuntimeError: g": "plain-thread used g with no context pushed. Flask raised a RuntimeError."},
        problem="g used outside of an app context",
        card=["RuntimeError: Working outside of application context."],
    ),
    Firing(
        "Call it in a thread",
        "200",
        [
            "Request context pushed for GET /call-function-no-context",
            "RuntimeError: current_app has nothing behind it",
            POPPED,
        ],
        {"RuntimeError: current_app": "thread-of-a-request used current_app with no context pushed."},
        problem="current_app used outside of an app context",
    ),
    Firing(
        "app_no_context.py",
        "failed",
        card=[
            "RuntimeError: Working outside of application context.",
            "Calling the function all the same",
            "exit status 1",
        ],
    ),
    Firing(
        "GET /stream-bare",
        "500",
        ["Response ready: 200", POPPED, "RuntimeError: request has nothing behind it"],
        {"RuntimeError: request": "used request with no context pushed. Flask raised a RuntimeError."},
        problem="request used outside of a request",
    ),
]
