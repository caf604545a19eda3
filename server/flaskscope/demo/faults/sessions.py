"""Sessions that lose something, or everything."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, session, stream_with_context

#: Names in a basket that is too large for a cookie even when it is compressed, and baskets kept in this process.
TOO_MANY_GOODS = 600
MAX_BASKETS = 100

_baskets: OrderedDict[str, list[str]] = OrderedDict()


def refuse_cookie(app: Flask) -> str:
    """Come back with a cookie that was signed with another key."""
    return _come_back_with(_cookie(app, "the key of yesterday"), app)


def accept_cookie(app: Flask) -> str:
    """Come back with a cookie that was signed with the app's own key."""
    return _come_back_with(_cookie(app, app.secret_key), app)


def change_inside(app: Flask) -> str:
    """Change a list inside the session, of which the session learns nothing."""
    return _fill_list(app, "/list/append")


def change_inside_mended(app: Flask) -> str:
    """Say that the session was changed."""
    return _fill_list(app, "/list/append-mended")


def new_list() -> dict[str, Any]:
    """Put a list into the session."""
    session["list"] = ["tea"]
    return {"list": session["list"]}


def append() -> dict[str, Any]:
    """Append to the list: no key of the session is given a value, so nothing is saved."""
    session["list"].append("milk")
    return {"list": session["list"]}


def append_mended() -> dict[str, Any]:
    """Append to the list, and say so."""
    session["list"].append("milk")
    session.modified = True
    return {"list": session["list"]}


def show_list() -> dict[str, Any]:
    """Return the list that came back with the cookie."""
    return {"list": session["list"]}


def fill_basket() -> dict[str, Any]:
    """Put so much into the session that browsers drop its cookie."""
    session["basket"] = _goods()
    return {"goods": TOO_MANY_GOODS}


def fill_basket_mended() -> dict[str, Any]:
    """Keep the goods on the server, and their number in the session."""
    number = secrets.token_hex(8)
    _baskets[number] = _goods()
    while len(_baskets) > MAX_BASKETS:
        _baskets.popitem(last=False)
    session["basket_number"] = number
    return {"goods": len(_baskets[number])}


def count_late() -> Response:
    """Change the session while the response is streamed: its head, with the cookie, has left."""

    def lines() -> Iterator[str]:
        yield "The head has left.\n"
        session["lines_seen"] = 1
        yield "The session was changed.\n"

    return Response(stream_with_context(lines()), mimetype="text/plain")


def count_in_time() -> Response:
    """Change the session in the view, before the response is made."""
    session["lines_seen"] = 1
    return Response(iter(["The session was changed before.\n"]), mimetype="text/plain")


def _goods() -> list[str]:
    return [secrets.token_hex(8) for _ in range(TOO_MANY_GOODS)]


def _fill_list(app: Flask, path: str) -> str:
    client = app.test_client()
    client.get("/list/new")
    client.get(path)
    kept = client.get("/list").get_json()["list"]
    return f"milk was appended, and the next request finds {' and '.join(kept)}."


def _cookie(app: Flask, key: str | bytes | None) -> str:
    """Return a session cookie as an app with this secret key signs it."""
    signer = Flask(app.name)
    signer.secret_key = key
    serializer = signer.session_interface.get_signing_serializer(signer)  # type: ignore[attr-defined]
    return str(serializer.dumps({"visit_count": 41}))


def _come_back_with(cookie: str, app: Flask) -> str:
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)
    visits = client.get("/").get_json()["session_visit_count"]
    return f"After 41 visits this one is number {visits}."


ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("/list/new", new_list),
    ("/list/append", append),
    ("/list/append-mended", append_mended),
    ("/list", show_list),
    ("/basket", fill_basket),
    ("/basket-mended", fill_basket_mended),
    ("/count-late", count_late),
    ("/count-in-time", count_in_time),
)
