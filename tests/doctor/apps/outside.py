"""Uses of the proxies where nothing is pushed."""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from click.testing import CliRunner
from flask import Flask, copy_current_request_context, current_app, request, session

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


PAIRS = {
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
