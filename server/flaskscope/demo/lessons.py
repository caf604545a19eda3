"""Small routes behind the page's buttons, each showing one thing about contexts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from flask import (
    Response,
    copy_current_request_context,
    current_app,
    g,
    request,
    session,
    stream_with_context,
)

from flaskscope.demo.threads import run_in_thread


def hello(name: str) -> dict[str, Any]:
    """Put a user in g, where a function that was handed nothing finds it."""
    g.user = name
    return {"message": greeting()}


def greeting() -> str:
    """Return a greeting for the user in g."""
    return f"Hello, {g.user}!"


def report() -> dict[str, Any]:
    """Push an app context by hand inside a request: its g hides the request's until it is popped."""
    g.title = "Sales"
    with current_app.app_context():
        inside = g.get("title")
        g.rows = 3
    return {"title": g.title, "title_inside": inside, "rows_after": g.get("rows")}


def login() -> dict[str, Any]:
    """Put a user in the session, and a token whose value FlaskScope never shows."""
    session["user"] = "ada"
    session["api_token"] = secrets.token_hex(8)
    return {"message": f"{session['user']} is logged in."}


def logout() -> dict[str, Any]:
    """Clear the session: the visits begin at 1 again."""
    session.clear()
    return {"message": "The session is empty."}


def nested() -> dict[str, Any]:
    """Push a second request by hand inside a real one, and look at what each of them sees."""
    g.user = "ada"
    with current_app.test_request_context("/hello/grace"):
        path_inside = request.path
        user_inside = g.get("user")
    return {"path": request.path, "path_inside": path_inside, "user_inside": user_inside}


def copy_context() -> dict[str, Any]:
    """Take the request along into a thread: the request is the same one, g is new."""
    g.user = "ada"

    @copy_current_request_context
    def send_receipt() -> str:
        return f"{request.path} with g.user {g.get('user', 'missing')}"

    ended = run_in_thread("background-job", send_receipt)
    return {"seen_by_thread": ended.text, "seen_by_view": f"{request.path} with g.user {g.user}"}


def stream() -> Response:
    """Stream three lines with the context kept until the last one."""
    g.user = "ada"
    return Response(stream_with_context(_lines()), mimetype="text/plain")


def stream_bare() -> Response:
    """Stream the same lines after the context is gone, which fails at the first one."""
    g.user = "ada"
    return Response(_lines(), mimetype="text/plain")


def _lines() -> Iterator[str]:
    for number in range(1, 4):
        yield f"Line {number} of {request.path} for {g.user}\n"


def boom() -> dict[str, Any]:
    """Raise an exception that nobody handles: the contexts are popped all the same."""
    g.divisor = 0
    return {"result": 1 / g.divisor}


#: Path, view and methods of each route.
ROUTES: tuple[tuple[str, Callable[..., Any], list[str]], ...] = (
    ("/hello/<name>", hello, ["GET"]),
    ("/report", report, ["GET"]),
    ("/login", login, ["GET", "POST"]),
    ("/logout", logout, ["GET", "POST"]),
    ("/nested", nested, ["GET"]),
    ("/copy-context", copy_context, ["GET"]),
    ("/stream", stream, ["GET"]),
    ("/stream-bare", stream_bare, ["GET"]),
    ("/boom", boom, ["GET"]),
)
