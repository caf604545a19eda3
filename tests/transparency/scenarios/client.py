"""The test client, with its preserved context, and the command line."""

from __future__ import annotations

from typing import Any

import click
import flask
from flask import Flask, current_app, g, request, session
from flask.cli import AppGroup, with_appcontext

from tests.transparency.scenario import Watch, raised, scenario


def _app() -> tuple[Flask, list[Any]]:
    app = Flask("app")
    app.secret_key = "secret"
    torn: list[Any] = []
    app.teardown_request(lambda error: torn.append(["request", request.path, error]))
    app.teardown_appcontext(lambda error: torn.append(["app", sorted(g), error]))

    @app.get("/count")
    def count() -> str:
        session["count"] = session.get("count", 0) + 1
        g.count = session["count"]
        return str(session["count"])

    @app.get("/fail")
    def fail() -> str:
        g.failing = True
        raise ValueError("fail")

    return app, torn


def _written(response: Any) -> list[Any]:
    return [response.status, [list(header) for header in response.headers], response.get_data()]


@scenario
def a_client(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)
    client = app.test_client()
    seen = [_written(client.get("/count")) for _ in range(3)]
    seen.append([flask.has_request_context(), flask.has_app_context(), len(torn)])
    return [seen, torn, [_written(app.test_client().get("/count")), _written(client.get("/missing"))]]


@scenario
def a_client_that_keeps_its_context(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)
    seen: list[Any] = []
    with app.test_client() as client:
        for path in ("/count", "/count", "/missing"):
            response = client.get(path)
            seen.append([_written(response), request.path, dict(session), sorted(g), len(torn)])
            seen.append([session.modified, session.accessed, session.new, current_app.name])
        g.late = 1
        session["late"] = 1
    seen.append([flask.has_request_context(), len(torn)])
    return [seen, torn]


@scenario
def a_client_and_its_session(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)
    seen: list[Any] = []
    client = app.test_client()
    with client.session_transaction() as opened:
        seen.append([type(opened), dict(opened), opened.accessed, opened.modified])
        opened["count"] = 10
    seen.append(_written(client.get("/count")))
    with client.session_transaction(path="/else", base_url="http://localhost/") as opened:
        seen.append(dict(opened))
        del opened["count"]
    seen.append(_written(client.get("/count")))
    with client.session_transaction() as opened:
        opened.clear()
    seen.append(
        [
            cookie
            for cookie in [client.get_cookie("session") if hasattr(client, "get_cookie") else None]
            if cookie
        ]
    )
    with client, client.session_transaction() as opened:
        opened["inside"] = 1

    def fail() -> None:
        with client.session_transaction() as opened:
            opened["lost"] = 1
            raise ValueError("in the transaction")

    seen.append(raised(fail))
    with client.session_transaction() as opened:
        seen.append(sorted(opened))
    return [seen, torn, flask.has_request_context()]


@scenario
def a_client_whose_app_fails(watch: Watch) -> Any:
    app, torn = _app()
    app.testing = True
    watch(app)
    seen: list[Any] = [raised(lambda: _written(app.test_client().get("/fail"))), flask.has_request_context()]
    with app.test_client() as client:
        seen.append(raised(lambda: _written(client.get("/fail"))))
        seen.append([flask.has_request_context(), sorted(g) if flask.has_app_context() else None, len(torn)])
        seen.append(_written(client.get("/count")))
    return [seen, torn]


@scenario
def clients_in_each_other(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)

    def same() -> None:
        with app.test_client() as client, client:
            pass

    seen: list[Any] = [raised(same)]
    with app.test_client() as first:
        first.get("/count")
        with app.test_client() as second:
            second.get("/count?2")
            seen.append([request.query_string, len(torn)])
        seen.append(
            [flask.has_request_context(), flask.has_request_context() and request.query_string, len(torn)]
        )
    return [seen, torn, flask.has_request_context()]


@scenario
def a_client_that_reads_slowly(watch: Watch) -> Any:
    app, torn = _app()

    @app.get("/stream")
    def stream() -> Any:
        return flask.Response(flask.stream_with_context(part + request.path for part in ("a", "b", "c")))

    watch(app)
    with app.test_client() as client:
        response = client.get("/stream", buffered=False)
        parts = [next(iter(response.response)), len(torn)]
        response.close()
        parts.append(len(torn))
    return [parts, torn, flask.has_request_context()]


@scenario
def commands(watch: Watch) -> Any:
    app, torn = _app_for_commands()
    watch(app)
    runner = app.test_cli_runner()
    seen = []
    for line in (
        ["show", "--name", "n"],
        ["bare"],
        ["group", "inner"],
        ["fail"],
        ["leave"],
        ["show", "--wrong"],
        ["--help"],
        ["missing"],
        ["routes"],
    ):
        result = runner.invoke(args=line)
        seen.append([line, result.exit_code, result.output, result.exception])
        seen.append([flask.has_app_context(), flask.has_request_context()])
    return [seen, torn]


def _app_for_commands() -> tuple[Flask, list[Any]]:
    app = Flask("app")
    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append([sorted(g), error]))
    group = AppGroup("group", help="A group.")
    app.cli.add_command(group)

    @app.cli.command("show")
    @click.option("--name", default="?")
    def show(name: str) -> None:
        """Show."""
        g.name = name
        click.echo(f"{current_app.name} {name} {sorted(g)}")

    @app.cli.command("bare", with_appcontext=False)
    def bare() -> None:
        click.echo(str(flask.has_app_context()))

    @group.command("inner")
    @with_appcontext
    def inner() -> None:
        with current_app.test_request_context("/inner"):
            click.echo(request.path)

    @app.cli.command("fail")
    def fail() -> None:
        g.failed = True
        raise ValueError("in the command")

    @app.cli.command("leave")
    @click.pass_context
    def leave(context: click.Context) -> None:
        context.exit(7)

    return app, torn


@scenario
def a_command_without_flask_around_it(watch: Watch) -> Any:
    """``with_appcontext`` on a plain click command, called inside and outside a context."""
    app, torn = _app_for_commands()
    watch(app)

    @click.command()
    @with_appcontext
    def command() -> None:
        click.echo(current_app.name)

    from click.testing import CliRunner

    seen = []
    runner = CliRunner()
    with app.app_context():
        g.outer = 1
        result = runner.invoke(command)
        seen.append([result.exit_code, result.output, result.exception, len(torn)])
    result = runner.invoke(command, obj=flask.cli.ScriptInfo(create_app=lambda: app))
    seen.append([result.exit_code, result.output, result.exception])
    return [seen, torn]
