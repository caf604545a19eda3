"""The article's application: three routes, and a helper that needs somebody else to have pushed a context.

What its routes answer, in JSON:

* ``GET /`` and ``GET /call-function-directly``: *message*, *app_name*, *request_path*, *request_method*,
  *session_visit_count* and *timestamp_from_g* (seconds since 1970; ``null`` where ``g`` has none).
* ``GET /call-function-no-context``: *message*, *error_type* and *error*, since there the helper finds no context.

`ANSWER_KEYS` and `NO_CONTEXT_KEYS` are the only other place with these names. The routes in
`flaskscope.demo.lessons` and `flaskscope.demo.faults` are there for the page's buttons.

Run it without FlaskScope as any other app: ``flask --app flaskscope.demo.app run``.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, session

from flaskscope.demo.commands import create_admin
from flaskscope.demo.faults import outside, sessions, stacks, teardowns, values
from flaskscope.demo.instance import instance_folder, read_or_make_key
from flaskscope.demo.lessons import ROUTES
from flaskscope.demo.threads import run_in_thread

#: How long `index` takes, in seconds: enough for two requests that are sent together to overlap.
PAUSE_SECONDS = 0.05

#: Keys of what ``/`` and ``/call-function-directly`` answer.
ANSWER_KEYS = frozenset(
    {"message", "app_name", "request_path", "request_method", "session_visit_count", "timestamp_from_g"}
)

#: Keys of what ``/call-function-no-context`` answers.
NO_CONTEXT_KEYS = frozenset({"message", "error_type", "error"})

# Not the app's own logger, which prints these lines as soon as the app is in debug.
_logger = logging.getLogger("flaskscope.demo.teardown")


def create_app(instance_path: Path | None = None) -> Flask:
    """Return the demo's application, without FlaskScope.

    Its secret key is the one kept in *instance_path*, by default `flaskscope.demo.instance.instance_folder`. If the
    folder is not writable the key is good for this process only, which one line in the log says.
    """
    folder = instance_path or instance_folder()
    app = Flask("flaskscope.demo.app", instance_path=str(folder), static_folder=None)
    app.secret_key, warning = read_or_make_key(folder)
    if warning:
        app.logger.warning("%s", warning)

    # For the button that keeps a request context: nobody waits five minutes for the doctor to speak.
    app.config["FLASKSCOPE_STALE_SECONDS"] = stacks.STALE_SECONDS

    app.add_url_rule("/", view_func=index)
    app.add_url_rule("/call-function-directly", view_func=call_function_directly)
    app.add_url_rule("/call-function-no-context", view_func=call_function_no_context)
    for path, view, methods in ROUTES:
        app.add_url_rule(path, view_func=view, methods=methods)
    for path, view in (*outside.ROUTES, *stacks.ROUTES, *values.ROUTES, *sessions.ROUTES):
        app.add_url_rule(path, view_func=view)
    app.register_blueprint(teardowns.routes)
    app.teardown_request(log_end_of_request)
    app.teardown_appcontext(log_end_of_app_context)
    app.cli.add_command(create_admin)
    return app


def function_potentially_outside_context() -> dict[str, Any]:
    """Return what the four proxies point to.

    Raises:
        RuntimeError: From Flask, if no context is pushed where it is called.
    """
    return {
        "app_name": current_app.name,
        "request_path": request.path,
        "request_method": request.method,
        "session_visit_count": session.get("visit_count", 0),
        "timestamp_from_g": g.get("request_timestamp"),
    }


def index() -> dict[str, Any]:
    """Count a visit in the session and a time in g, take a while, and let the helper find both."""
    session["visit_count"] = session.get("visit_count", 0) + 1
    g.request_timestamp = time.time()
    time.sleep(PAUSE_SECONDS)
    return {"message": "The helper found its context.", **function_potentially_outside_context()}


def call_function_directly() -> dict[str, Any]:
    """Call the helper and nothing else: the request is there, and g is as empty as it was pushed."""
    return {"message": "Called inside a request.", **function_potentially_outside_context()}


def call_function_no_context() -> dict[str, Any]:
    """Call the helper in a thread of its own: the context of this request stays behind."""
    ended = run_in_thread("thread-of-a-request", function_potentially_outside_context)
    return {
        "message": "Called in a plain thread.",
        "error_type": None if ended.error is None else type(ended.error).__name__,
        "error": None if ended.error is None else str(ended.error).partition("\n")[0],
    }


def log_end_of_request(error: BaseException | None) -> None:
    """Note that a request is over; *error* is the exception nobody handled."""
    _logger.debug("The request is over, error: %r", error)


def log_end_of_app_context(error: BaseException | None) -> None:
    """Note that an app context is popped; *error* is the exception nobody handled."""
    _logger.debug("The app context is over, error: %r", error)
