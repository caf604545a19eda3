"""``flaskscope tail``: the events of a running app, line by line."""

from __future__ import annotations

import contextlib
from collections import defaultdict

import click

#: Where the demo's dashboard is: what is followed when no address is given.
DEFAULT_URL = "http://127.0.0.1:5000/_flaskscope/"


@click.command()
@click.option(
    "--url", default=DEFAULT_URL, show_default=True, metavar="ADDRESS", help="The dashboard of the app."
)
@click.option(
    "--after",
    type=click.IntRange(0),
    default=0,
    metavar="NUMBER",
    help="Begin after the event with this number.",
)
@click.option("--follow/--no-follow", default=True, help="Go on with what comes, or end with what there is.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="json: one object a line.",
)
def tail(url: str, after: int, follow: bool, form: str) -> None:
    """Print the events of a running app, and of processes that send theirs to it, as they happen. Ctrl+C ends it."""
    from flaskscope import wire
    from flaskscope.commands.findings import echo
    from flaskscope.commands.following import follow as follow_url
    from flaskscope.commands.telling import as_line
    from flaskscope.lines import Ended, Lost, Names

    known: defaultdict[str | None, Names] = defaultdict(Names)
    with contextlib.suppress(KeyboardInterrupt):
        for line in follow_url(url, after=after, wait=follow, processes=True):
            if isinstance(line, Lost):
                click.echo(f"{line.missing:,} events were lost: {line.why}", err=True)
                continue
            if isinstance(line, Ended):
                continue
            names = known[line.run]
            names.learn(line)
            if form == "text":
                echo(as_line(line))
                continue
            sender = line.process
            more = {} if sender is None else {"run": line.run, "process": sender._asdict()}
            click.echo(wire.encode_line(line.event, names.lanes, names.sites, **more), nl=False)
