"""What tests may import: the warnings of the pytest plugin, for filters of warnings."""

from flaskscope.testing.categories import (
    CarriedOverWarning,
    ContextLeftPushedWarning,
    FlaskScopeWarning,
    PoppedWrongWarning,
)

__all__ = ["FlaskScopeWarning", "ContextLeftPushedWarning", "CarriedOverWarning", "PoppedWrongWarning"]
