"""Opens the page in a browser, where there is one."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from collections.abc import Mapping

import click


def has_browser(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> bool:
    """Return whether a browser can show up: on a desktop, or one that ``BROWSER`` names."""
    if system in {"win32", "darwin", "cygwin"}:
        return True
    # Without a display Python would find a text browser, which takes over the terminal.
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def open_browser(address: str) -> None:
    """Open *address* in a browser where there is one; never waits, never fails."""
    if not has_browser():
        return

    def open_it() -> None:
        try:
            webbrowser.open(address)
        except Exception as error:  # noqa: BLE001 - the address is on the screen, whatever a browser does
            click.echo(f"No browser could be opened ({error}). Open the address yourself.", err=True)

    threading.Thread(target=open_it, name="open-browser", daemon=True).start()
