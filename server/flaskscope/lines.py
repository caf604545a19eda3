"""Events as lines of JSON, read back: what `flaskscope.wire.encode_line` wrote.

This is the format of ``GET /_flaskscope/events``. A line is one event as an object with the names of its fields, its
lane and its line of code in full, so that each line can be understood without those before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flaskscope.errors import MessageError, shown
from flaskscope.events import KINDS, Event, Lane, Site
from flaskscope.reading import event_in, lane_in, site_in

#: Sites and lanes of one recording that are remembered; an event with a higher one is refused.
MAX_NAMES = 1_000_000


class Sender(NamedTuple):
    """Another process, of which the one that was asked has an event: the number and name of it, and of its machine."""

    pid: int | None
    name: str
    host: str | None


class Line(NamedTuple):
    """An event with the lane it happened in and the line of code that caused it.

    *run* and *process* are those of another process, and ``None`` for the one that was asked. *raised* is the line that
    raised the exception which left a context.
    """

    event: Event
    lane: Lane
    site: Site | None
    run: str | None = None
    process: Sender | None = None
    raised: Site | None = None


class Lost(NamedTuple):
    """The events *first* to *last* were let go before they were asked for. *run* is as in `Line`."""

    first: int
    last: int
    missing: int
    why: str
    run: str | None = None


class Ended(NamedTuple):
    """The other process of *run* has ended, and all its events were told before."""

    run: str


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
        for site in (line.site, line.raised):
            if site is None:
                continue
            # Numbers between were only in events that were let go: nothing speaks of them any more.
            while len(self.sites) < site.id:
                self.sites.append(Site(len(self.sites) + 1, "?", 1, "?"))
            self.sites[site.id - 1] = site


def parse_line(text: str | bytes) -> Line | Lost | Ended:
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
            first, last, count = (int(found[name]) for name in ("from", "to", "count"))
            return Lost(first, last, count, str(found["why"]), found.get("run"))
        if found.get("type") == "process" and found["state"] == "ended":
            return Ended(str(found["run"]))
        return _line_of(found)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise MessageError(
            "This line is no event that this version of FlaskScope knows.",
            _as_text(text),
            "It may come from another version.",
        ) from None


def _line_of(found: Mapping[str, Any]) -> Line:
    kind = KINDS[found["kind"]]
    lane = lane_in(found["lane"])
    site = None if found["site"] is None else site_in(found["site"])
    raised = None
    fields = {**found, "lane": lane.id, "site": None if site is None else site.id}
    unhandled = found.get("unhandled")
    if unhandled is not None and unhandled.get("site") is not None:
        raised = site_in(unhandled["site"])
        fields["unhandled"] = {**unhandled, "site": raised.id}
    if not all(0 < each.id <= MAX_NAMES for each in (lane, site, raised) if each is not None):
        raise ValueError(shown(lane.id))
    event = event_in(kind, fields)
    if found.get("run") is None:
        return Line(event, lane, site, raised=raised)
    process = found["process"]
    sender = Sender(process.get("pid"), str(process["name"]), process.get("host"))
    return Line(event, lane, site, str(found["run"]), sender, raised)


def event_of(row: Sequence[Any]) -> Event:
    """Return the event that another process sent as *row*, an array of arrays.

    Raises:
        KeyError: If its kind is not known, or a field is missing.
        TypeError: If a field is not of its type.
        ValueError: If a field is not as it should be.
    """
    return event_in(KINDS[row[2]], row)


def _as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")
