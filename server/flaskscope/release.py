"""Which release this is."""

from __future__ import annotations

from typing import Final

#: As in pyproject.toml; a test compares them.
VERSION: Final = "0.1.0"
