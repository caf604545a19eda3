"""Contexts that stay, come off in the wrong order, or lie under a request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, g, session

#: Seconds a request context is kept by mistake; the demo calls one stale that is older than `STALE_SECONDS`.
KEPT_SECONDS = 1.2
STALE_SECONDS = 1.0


def leak_mended(app: Flask) -> str:
    """Push an app context in a with block: it is popped whatever happens."""
    with app.app_context():
        g.connection = "open"
    return "The context was popped, and its teardown functions have run."


def pop_in_wrong_order(app: Flask) -> str:
    """Pop the outer context before the inner one.

    Raises:
        AssertionError: From Flask; a RuntimeError from 3.2 on.
    """
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    inner.push()
    outer.pop()
    inner.pop()
    return "Nothing was said about it."


def pop_in_right_order(app: Flask) -> str:
    """Pop the inner context first."""
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    inner.push()
    inner.pop()
    outer.pop()
    return "The inner one first, then the outer one."


def share_g(app: Flask) -> str:
    """Send two requests while an app context is pushed around them."""
    client = app.test_client()
    with app.app_context():
        counted = [client.get("/count-in-g").get_json()["visits"] for _ in range(2)]
    return f"Two requests counted {counted[0]} and {counted[1]} in g."


def share_nothing(app: Flask) -> str:
    """Send two requests with nothing pushed around them."""
    client = app.test_client()
    counted = [client.get("/count-in-g").get_json()["visits"] for _ in range(2)]
    return f"Two requests counted {counted[0]} and {counted[1]} in g."


def keep_request_context(app: Flask) -> str:
    """Do slow work inside a request context and read its session afterwards."""
    with app.test_request_context("/"):
        time.sleep(KEPT_SECONDS)
        user = session.get("user", "nobody")
    return f"The session of {KEPT_SECONDS:g} seconds ago says {user}."


def make_new_request_context(app: Flask) -> str:
    """Do the slow work first, then push a context to read the session in."""
    time.sleep(KEPT_SECONDS)
    with app.test_request_context("/"):
        user = session.get("user", "nobody")
    return f"The session of just now says {user}."


def count_in_g() -> dict[str, Any]:
    """Count visits in g, which is empty again for each request."""
    g.visits = g.get("visits", 0) + 1
    return {"visits": g.visits}


ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (("/count-in-g", count_in_g),)
