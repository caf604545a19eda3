"""The proxies used with nothing behind them, and the same with a context."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask, Response, copy_current_request_context, current_app, g, request, url_for

from flaskscope.demo.threads import run_in_thread

_AT_IMPORT = "flaskscope.demo.faults.settings_at_import"
_ON_DEMAND = "flaskscope.demo.faults.settings_on_demand"


def use_g_inside(app: Flask) -> str:
    """Use g with an app context pushed."""
    with app.app_context():
        g.user = "ada"
        return f"g.user is {g.user}"


def use_request_outside(app: Flask) -> str:
    """Use request with an app context only.

    Raises:
        RuntimeError: From Flask.
    """
    with app.app_context():
        return f"The path is {request.path}."


def use_request_inside(app: Flask) -> str:
    """Use request in a test request context."""
    with app.test_request_context("/hello/ada"):
        return f"The path is {request.path}."


def make_url_outside(app: Flask) -> str:
    """Make a URL with an app context only.

    Raises:
        RuntimeError: From Flask.
    """
    with app.app_context():
        return f"The page is at {url_for('index')}."


def make_url_inside(app: Flask) -> str:
    """Make a URL for a host that is told."""
    with app.test_request_context(base_url="https://shop.example.com"):
        return f"The page is at {url_for('index', _external=True)}."


def import_settings(app: Flask) -> str:
    """Import a module that asks for the app while it is loaded.

    Raises:
        RuntimeError: From Flask.
    """
    sys.modules.pop(_AT_IMPORT, None)
    settings = importlib.import_module(_AT_IMPORT)
    return f"A page has {settings.PAGE_SIZE} rows."


def import_settings_mended(app: Flask) -> str:
    """Import a module that asks for the app when somebody calls it."""
    sys.modules.pop(_ON_DEMAND, None)
    settings = importlib.import_module(_ON_DEMAND)
    with app.app_context():
        return f"A page has {settings.page_size()} rows."


def run_job(app: Flask) -> str:
    """Hand a function that needs the app to a pool of threads.

    Raises:
        RuntimeError: From Flask.
    """

    def send_mail() -> str:
        return f"Sent for {current_app.name}."

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(send_mail).result()


def run_job_mended(app: Flask) -> str:
    """Let the job push a context of its own."""

    def send_mail() -> str:
        with app.app_context():
            return f"Sent for {current_app.name}."

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(send_mail).result()


def thread_with_context() -> dict[str, Any]:
    """Read the request in a thread that took it along."""

    @copy_current_request_context
    def read_path() -> str:
        return f"{current_app.name} answers {request.path}"

    return {"seen_by_thread": run_in_thread("thread-with-context", read_path).text}


def stream_values() -> Response:
    """Stream three lines that need no context any more: the view reads what they say."""
    path, user = request.path, "ada"
    return Response((f"Line {number} of {path} for {user}\n" for number in (1, 2, 3)), mimetype="text/plain")


ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("/thread-with-context", thread_with_context),
    ("/stream-values", stream_values),
)
