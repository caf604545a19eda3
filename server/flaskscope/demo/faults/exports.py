"""An app of its own that streams an export, for gunicorn: ``gunicorn flaskscope.demo.faults.exports:make_app()``.

Behind it is a middleware as one finds many: it counts the downloads that are running, and forgets that a server ends
one that was given up by calling ``close()``. So the body of such a download is kept, half read, with whatever context
it has pushed (pallets/flask #6123).
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request, stream_with_context

from flaskscope import FlaskScope

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Lines of the export, the pause after each, in seconds, and how long each is: so many that a server cannot hand them
#: all to the network before it learns that nobody is there any more.
LINES, PAUSE_SECONDS, LINE_LENGTH = 200, 0.01, 20_000

#: Seconds after which the server ends by itself, should nobody end it.
LIFETIME_SECONDS = 30.0


class RunningDownloads:
    """Middleware that knows the downloads that are running."""

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self._wsgi_app = wsgi_app
        self.running: list[Iterable[bytes]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """Answer as a WSGI application."""
        body = self._wsgi_app(environ, start_response)
        self.running.append(body)
        for piece in body:  # noqa: UP028 - yield from would close the body
            yield piece
        # A download that is given up never gets here, and neither does anything close its body.
        self.running.remove(body)


def export() -> Response:
    """Stream lines that look into g while they are sent."""
    g.owner = request.args["for"]

    def lines() -> Iterator[str]:
        for number in range(LINES):
            yield f"{number} for {g.owner}".ljust(LINE_LENGTH) + "\n"
            time.sleep(PAUSE_SECONDS)

    return Response(stream_with_context(lines()), mimetype="text/plain")


def export_mended() -> Response:
    """Read what the lines need before the stream begins: they need no context."""
    owner = request.args["for"]

    def lines() -> Iterator[str]:
        for number in range(LINES):
            yield f"{number} for {owner}".ljust(LINE_LENGTH) + "\n"
            time.sleep(PAUSE_SECONDS)

    return Response(lines(), mimetype="text/plain")


def whose() -> dict[str, Any]:
    """Return the owner in g, where this request has put none."""
    return {"owner": getattr(g, "owner", None)}


def make_app() -> Flask:
    """Return the app, which is watched if FlaskScope is on."""
    app = Flask("flaskscope.demo.exports", static_folder=None)
    app.secret_key = secrets.token_hex()  # its sessions are nobody's
    app.add_url_rule("/export", view_func=export)
    app.add_url_rule("/export-mended", view_func=export_mended)
    app.add_url_rule("/whose", view_func=whose)
    FlaskScope(app)
    app.wsgi_app = RunningDownloads(app.wsgi_app)  # type: ignore[method-assign]
    end = threading.Timer(LIFETIME_SECONDS, os.kill, (os.getppid(), signal.SIGTERM))
    end.daemon = True
    end.start()
    return app
