"""Asks for the app while it is being imported: no context is pushed then."""

from __future__ import annotations

from flask import current_app

PAGE_SIZE = current_app.config.get("PAGE_SIZE", 20)
