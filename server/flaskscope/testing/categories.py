"""The warnings of the pytest plugin, by what was found."""

from __future__ import annotations


class FlaskScopeWarning(UserWarning):
    """The base of all of them. Itself it is a failure of FlaskScope's own, which concerns no test."""

    __module__ = "flaskscope.testing"


class ContextLeftPushedWarning(FlaskScopeWarning):
    """A test, or a fixture, pushed a context and never popped it."""

    __module__ = "flaskscope.testing"


class CarriedOverWarning(FlaskScopeWarning):
    """A test read from ``g`` or the session what an earlier test had put there."""

    __module__ = "flaskscope.testing"


class PoppedWrongWarning(FlaskScopeWarning):
    """A context was popped in the wrong order, or in another thread than it was pushed in."""

    __module__ = "flaskscope.testing"
