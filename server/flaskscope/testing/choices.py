"""What a suite chooses: settings of the ini file and of the marker, checked."""

from __future__ import annotations

from typing import Any

import pytest

from flaskscope.testing.findings import RULES


def checked_names(names: Any, where: str) -> frozenset[str]:
    """Return *names* of findings, one or several.

    Raises:
        pytest.UsageError: If one is unknown; *where* says where it stands.
    """
    given = [names] if isinstance(names, str) else list(names)
    for name in given:
        if name not in RULES:
            raise pytest.UsageError(
                f"{where} has {name!r}: that is nothing FlaskScope's plugin looks for. Write one of {', '.join(RULES)}."
            )
    return frozenset(given)


def checked_number(text: Any) -> int:
    """Return how many recordings are kept.

    Raises:
        pytest.UsageError: If that is no number of 0 or more.
    """
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise pytest.UsageError(
            f"flaskscope_keep is {text!r}: it is how many recordings of failed tests are kept. Write 0 or more."
        )
    return number


def marked(marker: pytest.Mark, mode: str, allow: frozenset[str]) -> tuple[str, frozenset[str]]:
    """Return what *marker* makes of the *mode* and of what is allowed in the suite.

    Raises:
        pytest.UsageError: If it says something that is unknown.
    """
    mode = marker.kwargs.get("mode", *marker.args[:1]) if marker.args else marker.kwargs.get("mode", mode)
    if mode not in ("off", "warn", "error"):
        raise pytest.UsageError(f"the marker flaskscope has the mode {mode!r}. Write off, warn or error.")
    return mode, allow | checked_names(marker.kwargs.get("allow", ()), "the marker flaskscope")
