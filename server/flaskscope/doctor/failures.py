"""What popping a context raises where it must not be popped, and how a failure is told."""

from __future__ import annotations

from flaskscope.events import Failure

#: Characters of a message that are repeated.
MAX_MESSAGE = 120


def is_of_the_stack(failure: Failure | None) -> bool:
    """Return whether *failure* says that a context was not the newest one of its thread and Context."""
    if failure is None:
        return False
    type_, message = failure
    return (
        (type_ in ("AssertionError", "RuntimeError") and message.startswith(("Popped wrong", "Cannot pop")))
        or (type_ == "LookupError" and not message)  # an empty context variable
        or (type_ == "ValueError" and "was created in a different Context" in message)
    )


def said(failure: Failure) -> str:
    """Return *failure* as one short line, without the addresses of objects that Flask puts at its end."""
    message = failure.message.split("\n", 1)[0].partition(" (<")[0][:MAX_MESSAGE].rstrip(". ")
    return f"{failure.type}: {message}" if message else failure.type
