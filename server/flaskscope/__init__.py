"""Watch Flask push and pop its contexts, live, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flaskscope.release import VERSION

if TYPE_CHECKING:
    from flaskscope.describers import describe
    from flaskscope.errors import FlaskScopeError
    from flaskscope.extension import FlaskScope
    from flaskscope.record.recorder import Recording, attach
    from flaskscope.web.actions import Outcome, Scenario

__version__ = VERSION

__all__ = [
    "FlaskScope",
    "attach",
    "describe",
    "Recording",
    "Scenario",
    "Outcome",
    "FlaskScopeError",
    "__version__",
]

_HOMES = {
    "FlaskScope": "flaskscope.extension",
    "attach": "flaskscope.record.recorder",
    "describe": "flaskscope.describers",
    "Recording": "flaskscope.record.recorder",
    "Scenario": "flaskscope.web.actions",
    "Outcome": "flaskscope.web.actions",
    "FlaskScopeError": "flaskscope.errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: whoever only records does not load the dashboard."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
