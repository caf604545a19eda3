"""Stands in front of the dashboard: decides who may come in before any code of the dashboard runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flaskscope.config import Settings
from flaskscope.web.answers import Answer, forbidden, secured, unavailable
from flaskscope.web.handshake import asks_for_websocket, narrowed, refuse_handshake, refuse_server
from flaskscope.web.origin import is_from_here, refuse_host, refuse_origin
from flaskscope.web.slots import Slots, full
from flaskscope.web.socket import harden
from flaskscope.web.token import TokenGate
from flaskscope.web.worker import current_worker

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Bytes of a request's body. The dashboard's own are below a hundred.
MAX_BODY_BYTES = 64 * 1024

#: Processes that send their events here at once; each holds a thread.
MAX_FEEDS = 64

#: Where the page's stream is, below the prefix.
STREAM_PATH = "/stream"

#: Where other processes send their events, below the prefix.
FEED_PATH = "/feed"

#: What programs read and send; they may send the token with each request instead of a cookie.
_FOR_PROGRAMS = (STREAM_PATH, FEED_PATH, "/events", "/messages")

#: The key of the environment under which the route of the stream finds the server's worker, or ``None``.
WORKER_KEY = "flaskscope.worker"

_SAFE_METHODS = {"GET", "HEAD"}


class Guard:
    """A WSGI middleware that lets only what is allowed through to *dashboard*.

    In this order: the Host must be one of ours, an Origin must be our own, the visitor must be on this machine or
    know the token, and what changes anything must be a small JSON POST from our own page. A WebSocket is checked
    and hardened here too. Every answer gets the security headers.

    Args:
        dashboard: The application behind.
        feed: The application behind that takes in what other processes send.
        settings: Whose hosts and token count.
        slots: Where streams are counted.
    """

    def __init__(
        self, dashboard: WSGIApplication, feed: WSGIApplication, settings: Settings, slots: Slots
    ) -> None:
        self._dashboard = dashboard
        self._feed = feed
        self._feed_slots = Slots(MAX_FEEDS)
        self._settings = settings
        self._slots = slots
        self._gate = TokenGate(settings.token) if settings.token else None
        self._secured = secured(self._answer)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request whose SCRIPT_NAME ends with the dashboard's prefix."""
        return self._secured(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refused = self._refuse(environ)
        if refused is not None:
            return refused(environ, start_response)
        path = environ.get("PATH_INFO", "")
        if path == "":
            to_page = Answer(
                "308 Permanent Redirect", "", (("Location", f"{environ.get('SCRIPT_NAME', '')}/"),)
            )
            return to_page(environ, start_response)
        if path == STREAM_PATH:
            return self._open_stream(environ, start_response, self._dashboard, self._slots)
        if path == FEED_PATH:
            return self._open_stream(environ, start_response, self._feed, self._feed_slots)
        return self._dashboard(environ, start_response)

    def _refuse(self, environ: WSGIEnvironment) -> Answer | None:
        is_unsafe = environ["REQUEST_METHOD"] not in _SAFE_METHODS or asks_for_websocket(environ)
        return (
            refuse_host(environ, self._settings.hosts)
            or refuse_origin(environ, is_unsafe=is_unsafe)
            or self._refuse_stranger(environ)
            or _refuse_request(environ)
        )

    def _refuse_stranger(self, environ: WSGIEnvironment) -> Answer | None:
        if self._gate is not None:
            return self._gate.answer(environ, is_page=environ.get("PATH_INFO") not in _FOR_PROGRAMS)
        if is_from_here(environ):
            return None
        return forbidden(
            "This dashboard shows session data, and this request does not come straight from the machine it runs on. "
            "Set FLASKSCOPE_TOKEN to open it to others."
        )

    def _open_stream(
        self, environ: WSGIEnvironment, start_response: StartResponse, app: WSGIApplication, slots: Slots
    ) -> Iterable[bytes]:
        refused = refuse_handshake(environ) or refuse_server(environ)
        if refused is not None:
            return refused(environ, start_response)
        worker = current_worker()
        if not slots.take(worker.max_streams if worker else None):
            return unavailable(" ".join(full(worker, slots.limit)), retry_seconds=5)(environ, start_response)
        try:
            environ = narrowed(environ)
            connection = harden(environ, lambda: worker is not None and worker.is_leaving)
            environ[WORKER_KEY] = worker
            try:
                return app(environ, start_response)
            except StopIteration:
                # flask-sock's way to leave gunicorn without an answer. A generator between us and the server would
                # make an error of it; an empty answer cannot be sent any more either, and harms nothing.
                return Answer("200 OK")(environ, start_response)
            finally:
                connection.close()
        finally:
            slots.give_back()


def _refuse_request(environ: WSGIEnvironment) -> Answer | None:
    """Return why the form of a request is refused, or ``None``."""
    method = environ["REQUEST_METHOD"]
    if method in _SAFE_METHODS:
        return None
    if method != "POST":
        allow = (("Allow", "GET, HEAD, POST"),)
        return Answer("405 Method Not Allowed", "The dashboard knows GET, HEAD and POST only.", allow)
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != "application/json":
        # A form of another site can send plain text without asking; JSON it cannot.
        return Answer("415 Unsupported Media Type", "Send the body as application/json.")
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()):
        return Answer("411 Length Required", "Send the body with its Content-Length.")
    if len(length) > 12 or int(length) > MAX_BODY_BYTES:
        return Answer(
            "413 Content Too Large", f"The body has {length[:12]} bytes; {MAX_BODY_BYTES} are enough."
        )
    return None
