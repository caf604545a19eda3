"""Uses of the proxies where nothing is pushed."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sysconfig
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask, copy_current_request_context, current_app, g, request, session, url_for
from flask.globals import app_ctx

from tests.doctor.apps.pair import Pair, in_thread, raising


def _page_size() -> int:
    return int(current_app.config.get("PAGE_SIZE", 10))


def script_without_context(app: Flask) -> None:
    with raising(RuntimeError):
        _page_size()


def script_with_context(app: Flask) -> None:
    with app.app_context():
        _page_size()
    # Questions whether there is a context are no use of it.
    assert not current_app
    assert "unbound" in repr(current_app)


def request_in_app_context(app: Flask) -> None:
    with app.app_context(), raising(RuntimeError):
        _ = request.path


def request_in_test_request_context(app: Flask) -> None:
    with app.test_request_context("/somewhere"):
        assert "/somewhere" == request.path
        session.get("user")


def _import(source: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings_of_the_shop.py"
        path.write_text(source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        with contextlib.suppress(RuntimeError):
            spec.loader.exec_module(importlib.util.module_from_spec(spec))


def used_at_import(app: Flask) -> None:
    _import("from flask import current_app\nPAGE_SIZE = current_app.config.get('PAGE_SIZE')\n")


def used_later(app: Flask) -> None:
    _import(
        "from flask import current_app\ndef page_size():\n    return current_app.config.get('PAGE_SIZE')\n"
    )


def _click_command(app: Flask, *, with_context: bool) -> None:
    @click.command()
    def create_admin() -> None:
        if with_context:
            with app.app_context():
                click.echo(current_app.name)
        else:
            click.echo(current_app.name)

    CliRunner().invoke(create_admin)


def plain_click_command(app: Flask) -> None:
    _click_command(app, with_context=False)


def flask_command(app: Flask) -> None:
    @app.cli.command()
    def create_admin() -> None:
        click.echo(current_app.name)

    app.test_cli_runner().invoke(create_admin)
    _click_command(app, with_context=True)


def pool_job(app: Flask) -> None:
    with ThreadPoolExecutor(1) as pool, raising(RuntimeError):
        pool.submit(_page_size).result()


def pool_job_with_context(app: Flask) -> None:
    def job() -> int:
        with app.app_context():
            return _page_size()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(job).result()


def plain_thread(app: Flask) -> None:
    in_thread(_page_size)


def thread_of_a_request(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        in_thread(_page_size)
        return "done"

    app.test_client().get("/")


def thread_of_a_request_with_context(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        in_thread(copy_current_request_context(_page_size))
        return "done"

    app.test_client().get("/")


def thread_with_context(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            _page_size()

    in_thread(work)


def expected_by_who_asks(app: Flask) -> None:
    """Whoever names the exception where it is raised knows what they do."""

    def path_or_dash() -> str:
        try:
            return str(request.path)
        except (LookupError, RuntimeError):
            return "-"

    assert "-" == path_or_dash()
    with contextlib.suppress(RuntimeError):
        _ = g.user
    with pytest.raises(RuntimeError):
        _ = current_app.name


def expected_by_nobody(app: Flask) -> None:
    """What is only defined inside of the block runs outside of it."""
    try:

        def path() -> str:
            return str(request.path)

    except RuntimeError:
        return
    with raising(RuntimeError):
        path()


def context_behind_a_proxy(app: Flask) -> None:
    """As Flask-SQLAlchemy asks for the context, to have a session of the database for each."""
    with raising(RuntimeError):
        _ = app_ctx.g


def context_behind_a_proxy_pushed(app: Flask) -> None:
    with app.app_context():
        _ = app_ctx.g


def job_of_a_runner(app: Flask) -> None:
    """Its function has no decorator, and the line is one of a function that it calls."""
    run_job(_page_size)


def job_of_a_runner_with_context(app: Flask) -> None:
    with app.app_context():
        run_job(_page_size)


def run_job(job: Callable[[], object]) -> None:
    """Run *job* as RQ does, with a module of its name on the stack."""
    source = "def perform(job):\n    try:\n        job()\n    except RuntimeError:\n        pass\n"
    module: dict[str, Any] = {"__name__": "rq.job"}
    library = os.path.join(sysconfig.get_path("purelib"), "rq", "job.py")
    exec(compile(source, library, "exec"), module)
    module["perform"](job)


def request_in_a_job(app: Flask) -> None:
    """It has an app context, so that is not what it lacks."""

    def job() -> None:
        with app.app_context():
            _ = request.path

    run_job(job)


def url_without_request(app: Flask) -> None:
    app.add_url_rule("/", "index")
    with raising(RuntimeError), app.app_context():
        url_for("index")


def url_with_server_name(app: Flask) -> None:
    app.add_url_rule("/", "index")
    app.config["SERVER_NAME"] = "shop.example.com"
    with app.app_context():
        assert "http://shop.example.com/" == url_for("index")
    with app.test_request_context():
        url_for("index")


PAIRS = {
    "expected": Pair(expected_by_nobody, expected_by_who_asks, ("outside-request-context",)),
    "behind the proxies": Pair(
        context_behind_a_proxy, context_behind_a_proxy_pushed, ("outside-app-context",)
    ),
    "job of a runner": Pair(job_of_a_runner, job_of_a_runner_with_context, ("job-without-context",)),
    "request in a job": Pair(request_in_a_job, job_of_a_runner_with_context, ("outside-request-context",)),
    "url": Pair(url_without_request, url_with_server_name, ("url-outside-request",)),
    "script": Pair(script_without_context, script_with_context, ("outside-app-context",)),
    "thread": Pair(plain_thread, thread_with_context, ("outside-app-context",)),
    "thread of a request": Pair(
        thread_of_a_request, thread_of_a_request_with_context, ("thread-without-context",)
    ),
    "request": Pair(request_in_app_context, request_in_test_request_context, ("outside-request-context",)),
    "import": Pair(used_at_import, used_later, ("outside-context-at-import",)),
    "click command": Pair(plain_click_command, flask_command, ("job-without-context",)),
    "job of a pool": Pair(pool_job, pool_job_with_context, ("job-without-context",)),
}
