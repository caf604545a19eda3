"""Names in g that are missing where they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, copy_current_request_context, current_app, g, session

from flaskscope.demo.threads import run_in_thread


def forget_user(app: Flask) -> str:
    """Put a user in g in one request, and ask for it in the next one."""
    client = app.test_client()
    client.get("/hello/ada")
    answer = client.get("/profile")
    return f"GET /profile answered {answer.status}: the user was in the g of another request."


def keep_user(app: Flask) -> str:
    """Put the user in the session, which goes on from one request to the next."""
    client = app.test_client()
    client.post("/login")
    answer = client.get("/profile-of-session")
    return f"GET /profile-of-session answered {answer.status} for {answer.get_json()['user']}."


def profile() -> dict[str, Any]:
    """Return the user in g, where nobody puts one in this request."""
    return {"user": g.user}


def profile_of_session() -> dict[str, Any]:
    """Load the user from the session into g, and return it."""
    g.user = session.get("user", "nobody")
    return {"user": g.user}


def invoice() -> dict[str, Any]:
    """Ask for a name inside a nested app context, which has a g of its own."""
    g.user = "ada"
    with current_app.app_context():
        return {"for": g.user}


def invoice_mended() -> dict[str, Any]:
    """Read the name before, and hand it on."""
    user = g.user = "ada"
    with current_app.app_context():
        return {"for": user}


def receipt() -> dict[str, Any]:
    """Take the request along into a thread, and ask for a name in its new g."""
    g.user = "ada"

    @copy_current_request_context
    def send_receipt() -> str:
        return f"Receipt for {g.user}"

    ended = run_in_thread("send-receipt", send_receipt)
    return {"sent": ended.text, "error": repr(ended.error)}


def receipt_mended() -> dict[str, Any]:
    """Hand the name on to the thread."""
    user = g.user = "ada"

    @copy_current_request_context
    def send_receipt() -> str:
        return f"Receipt for {user}"

    return {"sent": run_in_thread("send-receipt", send_receipt).text}


ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("/profile", profile),
    ("/profile-of-session", profile_of_session),
    ("/invoice", invoice),
    ("/invoice-mended", invoice_mended),
    ("/receipt", receipt),
    ("/receipt-mended", receipt_mended),
)
