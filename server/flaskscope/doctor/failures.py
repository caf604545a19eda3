"""What popping a context raises where it must not be popped, and how a failure is told."""

from __future__ import annotations

import re

from flaskscope.events import Failure

#: Characters of a message that are repeated.
MAX_MESSAGE = 120

_OBJECTS = re.compile(r" \(<.*?(>\)|$)")

_ANOTHER_CONTEXT = "was created in a different Context"


def is_of_the_stack(failure: Failure | None) -> bool:
    """Return whether *failure* says that a context was not the newest one of its thread and Context."""
    if failure is None:
        return False
    type_, message = failure
    return (
        (type_ in ("AssertionError", "RuntimeError") and message.startswith(("Popped wrong", "Cannot pop")))
        or (type_ == "LookupError" and not message)  # an empty context variable
        or is_of_another_context(failure)
    )


def is_of_another_context(failure: Failure | None) -> bool:
    """Return whether *failure* says that something was to be undone in another Context of Python's than it was done."""
    return failure is not None and failure.type == "ValueError" and _ANOTHER_CONTEXT in failure.message


def says_nothing_is_pushed(failure: Failure | None) -> bool:
    """Return whether *failure* says that no context at all was pushed where one was to be popped."""
    if failure is None:
        return False
    type_, message = failure
    return (type_ == "LookupError" and not message) or (
        type_ == "RuntimeError"
        and message.startswith("Cannot pop")
        and "there is no active context" in message
    )


def said(failure: Failure) -> str:
    """Return *failure* as one short line, without the addresses of objects that Flask puts into it."""
    if is_of_another_context(failure):
        return f"{failure.type}: its token {_ANOTHER_CONTEXT}"
    message = _OBJECTS.sub("", failure.message.split("\n", 1)[0])[:MAX_MESSAGE].rstrip(". ")
    return f"{failure.type}: {message}" if message else failure.type
