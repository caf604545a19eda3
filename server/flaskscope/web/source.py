"""The few lines of source around a place that was recorded: by its number, never by a path."""

from __future__ import annotations

import json
import stat
import tokenize
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, abort, request

from flaskscope.events import Site
from flaskscope.hub.hub import Hub

#: Lines told before and after the one that was recorded.
LINES_AROUND = 4

#: Characters of a line; the rest of a longer one is cut off and an ellipsis put in its place.
MAX_LINE_LENGTH = 200

#: Bytes of a file. A larger one is generated, and nobody reads it.
MAX_FILE_BYTES = 2_000_000


def make_source(hub: Hub) -> Blueprint:
    """Return the route that tells the source around a site of *hub*, as JSON.

    A site that was not recorded, or whose file is no text that can be read, is a 404.
    """
    routes = Blueprint("source", __name__)

    @routes.get("/source/<int:number>")
    def source(number: int) -> Response:
        if request.args:
            abort(
                404
            )  # whoever asks for more than a number, such as a file, is not answered with something else
        sites = hub.source.sites
        if not 0 < number <= len(sites):
            abort(404)
        site = sites[number - 1]
        lines = read_around(site)
        if lines is None:
            abort(404)
        first, texts = lines
        message = {
            "v": 1,
            "type": "source",
            "site": number,
            "path": site.path,
            "line": site.line,
            "function": site.function,
            "first": first,
            "lines": texts,
        }
        return Response(json.dumps(message, ensure_ascii=False), mimetype="application/json")

    return routes


def read_around(site: Site) -> tuple[int, list[str]] | None:
    """Return the number of the first line around *site*, from 1, and the lines; ``None`` if they cannot be read.

    The file is read as it is now: it may have been saved since the event.
    """
    path = Path(site.path)
    try:
        found = path.stat()
        # No device and no pipe: reading one may never end.
        if not (path.is_absolute() and stat.S_ISREG(found.st_mode) and found.st_size <= MAX_FILE_BYTES):
            return None
        with tokenize.open(path) as file:
            first = max(1, site.line - LINES_AROUND)
            texts = [_shortened(text) for text in _lines(file, first, site.line + LINES_AROUND)]
    except (OSError, SyntaxError, ValueError):
        return None
    # The line itself may be gone from a file that was saved since.
    return (first, texts) if len(texts) > site.line - first else None


def _lines(file: Iterator[str], first: int, last: int) -> Iterator[str]:
    for number, text in enumerate(file, 1):
        if number > last:
            return
        if number >= first:
            yield text.rstrip("\r\n")


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_LINE_LENGTH else text[: MAX_LINE_LENGTH - 1] + "…"
