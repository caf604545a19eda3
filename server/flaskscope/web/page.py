"""The page and its files, as they lie in the repository."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request, send_file

from flaskscope.errors import shortened

#: The only kinds of files there are. The types are written out, because the operating system's table may call a
#: module ``text/plain``, which no browser would run.
TYPES = {
    ".css": "text/css",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

#: What is worth compressing; pictures and fonts already are.
_TEXT = frozenset({".css", ".js", ".svg"})

#: Files that are kept compressed. With more than this the ones asked for longest ago are compressed again.
_KEPT_FILES = 512


def make_page(static: Path, version: str) -> Blueprint:
    """Return the routes of the page and of the files in the folder *static*."""
    page = Blueprint("page", __name__)
    root = static.resolve()

    @page.get("/")
    def index() -> str:
        return render_template("flaskscope/index.html", version=version)

    @page.get("/static/<path:name>")
    def file(name: str) -> Response:
        found = _find(root, name)
        if found is None:
            abort(404, f"There is no file of this name: {shortened(name)}")
        if found.suffix in _TEXT and request.accept_encodings.quality("gzip") > 0:
            state = found.stat()
            packed = _compressed(found, state.st_mtime_ns, state.st_size)
            response = Response(packed, mimetype=TYPES[found.suffix], headers={"Content-Encoding": "gzip"})
            response.cache_control.no_cache = True
            response.cache_control.max_age = 0
        else:
            # No validators either: the files of a checkout change while it is watched.
            response = send_file(
                found, mimetype=TYPES[found.suffix], max_age=0, conditional=False, etag=False
            )
        response.vary.add("Accept-Encoding")
        return response

    return page


@lru_cache(maxsize=_KEPT_FILES)
def _compressed(path: Path, changed_ns: int, size: int) -> bytes:
    """Return the file *path* compressed. A file that changed has another time or size, and is read again."""
    del changed_ns, size
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)


def _find(root: Path, name: str) -> Path | None:
    """Return the file *name* below *root*, if it is there and is one of ours to serve."""
    parts = name.split("/")
    # No hidden files, no way up, no drive, no second way to write a name.
    if any(not part or part.startswith(".") or not _is_plain(part) for part in parts):
        return None
    path = root.joinpath(*parts)
    if path.suffix not in TYPES or "node_modules" in parts:
        return None
    try:
        resolved = path.resolve()
        return resolved if resolved.is_relative_to(root) and resolved.is_file() else None
    except (OSError, ValueError):
        return None


def _is_plain(part: str) -> bool:
    return part.isascii() and all(letter.isalnum() or letter in "._-" for letter in part)
