"""Whether a request may become a WebSocket.

It is decided before flask-sock sees it, because flask-sock answers 101 before any code of the route runs.
"""

from __future__ import annotations

import base64
import binascii
import sys
from typing import TYPE_CHECKING, Any

from flaskscope.web.answers import Answer, bad_request, unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: Where a server leaves the connection's socket, and simple-websocket takes it from.
_SOCKET_KEYS = ("werkzeug.socket", "gunicorn.socket")

#: What simple-websocket gets to see of the handshake. Extensions are not among it, so compression is never
#: negotiated (it multiplies what a hostile client can make us store, and is not safe with several writers), nor
#: is anything a client could upset the parser with.
_KEPT_HEADERS = {
    "HTTP_HOST",
    "HTTP_UPGRADE",
    "HTTP_CONNECTION",
    "HTTP_SEC_WEBSOCKET_KEY",
    "HTTP_SEC_WEBSOCKET_VERSION",
}


def asks_for_websocket(environ: WSGIEnvironment) -> bool:
    """Return whether the request wants to become a WebSocket, well-formed or not."""
    return "websocket" in environ.get("HTTP_UPGRADE", "").lower()


def refuse_handshake(environ: WSGIEnvironment) -> Answer | None:
    """Return what is wrong with a request to the stream's address, or ``None`` if it is a proper handshake."""
    if environ.get("REQUEST_METHOD") != "GET":
        return Answer("405 Method Not Allowed", "A WebSocket begins with GET.", (("Allow", "GET"),))
    upgrade = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"))
    if environ.get("HTTP_UPGRADE", "").strip().lower() != "websocket":
        return Answer("426 Upgrade Required", "This is a WebSocket: the Upgrade header is missing.", upgrade)
    tokens = [token.strip().lower() for token in environ.get("HTTP_CONNECTION", "").split(",")]
    if "upgrade" not in tokens:
        return Answer(
            "426 Upgrade Required", "This is a WebSocket: 'Connection: Upgrade' is missing.", upgrade
        )
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        return Answer("426 Upgrade Required", "Sec-WebSocket-Version must be 13.", upgrade)
    try:
        key = base64.b64decode(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 16:
        return bad_request("Sec-WebSocket-Key must be 16 bytes in base64.")
    return None


def connection_of(environ: WSGIEnvironment) -> Any:
    """Return the socket that a request came through, ``None`` if the server does not hand it out."""
    for key in _SOCKET_KEYS:
        if key in environ:
            return environ[key]
    if _is_gevent(environ):
        # Beneath the request's body, which pywsgi wraps once or twice.
        body = environ.get("wsgi.input")
        return getattr(getattr(getattr(body, "rfile", body), "raw", None), "_sock", None)
    return None


def replace_connection(environ: WSGIEnvironment, connection: Any) -> None:
    """Let simple-websocket take *connection* for the socket that a request came through."""
    environ[next((key for key in _SOCKET_KEYS if key in environ), _SOCKET_KEYS[0])] = connection


def single_file(environ: WSGIEnvironment) -> tuple[str, str] | None:
    """Return why no answer of this server may last, and what to do; ``None`` if it handles requests side by side."""
    if environ.get("wsgi.multithread"):
        return None
    if _is_gevent(environ):
        # It says that it has one thread, which is true: requests are greenlets in it, and take turns where they wait.
        if _waits_by_greenlets():
            return None
        what = "This gevent server waits for nobody but itself: a live dashboard would block it."
        return what, "Begin the program with 'from gevent import monkey; monkey.patch_all()'."
    if environ.get("SERVER_SOFTWARE", "").startswith("gunicorn"):
        what = "This gunicorn worker is 'sync': a live dashboard would block it."
        return what, "Start gunicorn with --threads 8."
    what = "This server handles one request at a time: a live dashboard would block it."
    return what, "Let it use threads."


def refuse_server(environ: WSGIEnvironment) -> Answer | None:
    """Return why this server cannot hold a connection open, or ``None`` if it can."""
    if (one_by_one := single_file(environ)) is not None:
        return unavailable(" ".join(one_by_one))
    if connection_of(environ) is None:
        return unavailable(
            "This server does not hand out its connections, so there can be no WebSocket: read the same messages as "
            "lines from …/messages, or use 'flask run', or gunicorn with --threads 8."
        )
    return None


def narrowed(environ: WSGIEnvironment) -> WSGIEnvironment:
    """Return a copy of a checked handshake with nothing in it but what the WebSocket needs."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith("HTTP_") or name in _KEPT_HEADERS
    }


def _is_gevent(environ: WSGIEnvironment) -> bool:
    """Return whether the server is gevent's own, ``gevent.pywsgi``, and not a worker of gunicorn that uses gevent."""
    return str(environ.get("SERVER_SOFTWARE", "")).startswith("gevent/")


def _waits_by_greenlets() -> bool:
    """Return whether gevent has put its own in the place of what Python waits by."""
    monkey: Any = sys.modules.get("gevent.monkey")
    return monkey is not None and all(monkey.is_module_patched(name) for name in ("threading", "select"))
