"""Events as lines of JSON, read back: what `flaskscope.wire.encode_line` wrote.

This is the format of ``GET /_flaskscope/events``. A line is one event as an object with the names of its fields, its
lane and its line of code in full, so that each line can be understood without those before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from flaskscope.errors import MessageError, shown
from flaskscope.events import KINDS, Event, Failure, Lane, Sees, Site, Snapshot

#: Sites and lanes of one recording that are remembered; an event with a higher one is refused.
MAX_NAMES = 1_000_000


class Line(NamedTuple):
    """An event with the lane it happened in and the line of code that caused it."""

    event: Event
    lane: Lane
    site: Site | None


class Lost(NamedTuple):
    """The events *first* to *last* were let go before they were asked for."""

    first: int
    last: int
    missing: int
    why: str


class Names:
    """The lanes and sites that lines have told of: number n is at index n - 1, as the doctor wants them."""

    def __init__(self) -> None:
        self.lanes: list[Lane] = []
        self.sites: list[Site] = []

    def learn(self, line: Line) -> None:
        """Remember what the numbers in *line* stand for."""
        while len(self.lanes) < line.lane.id:
            self.lanes.append(Lane(len(self.lanes) + 1, f"thread {len(self.lanes) + 1}", 0))
        self.lanes[line.lane.id - 1] = line.lane
        if line.site is not None:
            # Numbers between were only in events that were let go: nothing speaks of them any more.
            while len(self.sites) < line.site.id:
                self.sites.append(Site(len(self.sites) + 1, "?", 1, "?"))
            self.sites[line.site.id - 1] = line.site


def parse_line(text: str | bytes) -> Line | Lost:
    """Return what one line says.

    Raises:
        MessageError: If it is no event, or one of a kind or with fields that are not known.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError("This line is not JSON.", _as_text(text), "It may have been cut off.") from None
    if not isinstance(found, dict):
        raise MessageError("This line is no event.", _as_text(text), "Give an object with a 'kind'.")
    try:
        if found.get("type") == "lost":
            return Lost(int(found["from"]), int(found["to"]), int(found["count"]), str(found["why"]))
        return _line_of(found)
    except (KeyError, TypeError, ValueError, IndexError):
        raise MessageError(
            "This line is no event that this version of FlaskScope knows.",
            _as_text(text),
            "It may come from another version.",
        ) from None


def _line_of(found: Mapping[str, Any]) -> Line:
    kind = KINDS[found["kind"]]
    lane = Lane(**found["lane"])
    site = None if found["site"] is None else Site(**found["site"])
    if not 0 < lane.id <= MAX_NAMES or (site is not None and not 0 < site.id <= MAX_NAMES):
        raise ValueError(shown(lane.id))
    values: dict[str, Any] = {}
    for name in kind._fields:
        value = found[name]
        read = _READERS.get(name)
        values[name] = value if read is None or value is None else read(value)
    for name in ("number", "at_ns"):
        if type(values[name]) is not int:
            raise TypeError(name)
    values["lane"] = lane.id
    values["site"] = None if site is None else site.id
    return Line(kind(**values), lane, site)


def _snapshot(value: Mapping[str, Any]) -> Snapshot:
    return Snapshot(**value)


def _about(value: Mapping[str, Any]) -> dict[str, Any]:
    about = dict(value)
    about["sees"] = Sees(**value["sees"])
    if "g" in about:
        about["g"] = _pairs(about["g"])
    return about


def _pairs(value: list[Any]) -> list[tuple[str, Snapshot]]:
    return [(name, _snapshot(snapshot)) for name, snapshot in value]


#: How the fields are read that are more than a number or a text.
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "value": _snapshot,
    "failure": lambda value: Failure(**value),
    "unhandled": lambda value: Failure(**value),
    "sees": lambda value: Sees(**value),
    "items": _pairs,
    "about": _about,
}


def _as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")
