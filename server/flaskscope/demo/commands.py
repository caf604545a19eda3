"""The demo's own command, a process that has an app context and no request."""

from __future__ import annotations

import click
from flask import current_app, g, has_request_context
from flask.cli import with_appcontext


@click.command("create-admin")
@click.option("--name", default="ada", show_default=True, help="Name of the admin.")
@with_appcontext
def create_admin(name: str) -> None:
    """Pretend to create an admin, in the app context that Flask pushes for commands."""
    g.admin = name
    click.echo(f"current_app is {current_app.name}.")
    click.echo(f"g.admin is {g.admin}.")
    click.echo(f"A request is {'here' if has_request_context() else 'not here'}.")
