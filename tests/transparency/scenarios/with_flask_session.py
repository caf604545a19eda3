"""A whole application with Flask-Session, whose sessions lie on the server: in files, and in Redis."""

from __future__ import annotations

import itertools
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from unittest import mock

import flask
from flask import Flask, session

from tests.transparency.driving import Browser, send
from tests.transparency.scenario import Watch, behind, raised, scenario

#: Looks for a server that is starting, and the seconds each may take.
LOOKS = 200
LOOK_SECONDS = 0.05


@contextmanager
def _redis() -> Iterator[Any]:
    """Start a Redis of our own on a free port, and yield a client of it."""
    redis: Any = import_module("redis")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis("127.0.0.1", port)
        try:
            for _ in range(LOOKS):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    try:
                        server.wait(LOOK_SECONDS)
                    except subprocess.TimeoutExpired:
                        continue
                    raise RuntimeError(
                        f"redis-server ended at once with status {server.returncode}"
                    ) from None
            yield client
        finally:
            client.close()
            server.terminate()
            server.wait()


@contextmanager
def _known_numbers() -> Iterator[None]:
    """Let sessions be numbered in order, so that two runs of a scenario can be compared."""
    numbered = (f"{number:04}" + "x" * 39 for number in itertools.count(1))
    with mock.patch.object(secrets, "token_urlsafe", side_effect=numbered):
        yield


def _app(**settings: Any) -> Flask:
    # Here, not above: the tests themselves run where it is not installed.
    flask_session: Any = import_module("flask_session")

    app = Flask("app")
    app.secret_key = "secret"
    app.config.update(settings)
    flask_session.Session(app)

    @app.get("/")
    def index() -> dict[str, Any]:
        session["count"] = session.get("count", 0) + 1
        own = behind(session)
        return {
            "count": session["count"],
            "type": type(own).__name__,
            "sid": own.sid,
            "vars": sorted(vars(own)),
        }

    @app.get("/nested")
    def nested() -> dict[str, Any]:
        session.setdefault("list", [])
        session["list"].append(1)
        return {"list": session["list"], "modified": session.modified}

    @app.get("/read")
    def read() -> dict[str, Any]:
        return {"session": dict(session), "modified": session.modified, "accessed": session.accessed}

    @app.get("/drop")
    def drop() -> dict[str, Any]:
        return {
            "popped": session.pop("count", None),
            "again": session.pop("count", "gone"),
            "missing": raised(lambda: session["count"])["type"],
        }

    @app.get("/permanent")
    def permanent() -> str:
        session.permanent = not session.permanent
        return str(session.permanent)

    @app.get("/flash")
    def flash() -> dict[str, Any]:
        flask.flash("message")
        return {"flashed": flask.get_flashed_messages()}

    app.add_url_rule("/clear", "clear", lambda: session.clear() or "cleared")  # type: ignore[func-returns-value]
    app.add_url_rule("/nothing", "nothing", lambda: "nothing")
    app.add_url_rule("/fail", "fail", lambda: session.update(a=1) or session["none"])
    app.add_url_rule(
        "/regenerate",
        "regenerate",
        lambda: app.session_interface.regenerate(behind(session)) or "regenerated",  # type: ignore[attr-defined]
    )
    return app


_PATHS = (
    "/nothing / / /nested /nested /read /flash /permanent / /fail /drop /read /regenerate / /clear /read / /missing"
).split()


def _drive(watch: Watch, app: Flask) -> Any:
    watch(app)
    browser = Browser(app.wsgi_app)
    answers: list[Any] = [[path, browser.send(path).plain] for path in _PATHS]
    with app.test_client() as client:
        client.get("/")
        answers.append(["client", dict(session)])
        with client.session_transaction() as opened:
            opened["by client"] = 1
        answers.append(["client", client.get("/read").get_json()])
    answers.append(["forged", send(app.wsgi_app, "/read", cookie="session=forged").plain])
    with app.test_request_context():
        session["by hand"] = 1
        answers.append(
            ["by hand", dict(session), type(app.session_interface), sorted(vars(app.session_interface))]
        )
    return answers


@scenario
def sessions_in_files(watch: Watch) -> Any:
    cachelib: Any = import_module("cachelib.file")
    with tempfile.TemporaryDirectory() as folder, _known_numbers():
        cache = cachelib.FileSystemCache(folder, threshold=100)
        answers = _drive(watch, _app(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache))
        return [answers, cache._file_count]


@scenario
def sessions_in_redis(watch: Watch) -> Any:
    with _redis() as client, _known_numbers():
        answers = _drive(watch, _app(SESSION_TYPE="redis", SESSION_REDIS=client))
        stored = {key.decode(): [client.get(key), client.ttl(key) > 0] for key in sorted(client.keys())}
        return [answers, stored]


@scenario
def a_redis_that_is_gone(watch: Watch) -> Any:
    """The store fails while a session is opened, and while it is saved."""
    with _redis() as client, _known_numbers():
        app = _app(SESSION_TYPE="redis", SESSION_REDIS=client)
        watch(app)
        browser = Browser(app.wsgi_app)
        first = browser.send("/").plain
    answers = []
    for path in ("/", "/nothing"):
        answer = raised(lambda path=path: browser.send(path).plain)
        answers.append([answer.get("type"), answer.get("returned", {}).get("status")])
    return [first, answers]
