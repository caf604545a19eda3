"""``flaskscope doctor``: runs a program, or watches a running app, and says what is wrong."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from flaskscope.development_server import Refusal
from flaskscope.errors import FlaskScopeError

if TYPE_CHECKING:
    from flask import Flask

    from flaskscope.doctor import Doctor, Finding

#: The exit status where the doctor found an error.
FOUND = 1

#: The exit status where there was nothing that could have been wrong: whoever relies on it must not take it for health.
UNEXAMINED = 2

_NO_EVENTS = (
    "Nothing was examined: no app did anything in this process. Processes that it starts are not examined."
)
_SHARED_OUT = (
    "pytest-xdist ran the tests in processes of its own, which are not examined: give pytest -n 0 as well."
)
_ONLY_LOADED = (
    "Nothing was examined but how the app is loaded. Give a command after --, such as -- pytest, for more."
)
_NOTHING_CAME = "Nothing was examined: no app did anything while it was watched."


@click.command(context_settings={"ignore_unknown_options": False})
@click.option(
    "--app", "-A", "app_path", metavar="IMPORT", help="An app to load first, as 'flask --app' takes it."
)
@click.option("--url", metavar="ADDRESS", help="Watch a running app through its dashboard instead.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="json: one finding a line.",
)
@click.option(
    "--allow",
    "-W",
    metavar="RULE",
    multiple=True,
    help="Switch a rule off, besides those of FLASKSCOPE_ALLOW. May be given again.",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def doctor(
    app_path: str | None, url: str | None, form: str, allow: tuple[str, ...], command: tuple[str, ...]
) -> None:
    """Say what is wrong with an app's contexts, g, sessions and teardown functions.

    COMMAND is python FILE, python -m MODULE or pytest, with its arguments; every app it makes is examined, in its
    own process only (pytest-xdist: -n 0). Exit status 1 if there is an error, else that of the command, and 2 if that
    is 0 and nothing could be examined.
    """
    from flaskscope.commands.doctors import doctors

    try:
        make = doctors(allow)
    except FlaskScopeError as error:
        raise Refusal(str(error)) from None
    if url is not None:
        if command or app_path is not None:
            raise Refusal(
                "--url watches an app that runs already: give it, or --app and a command, not both."
            )
        status = _watch(url, make, form)
    elif command or app_path is not None:
        status = _run(app_path, command, make, form)
    else:
        raise Refusal(
            "There is nothing to examine. Give a command after --, such as -- pytest, or --app, or --url."
        )
    sys.exit(status)


def _watch(url: str, make: Callable[[], Doctor], form: str) -> int:
    from flaskscope.commands.findings import as_json, as_text, echo, summary, unexamined
    from flaskscope.commands.following import follow
    from flaskscope.lines import Ended, Lost, Names, Sender

    # Numbers of events, lanes and lines of code are those of one process: each has a doctor of its own. The one that
    # was asked is that of no run.
    patients: dict[str | None, tuple[Doctor, Names, Sender | None]] = {}
    found: list[Finding] = []
    examined = 0

    def tell(findings: list[Finding], names: Names, sender: Sender | None) -> None:
        found.extend(findings)  # first: Ctrl+C may come while they are printed
        for finding in findings:
            sites = [names.sites[number - 1] for number in finding.sites]
            if form == "json":
                of_whom = {} if sender is None else {"process": sender._asdict()}
                echo(json.dumps({**json.loads(as_json(finding, sites)), **of_whom}))
            else:
                of = "" if sender is None else f"In {sender.name} ({sender.pid}):\n"
                echo(of + as_text(finding, sites) + "\n")

    def conclude(run: str | None) -> None:
        if run in patients:
            doctor, names, sender = patients.pop(run)
            tell(doctor.conclude(), names, sender)

    if form == "text":
        click.echo("FlaskScope tells what it finds as it happens. Ctrl+C ends it, with a summary.", err=True)
    with contextlib.suppress(KeyboardInterrupt):
        for line in follow(url, processes=True):
            if isinstance(line, Lost):
                click.echo(f"{line.missing:,} events were lost: {line.why}", err=True)
                continue
            if isinstance(line, Ended):
                conclude(line.run)
                continue
            if line.run not in patients:
                patients[line.run] = (make(), Names(), line.process)
            doctor, names, sender = patients[line.run]
            names.learn(line)
            examined += 1
            tell(doctor.examine([line.event], names.sites, names.lanes), names, sender)
        # It ended, and we with it. In others, which go on, contexts may well be pushed; at Ctrl+C in this one too.
        conclude(None)
    if not examined:
        echo(unexamined(_NOTHING_CAME), err=form == "json")
        return UNEXAMINED
    if form == "text":
        echo(summary(found, examined))
    return FOUND if any(finding.severity == "error" for finding in found) else 0


def _run(app_path: str | None, command: Sequence[str], make: Callable[[], Doctor], form: str) -> int:
    from flaskscope.commands.findings import as_json, as_text, echo, summary, unexamined
    from flaskscope.commands.program import print_as_python_does, run_program
    from flaskscope.newcomers import Newcomers

    newcomers = Newcomers(make)
    refusal: click.ClickException | None = None
    status = 0
    # What the program prints must not end up between the lines of JSON.
    aside = contextlib.redirect_stdout(sys.stderr) if form == "json" else contextlib.nullcontext()
    with newcomers, aside:
        try:
            if app_path is not None:
                load(app_path)
            if command:
                status = run_program(command)
        except click.ClickException as error:
            refusal = error
        except Exception as error:  # noqa: BLE001 - of the app, while it was loaded: told as Python tells it
            print_as_python_does(error)
            status = 1
    findings = newcomers.findings()
    for finding, sites in findings:
        echo(as_json(finding, sites) if form == "json" else "\n" + as_text(finding, sites))
    missing = _what_is_missing(newcomers.examined, has_command=bool(command))
    if form == "text" and (findings or (refusal is None and not missing)):
        echo("\n" + summary([finding for finding, _ in findings], newcomers.examined))
    if refusal is not None:
        raise refusal
    if missing:
        echo("\n" + unexamined(missing), err=form == "json")
    if any(finding.severity == "error" for finding, _ in findings):
        return FOUND
    return UNEXAMINED if missing and command and not status else status


def _what_is_missing(examined: int, *, has_command: bool) -> str:
    """Return what could not be examined, in a sentence or two; empty where nothing is known of any."""
    from flaskscope.commands.program import has_shared_out_tests

    if not has_command:
        return "" if examined else _ONLY_LOADED
    sentences = [] if examined else [_NO_EVENTS]
    if has_shared_out_tests():
        sentences.append(_SHARED_OUT)
    return " ".join(sentences)


def load(app_path: str) -> Flask:
    """Return the app that *app_path* names, as ``flask --app`` finds it."""
    from flask.cli import ScriptInfo

    # An app.run() at the end of the user's module does nothing while this is set, as under `flask run`.
    os.environ["FLASK_RUN_FROM_CLI"] = "true"
    try:
        return ScriptInfo(app_import_path=app_path).load_app()
    finally:
        del os.environ["FLASK_RUN_FROM_CLI"]
