"""Sessions that vanish."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask, Response, flash, get_flashed_messages, session, stream_with_context
from flask.sessions import SecureCookieSessionInterface

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


def of_another_app(app: Flask) -> None:
    _visits(app)
    app.test_client(use_cookies=False).get("/", headers={"Cookie": "session=a-cookie-of-something-else"})


def cookie_of_another_name(app: Flask) -> None:
    _visits(app)
    app.config["SESSION_COOKIE_NAME"] = "shop_session"
    app.test_client(use_cookies=False).get("/", headers={"Cookie": "session=a-cookie-of-something-else"})


def signed_by_another_start(app: Flask) -> None:
    _visits(app)
    app.test_client(use_cookies=False).get(
        "/", headers={"Cookie": f"session={_signed('a key of yesterday')}"}
    )


def signed_with_the_same_key(app: Flask) -> None:
    """One without content is accepted, too."""
    _visits(app)
    for content in ({"visits": 1}, {}):
        cookie = _signed(app.secret_key, content)
        app.test_client(use_cookies=False).get("/", headers={"Cookie": f"session={cookie}"})


def _signed(key: Any, content: dict[str, Any] | None = None) -> str:
    signer = Flask("signer")
    signer.secret_key = key
    serializer = SecureCookieSessionInterface().get_signing_serializer(signer)
    assert serializer is not None
    return str(serializer.dumps({"visits": 1} if content is None else content))


def expired(app: Flask) -> None:
    _visits(app)
    client = app.test_client()
    client.get("/")
    app.permanent_session_lifetime = timedelta(seconds=-1)
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
        flash("welcome")
        return response

    with app.test_client() as client:
        client.get("/")
        assert ["welcome"] == get_flashed_messages()


def _streaming_visits(app: Flask, *, late: bool) -> None:
    @app.get("/stream")
    def stream() -> Response:
        session["visits"] = 1
        flash("welcome")

        def lines() -> Iterator[str]:
            yield "first"
            if late:
                session["seen"] = True
            yield "last"

        return Response(stream_with_context(lines()))


def changed_by_a_stream(app: Flask) -> None:
    _streaming_visits(app, late=True)
    with app.test_client() as client:
        client.get("/stream").get_data()


def changed_by_a_teardown_function_of_a_stream(app: Flask) -> None:
    _streaming_visits(app, late=False)

    @app.teardown_request
    def note(error: BaseException | None) -> None:
        session["seen"] = True

    with app.test_client() as client:
        client.get("/stream").get_data()


def changed_by_the_test_of_a_stream(app: Flask) -> None:
    _streaming_visits(app, late=False)
    with app.test_client() as client:
        client.get("/stream").get_data()
        assert ["welcome"] == get_flashed_messages()


def changed_inside(app: Flask) -> None:
    _cart(app)

    @app.get("/add")
    def add() -> str:
        session["cart"].append("tea")
        return "added"

    client = app.test_client()
    client.get("/fill")
    client.get("/add")


def changed_inside_and_said_so(app: Flask) -> None:
    """As is the twin whose list is new: what was assigned is saved with all that happens to it until then."""
    _cart(app)

    @app.get("/add")
    def add() -> str:
        session["cart"].append("tea")
        session.modified = True
        session.setdefault("seen", []).append("tea")
        return "added"

    client = app.test_client()
    for path in ("/fill", "/add", "/look"):
        client.get(path)


def _cart(app: Flask) -> None:
    @app.get("/fill")
    def fill() -> str:
        session["cart"] = ["milk"]
        return "filled"

    @app.get("/look")
    def look() -> str:
        return ", ".join(sorted(session["cart"]))


def changed_while_streaming(app: Flask) -> None:
    @app.get("/")
    def index() -> Response:
        def rows() -> Iterator[str]:
            session["seen"] = True
            yield "a row"

        return Response(stream_with_context(rows()))

    app.test_client().get("/").get_data()


def cleared_while_streaming(app: Flask) -> None:
    @app.get("/")
    def index() -> Response:
        session["seen"] = True

        def rows() -> Iterator[str]:
            yield "a row"
            session.clear()

        return Response(stream_with_context(rows()))

    app.test_client().get("/").get_data()


def changed_before_streaming(app: Flask) -> None:
    @app.get("/")
    def index() -> Response:
        session["seen"] = True

        def rows() -> Iterator[str]:
            yield str(session["seen"])

        return Response(stream_with_context(rows()))

    app.test_client().get("/").get_data()


def changed_by_who_kept_it(app: Flask) -> None:
    kept = []

    @app.get("/")
    def index() -> str:
        kept.append(session._get_current_object())  # type: ignore[attr-defined]
        return ""

    app.test_client().get("/")
    kept[0]["seen"] = True


def read_by_who_kept_it(app: Flask) -> None:
    kept = []

    @app.get("/")
    def index() -> str:
        session["seen"] = True
        kept.append(session._get_current_object())  # type: ignore[attr-defined]
        return ""

    app.test_client().get("/")
    assert kept[0]["seen"]


PAIRS = {
    "changed inside": Pair(changed_inside, changed_inside_and_said_so, ("session-change-inside-lost",)),
    "too late, streaming": Pair(
        changed_while_streaming, changed_before_streaming, ("session-changed-too-late",)
    ),
    "too late, cleared": Pair(
        cleared_while_streaming, changed_before_streaming, ("session-changed-too-late",)
    ),
    "too late, kept": Pair(changed_by_who_kept_it, read_by_who_kept_it, ("session-changed-too-late",)),
    "refused, another app's": Pair(of_another_app, cookie_of_another_name, ("session-refused",)),
    "refused, another key": Pair(signed_by_another_start, signed_with_the_same_key, ("session-refused",)),
    "refused, expired": Pair(expired, same_key, ("session-refused",)),
    "refused": Pair(changed_key, same_key, ("session-refused",)),
    "no key": Pair(no_key, no_key_and_no_change, ("session-without-secret-key",)),
    "too large": Pair(too_large, large_enough, ("session-too-large",)),
    "too late, in a stream": Pair(
        changed_by_a_stream, changed_by_the_test_of_a_stream, ("session-changed-too-late",)
    ),
    "too late, when a stream is torn down": Pair(
        changed_by_a_teardown_function_of_a_stream,
        changed_by_the_test_of_a_stream,
        ("session-changed-too-late",),
        on=dict.fromkeys(("3.1.2", "3.1.3"), ("session-changed-too-late", "teardown-repeated")),
    ),
    "too late": Pair(changed_by_a_teardown_function, changed_after_the_view, ("session-changed-too-late",)),
}
