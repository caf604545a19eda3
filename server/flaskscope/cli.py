"""The ``flaskscope`` command, and the same as ``flask scope``."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import secrets
import socket
import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from flask import Flask
from flask.cli import ScriptInfo, load_dotenv
from flask.helpers import get_debug_flag
from werkzeug.serving import is_running_from_reloader

from flaskscope import __version__
from flaskscope.attachment import attach_to_loaded_apps
from flaskscope.commands.browser import has_browser as has_browser
from flaskscope.commands.browser import open_browser
from flaskscope.commands.doctor import doctor
from flaskscope.commands.record import export, open_recording, record
from flaskscope.commands.tail import tail
from flaskscope.development_server import (
    LAST_PORT,
    BrokenApp,
    Refusal,
    is_loopback,
    listen,
    listen_or_inherit,
    reachable_names,
    serve,
    serve_and_reload,
    with_debugger,
)
from flaskscope.errors import FlaskScopeError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from flaskscope.config import Settings
    from flaskscope.web.actions import Scenario

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5_000

#: Random bytes in a token that is made here: 32 characters in the address.
TOKEN_BYTES = 24


class _DemoByDefault(click.Group):
    """A group that runs ``demo`` when no command is named: ``flaskscope --port 8000`` is ``flaskscope demo …``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``demo`` in front of options that are not the group's own."""
        if not args or (args[0].startswith("-") and args[0] not in {"--help", "-h", "--version"}):
            args = ["demo", *args]
        return super().parse_args(ctx, args)


def _port_number(_ctx: click.Context, _param: click.Parameter, text: str) -> int:
    """Return the port that *text* names, from 0, which means any free one, to 65535.

    Raises:
        Refusal: If it is no number, or out of range.
    """
    try:
        port = int(text)
    except ValueError:
        raise Refusal(
            f"--port is {text!r}: not a number. Give one from 1 to {LAST_PORT}, or 0 for any."
        ) from None
    if not 0 <= port <= LAST_PORT:
        raise Refusal(f"--port is {port}: out of range. Give one from 1 to {LAST_PORT}, or 0 for any.")
    return port


def _load_environment(ctx: click.Context, _param: click.Parameter, path: str | None) -> None:
    """Load ``.env``, ``.flaskenv`` and the file *path*, where Flask's own command would.

    It is done before other options are looked at, which may be in there.
    """
    is_flask_command = ctx.find_object(ScriptInfo) is not None  # then it has been done
    if path is not None:
        load_dotenv(path)
    if not is_flask_command and os.environ.get("FLASK_SKIP_DOTENV", "").lower() in {"", "0", "false", "no"}:
        load_dotenv()


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    flask, werkzeug = (importlib.metadata.version(name) for name in ("flask", "werkzeug"))
    click.echo(
        f"flaskscope {__version__} (Python {platform.python_version()}, Flask {flask}, Werkzeug {werkzeug})"
    )
    ctx.exit()


_host_option = click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to listen on.")
_port_option = click.option(
    "--port",
    default=str(DEFAULT_PORT),
    show_default=True,
    metavar="NUMBER",
    callback=_port_number,
    help="Port to listen on. If it is taken, the next free one is; 0 is any free one.",
)
_env_file_option = click.option(
    "--env-file",
    "-e",
    "env_file",
    type=click.Path(exists=True, dir_okay=False),
    is_eager=True,
    expose_value=False,
    callback=_load_environment,
    help="Read environment variables from this file too; needs python-dotenv.",
)


