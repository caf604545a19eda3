"""``flaskscope record``, ``open`` and ``export``: recordings as files."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskscope.commands.browser import open_browser
from flaskscope.development_server import Refusal, listen, serve
from flaskscope.errors import FlaskScopeError

if TYPE_CHECKING:
    from flask import Flask

    from flaskscope.recordings import Recorded, Writer

#: Seconds between two looks at what was recorded: a process that is killed loses no more than these.
LOOK_SECONDS = 0.1

PREFIX = "/_flaskscope"


@click.command()
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The file to make.")
@click.option(
    "--app", "-A", "app_path", metavar="IMPORT", help="The app to record, as 'flask --app' takes it."
)
@click.option("--url", metavar="ADDRESS", help="Record a running app through its dashboard instead.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def record(output: Path, app_path: str | None, url: str | None, command: tuple[str, ...]) -> None:
    """Record what an app does while COMMAND runs, or until Ctrl+C, into a file.

    COMMAND is python FILE, python -m MODULE or pytest, with its arguments. Without --app the first app that it makes
    is recorded. The exit status is that of the command.
    """
    from flaskscope.recordings import Writer

    if (url is None) == (not command):
        raise Refusal("Say what to record: a command after --, such as -- python script.py, or --url.")
    with _refused():
        writer = Writer(output)
    status = 0
    try:
        status = _record_url(url, writer) if url is not None else _record_program(app_path, command, writer)
    finally:
        writer.close()
        if not writer.written:
            output.unlink()
    if not writer.written:
        raise Refusal("Nothing was recorded: no app did anything.")
    click.echo(
        f"{writer.written:,} events are in {output}. Look at them with: flaskscope open {output}", err=True
    )
    sys.exit(status)


@click.command(name="open")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=5_000, show_default=True, help="0 is any free one."
)
@click.option(
    "--open/--no-open", "wants_browser", default=True, help="Open the page in a browser, if there is one."
)
@click.option(
    "--allow",
    "-W",
    metavar="RULE",
    multiple=True,
    help="Switch a rule of the doctor off, besides those of FLASKSCOPE_ALLOW.",
)
def open_recording(file: Path, port: int, wants_browser: bool, allow: tuple[str, ...]) -> None:
    """Show a recording in the page, as if it were running."""
    recorded = _load(file)
    with _refused():
        served = _dashboard(recorded, file.name, allow)
    with listen("127.0.0.1", port) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}/"
        click.echo(
            f"{file} has {len(recorded.recorded):,} events of {recorded.app}.\n\n    {address}\n\nStop with Ctrl+C."
        )
        if recorded.header.stretches:
            told = (f"{label} {first:,} to {last:,}" for label, first, last in recorded.header.stretches)
            click.echo(f"Events by stretch: {', '.join(told)}.")
        if recorded.is_cut:
            click.echo("Its last line has no end: the process that wrote it died. It is left out.", err=True)
        if wants_browser:
            open_browser(address)
        serve(served, listening)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The file to write.")
def export(file: Path, output: Path) -> None:
    """Turn a recording into a Chrome trace, which Perfetto (ui.perfetto.dev) opens."""
    from flaskscope.chrome_trace import chrome_trace

    recorded = _load(file)
    trace = chrome_trace(recorded.recorded, recorded.lanes, recorded.sites, recorded.app)
    try:
        output.write_text(json.dumps(trace), encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{output} cannot be written: {error.strerror}. Choose another place.") from None
    click.echo(
        f"{output} has {len(recorded.recorded):,} events. Open it in https://ui.perfetto.dev.", err=True
    )


@contextlib.contextmanager
def _refused() -> Any:
    try:
        yield
    except FlaskScopeError as error:
        raise Refusal(str(error)) from None


def _load(file: Path) -> Recorded:
    from flaskscope.recordings import read_recording

    with _refused():
        recorded = read_recording(file)
    if not recorded.recorded:
        raise Refusal(f"{file} has no events.")
    return recorded


def _record_url(url: str, writer: Writer) -> int:
    from flaskscope.commands.following import follow
    from flaskscope.lines import Ended, Lost, Names
    from flaskscope.recordings import Header

    names = Names()
    writer.begin(Header(), names)
    with contextlib.suppress(KeyboardInterrupt):
        for line in follow(url):
            if isinstance(line, Lost):
                click.echo(f"{line.missing:,} events were lost: {line.why}", err=True)
                writer.lost(line)
                continue
            if isinstance(line, Ended):
                continue
            names.learn(line)
            writer.add([line.event])
    return 0


def _record_program(app_path: str | None, command: tuple[str, ...], writer: Writer) -> int:
    from flaskscope.commands.doctor import load
    from flaskscope.commands.program import run_program
    from flaskscope.newcomers import telling_of_apps
    from flaskscope.record.recorder import Recording, attach
    from flaskscope.recordings import Header
    from flaskscope.web.greeting import process_name, running_versions

    recordings: list[Recording] = []
    others: list[str] = []
    over = threading.Event()

    def record_it(app: Flask) -> None:
        if recordings:
            others.append(app.name)
            return
        recording = attach(app, writer)
        recordings.append(recording)
        header = Header(
            run=recording.run,
            app=app.name,
            root=app.root_path,
            stack=recording.stack,
            clock=recording.clock,
            process=process_name(list(command)),
            versions=running_versions(),
        )
        writer.begin(header, recording)

    def look_often() -> None:
        while not over.wait(LOOK_SECONDS):
            for recording in recordings:
                recording.flush()

    threading.Thread(target=look_often, name="flaskscope-record", daemon=True).start()
    status = 1
    try:
        if app_path is not None:
            record_it(load(app_path))
        with telling_of_apps(record_it):
            status = run_program(command)
    finally:
        over.set()
        for recording in recordings:
            recording.events()  # also looks for threads that ended
            recording.detach()
    if others:
        click.echo(f"{len(others)} more apps were made and not recorded. Choose one with --app.", err=True)
    return status


def _dashboard(recorded: Recorded, name: str, allow: tuple[str, ...]) -> Any:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    from werkzeug.utils import redirect

    from flaskscope.commands.doctors import doctors
    from flaskscope.config import Settings
    from flaskscope.hub.hub import Hub
    from flaskscope.hub.journal import Journal
    from flaskscope.web.dashboard import create_dashboard
    from flaskscope.web.greeting import Watched, running_versions
    from flaskscope.web.problems import Problems

    journal = Journal(len(recorded.recorded))
    journal.add(recorded.recorded)
    problems = Problems(doctors(allow)(), recorded, last=journal.last)
    hub = Hub(recorded, journal, examine=problems)
    watched = Watched(
        recorded.app,
        recorded.header.root or "",
        process_name=recorded.header.process or "a recording",
        versions={**running_versions(), **recorded.header.versions},
        recording={
            "name": name,
            "unix_ms": recorded.header.clock[1] if recorded.header.clock else None,
            **({"stretches": recorded.header.stretches} if recorded.header.stretches else {}),
        },
    )
    return DispatcherMiddleware(redirect(f"{PREFIX}/"), {PREFIX: create_dashboard(hub, Settings(), watched)})
