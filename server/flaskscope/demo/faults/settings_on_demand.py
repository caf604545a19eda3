"""Asks for the app when its function is called."""

from __future__ import annotations

from flask import current_app


def page_size() -> int:
    """Return how many rows a page of the current app has."""
    return int(current_app.config.get("PAGE_SIZE", 20))