@click.group(cls=_DemoByDefault, context_settings={"help_option_names": ["--help", "-h"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions of FlaskScope, Python, Flask and Werkzeug.",
)
def main() -> None:
    """Watch Flask push and pop its contexts, live, in a browser.

    Without a command: the demo.
    """


@main.command()
@_host_option
@_port_option
@click.option(
    "--open/--no-open", "wants_browser", default=True, help="Open the page in a browser, if there is one."
)
def demo(host: str, port: int, wants_browser: bool) -> None:
    """Start the demo app with FlaskScope watching it."""
    # Imported here: `flask` imports this module for its own commands, and needs none of it.
    from flaskscope.demo.app import create_app
    from flaskscope.demo.scenarios import scenarios

    with _mistakes_refused(), listen(host, port) as listening:
        _prepare(host, listening)
        app = create_app()
        address = _watch(app, host, listening, scenarios=scenarios(app))
        # The processes that the page starts send their events here. Not before: the demo has read its settings.
        os.environ.setdefault("FLASKSCOPE_HUB_URL", address)
        _announce("FlaskScope watches its demo app.", address, port, listening)
        if wants_browser:
            open_browser(address)
        serve(app, listening)


@click.command()
@click.option("--app", "-A", "app_path", metavar="IMPORT", help="The app, as 'flask --app' takes it.")
@_env_file_option
@click.option(
    "--host",
    default=DEFAULT_HOST,
    envvar="FLASK_RUN_HOST",
    show_default=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    "-p",
    default=str(DEFAULT_PORT),
    envvar="FLASK_RUN_PORT",
    show_default=True,
    metavar="NUMBER",
    callback=_port_number,
    help="Port to listen on. If it is taken, the next free one is; 0 is any free one.",
)
@click.option("--debug/--no-debug", default=None, help="Set the app's debug mode.")
@click.option(
    "--reload/--no-reload",
    "wants_reloader",
    default=None,
    envvar="FLASK_RUN_RELOAD",
    help="Start anew when the code changes. On in debug mode.",
)
@click.option(
    "--debugger/--no-debugger",
    "wants_debugger",
    default=None,
    envvar="FLASK_RUN_DEBUGGER",
    help="Show Werkzeug's debugger when a view raises. On in debug mode.",
)
@click.option(
    "--extra-files",
    default="",
    envvar="FLASK_RUN_EXTRA_FILES",
    metavar="PATH",
    help=f"Further files to watch for changes; several with {os.pathsep!r} between them.",
)
@click.option(
    "--exclude-patterns",
    default="",
    envvar="FLASK_RUN_EXCLUDE_PATTERNS",
    metavar="PATTERN",
    help=f"Files not to watch for changes; several with {os.pathsep!r} between them.",
)
@click.pass_context
def run(
    ctx: click.Context,
    app_path: str | None,
    host: str,
    port: int,
    debug: bool | None,
    wants_reloader: bool | None,
    wants_debugger: bool | None,
    extra_files: str,
    exclude_patterns: str,
) -> None:
    """Run any Flask app with FlaskScope watching it. Its code needs no change."""
    info = _script_info(ctx, app_path, debug=debug)
    is_debugging = get_debug_flag()
    with _mistakes_refused(), listen_or_inherit(host, port) as listening:
        if not is_running_from_reloader():
            _prepare(host, listening)
        served = _load_and_announce(info, host, port, listening)
        if is_debugging if wants_debugger is None else wants_debugger:
            served = with_debugger(served, host)
        if is_debugging if wants_reloader is None else wants_reloader:
            serve_and_reload(
                served,
                listening,
                extra_files=[path for path in extra_files.split(os.pathsep) if path],
                exclude_patterns=[pattern for pattern in exclude_patterns.split(os.pathsep) if pattern],
            )
        else:
            serve(served, listening)


def _load_and_announce(info: ScriptInfo, host: str, port: int, listening: socket.socket) -> WSGIApplication:
    """Return the app with FlaskScope; it is announced when it is loaded for the first time.

    When it cannot be loaded any more after a change of its code, what is returned raises the reason for every
    request, as under ``flask run``, and tells it to open pages: the next change may mend it.
    """
    try:
        app = info.load_app()
        address = _watch(app, host, listening)
    except Exception as error:
        if not is_running_from_reloader():
            raise
        traceback.print_exc()
        return BrokenApp(error, os.environ.get("FLASKSCOPE_URL_PREFIX") or "/_flaskscope")
    if not is_running_from_reloader():
        _announce(f"FlaskScope watches {app.name}.", address, port, listening)
    return app


@click.command()
@_env_file_option
@_host_option
@_port_option
def hub(host: str, port: int) -> None:
    """Start a dashboard for other processes, which send their events to it.

    Start those with FLASKSCOPE_ENABLED=1 and FLASKSCOPE_HUB_URL set to the address that is printed.
    """
    from flaskscope.config import read_settings
    from flaskscope.web.standalone import create_hub

    with _mistakes_refused(), listen(host, port) as listening:
        _prepare(host, listening)
        settings = read_settings({})
        address = _address_of(settings, host, listening)
        served = create_hub(settings)
        _announce("FlaskScope waits for the events of other processes.", address, port, listening)
        how = f"FLASKSCOPE_HUB_URL={address}"
        if settings.token:  # it is printed once
            how = "and FLASKSCOPE_HUB_URL set to the address above, token and all"
        click.echo(f"\nStart them with FLASKSCOPE_ENABLED=1 {how}")
        if settings.redis_url:
            click.echo("or, on any host, with FLASKSCOPE_ENABLED=1 and this FLASKSCOPE_REDIS_URL.")
        serve(served, listening)


@click.group()
def scope() -> None:
    """Watch this app's contexts in a browser (FlaskScope)."""


main.add_command(run)
main.add_command(hub)
main.add_command(doctor)
scope.add_command(run)
for _command in (tail, record, open_recording, export):
    main.add_command(_command)
    scope.add_command(_command)
scope.add_command(doctor)


@contextlib.contextmanager
def _mistakes_refused() -> Iterator[None]:
    """Turn what FlaskScope raises, also in the app's own code, into a sentence without a traceback."""
    try:
        yield
    except FlaskScopeError as error:
        raise Refusal(str(error)) from None


def _prepare(host: str, listening: socket.socket) -> None:
    """Put into the environment what FlaskScope has to know before the app is made, whose code may attach it itself.

    Where others on the network can connect, that is a token, and the names they will use. What the app's own
    configuration says about these counts more.
    """
    os.environ["FLASKSCOPE_ENABLED"] = "1"
    if is_loopback(listening):
        return
    names = ",".join(reachable_names(host))
    allowed = os.environ.get("FLASKSCOPE_HOSTS")
    os.environ["FLASKSCOPE_HOSTS"] = f"{allowed},{names}" if allowed else names
    if not os.environ.get("FLASKSCOPE_TOKEN"):
        os.environ["FLASKSCOPE_TOKEN"] = secrets.token_urlsafe(TOKEN_BYTES)


def _watch(app: Flask, host: str, listening: socket.socket, scenarios: Sequence[Scenario] = ()) -> str:
    """Attach FlaskScope to *app*, unless its own code has, and return the dashboard's address.

    Raises:
        FlaskScopeError: If a setting cannot be used, or the installation is not whole.
    """
    from flaskscope.extension import FlaskScope

    if "flaskscope" not in app.extensions:
        # Whoever types the command wants it, whatever the app's own configuration says.
        FlaskScope(app, scenarios=scenarios, enabled=True)
    return _address_of(app.extensions["flaskscope"].settings, host, listening)


def _address_of(settings: Settings, host: str, listening: socket.socket) -> str:
    name = host if is_loopback(listening) else reachable_names(host)[0]
    shown_name = f"[{name}]" if ":" in name and not name.startswith("[") else name
    query = f"?token={settings.token}" if settings.token else ""
    return f"http://{shown_name}:{listening.getsockname()[1]}{settings.url_prefix}/{query}"


def _announce(what: str, address: str, wanted_port: int, listening: socket.socket) -> None:
    """Print the dashboard's address, alone on its line, and what is different from what was asked for."""
    port = listening.getsockname()[1]
    lines = [what, "", f"    {address}", ""]
    if wanted_port not in {0, port}:
        lines.append(f"Port {wanted_port} is taken by another program: {port} is used instead.")
    lines.append("Stop with Ctrl+C.")
    click.echo("\n".join(lines))


def _script_info(ctx: click.Context, app_path: str | None, *, debug: bool | None) -> ScriptInfo:
    """Return Flask's own way to the app: the one of ``flask scope run``, or a new one for ``flaskscope run``."""
    if debug is not None:
        os.environ["FLASK_DEBUG"] = "1" if debug else "0"
    found = ctx.find_object(ScriptInfo)
    if found is not None and app_path is None:
        return found
    # An app.run() at the end of the user's module does nothing while this is set, as under `flask run`.
    os.environ["FLASK_RUN_FROM_CLI"] = "true"
    return ScriptInfo(app_import_path=app_path or os.environ.get("FLASK_APP"))


# `flask` imports this module for each of its commands, before it loads the app.
attach_to_loaded_apps()
