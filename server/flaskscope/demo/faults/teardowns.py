"""Teardown functions that raise, take long, or run twice.

The function that closes the database is one of a blueprint, so that it runs for the routes in here only.
"""

from __future__ import annotations

import time

from flask import Blueprint, Flask, g, request

#: Seconds that a slow connection takes to close: the doctor calls half a second slow.
SLOW_SECONDS = 0.6

routes = Blueprint("database", __name__, url_prefix="/database")


class Connection:
    """What stands for a connection to a database.

    Args:
        unsent: Seconds of work that it still has to do when it is closed.
    """

    def __init__(self, unsent: float = 0) -> None:
        self.is_open = True
        self._unsent = unsent

    def close(self) -> None:
        """Send what is left, and close.

        Raises:
            ValueError: If it was closed before.
        """
        if not self.is_open:
            raise ValueError("the connection is closed already")
        time.sleep(self._unsent)
        self.is_open = False


@routes.teardown_request
def close_connection(error: BaseException | None) -> None:
    """Close the connection of this request, if it has one."""
    connection: Connection | None = g.pop("connection", None)
    if connection is not None:
        connection.close()


@routes.get("/closed-twice")
def closed_twice() -> str:
    """Close the connection here, and leave it to be closed once more."""
    g.connection = Connection()
    g.connection.close()
    return "closed here"


@routes.get("/closed-once")
def closed_once() -> str:
    """Leave it to the teardown function to close the connection."""
    g.connection = Connection()
    return "closed at the end"


@routes.get("/slow")
def slow() -> str:
    """Leave work to be done when the connection is closed."""
    g.connection = Connection(unsent=SLOW_SECONDS)
    return "all is sent at the end"


@routes.get("/quick")
def quick() -> str:
    """Leave nothing but the closing."""
    g.connection = Connection()
    return "all is sent"


def push_again(app: Flask) -> str:
    """Push one request context twice: its teardown functions run each time it is popped."""
    context = app.test_request_context("/hello/ada")
    paths: list[str] = []
    for _ in range(2):
        with context:
            paths.append(request.path)
    return f"The teardown functions of {paths[0]} have run twice for one context."


def push_a_new_one(app: Flask) -> str:
    """Push a new request context each time."""
    paths: list[str] = []
    for _ in range(2):
        with app.test_request_context("/hello/ada"):
            paths.append(request.path)
    return f"The teardown functions of {paths[0]} have run once for each of two contexts."
