"""Sessions that vanish."""

from __future__ import annotations

import warnings

from flask import Flask, session

from tests.doctor.apps.pair import Pair


def _visits(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])


def changed_key(app: Flask) -> None:
    _visits(app)
    client = app.test_client()
    client.get("/")
    app.secret_key = "made anew at each start"
    client.get("/")


def same_key(app: Flask) -> None:
    _visits(app)
    client = app.test_client()
    client.get("/")
    client.get("/")


def no_key(app: Flask) -> None:
    app.secret_key = None
    _visits(app)
    app.test_client().get("/")


def no_key_and_no_change(app: Flask) -> None:
    app.secret_key = None

    @app.get("/")
    def index() -> str:
        return str(session.get("visits"))

    app.test_client().get("/")


def _basket(app: Flask, goods: int) -> None:
    @app.get("/")
    def index() -> str:
        session["basket"] = [f"{number:x}" * 5 for number in range(goods)]
        return "full"

    app.test_client().get("/")


def too_large(app: Flask) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Werkzeug's own word on it
        _basket(app, 4_000)


def large_enough(app: Flask) -> None:
    _basket(app, 100)


def changed_by_a_teardown_function(app: Flask) -> None:
    _visits(app)

    @app.teardown_request
    def note(error: BaseException | None) -> None:
        session["seen"] = True

    app.test_client().get("/")


def changed_after_the_view(app: Flask) -> None:
    _visits(app)

    @app.after_request
    def note(response: object) -> object:
        session["seen"] = True
        return response

    app.test_client().get("/")


PAIRS = {
    "refused": Pair(changed_key, same_key, ("session-refused",)),
    "no key": Pair(no_key, no_key_and_no_change, ("session-without-secret-key",)),
    "too large": Pair(too_large, large_enough, ("session-too-large",)),
    "too late": Pair(changed_by_a_teardown_function, changed_after_the_view, ("session-changed-too-late",)),
}
