"""Reads a recording the way a test wants to talk about it."""

from __future__ import annotations

from typing import TypeVar

from flaskscope.events import ContextPushed, Event
from flaskscope.record import flask_versions
from flaskscope.record.recorder import Recording

E = TypeVar("E", bound=tuple[object, ...])

#: Whether this Flask, 3.2 or newer, has one context for a request instead of an app context and a request context.
MERGED = flask_versions.MERGED

#: How many contexts a request pushes, the number of the one that carries it, and the type of that.
OF_A_REQUEST, REQUEST, REQUEST_TYPE = (1, 1, "both") if MERGED else (2, 2, "request")


def pushes_of_a_request(how: str) -> list[tuple[int, str, str]]:
    """Return number, type and way of each push of the first request or ``test_request_context`` of a test."""
    return [(1, "both", how)] if MERGED else [(1, "app", "request"), (2, "request", how)]


def kinds(recording: Recording) -> list[str]:
    """Return the kinds of all events, in order."""
    return [event.kind for event in recording.events()]


def of(recording: Recording, kind: type[E]) -> list[E]:
    """Return the events of one kind, in order."""
    return [event for event in recording.events() if isinstance(event, kind)]


def pushes(recording: Recording) -> list[tuple[int, str, str]]:
    """Return number, type and way of each push, in order."""
    return [
        (event.context, event.about["type"], event.about["how"]) for event in of(recording, ContextPushed)
    ]


def line_of(recording: Recording, event: Event) -> str:
    """Return the source line of the event's call site, stripped."""
    assert event.site is not None, f"{event.kind} has no call site"
    site = recording.sites[event.site - 1]
    with open(site.path, encoding="utf-8") as file:
        return file.read().splitlines()[site.line - 1].strip()
