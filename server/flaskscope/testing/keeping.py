"""Keeps the recordings of failed tests in files, a bounded number of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from flaskscope.events import Event, Lane, Site
from flaskscope.recordings import Header, Writer
from flaskscope.testing.apps import WatchedApp
from flaskscope.testing.stretches import Stretch

#: What the name of such a file ends with: no other file of the folder is ever touched.
SUFFIX = ".flaskscope.jsonl"

#: What the names of the files end with by which the processes of a run agree on how many they keep.
_PLACE = ".place"

#: Characters of a test's name in that of its file.
MAX_NAME = 80

#: Apps of one test of which a recording is kept; those that did most.
MAX_APPS = 3


class Keeper:
    """Writes recordings into *folder*.

    Those of earlier runs leave, oldest first, so that there are never more than *limit*. Once that many failures of
    this run are kept, further ones are not: what was announced stays there.

    Args:
        folder: Is made when it is needed.
        limit: How many files are kept, at least 0.
        run_began: When the run began, in Unix seconds: files that are older belong to earlier runs.
        worker: What tells this process from others of the run, or an empty text.
    """

    def __init__(self, folder: Path, limit: int, run_began: float, worker: str) -> None:
        self.folder = folder
        self._limit = limit
        self._run_began = run_began
        self._worker = worker

    def keep(self, stretch: Stretch, apps: list[WatchedApp]) -> list[Path]:
        """Write what *apps* did in a test, and return the files; none if the limit is reached.

        Raises:
            OSError: If a file cannot be written.
            RecordingError: The same.
        """
        chosen = _worth_keeping(apps)
        paths = [self._path(stretch, index) for index in range(len(chosen))]
        kept: list[Path] = []
        for path, app in zip(paths, chosen, strict=True):
            if str(path) in stretch.recordings or self._take_a_place():
                _write(path, stretch, app)
                kept.append(path)
        return kept

    def _path(self, stretch: Stretch, index: int) -> Path:
        known = hashlib.blake2b(f"{stretch.test} {self._worker}".encode(), digest_size=4).hexdigest()
        name = re.sub(r"[^\w.-]+", "-", stretch.test.replace(".py::", "-")).strip("-.")[-MAX_NAME:]
        parts = [name, *([self._worker] if self._worker else []), known, *([str(index + 1)] if index else [])]
        return self.folder / f"{'-'.join(parts)}{SUFFIX}"

    def _take_a_place(self) -> bool:
        """Take one of the places that all processes of this run share, and let old recordings go for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for number in range(self._limit):
            place = self.folder / f".{self._run_began:.6f}-{number}{_PLACE}"
            try:
                place.touch(exist_ok=False)  # which only one process can
            except FileExistsError:
                continue
            self._let_go(self._limit - number - 1)
            return True
        return False

    def _let_go(self, spared: int) -> None:
        """Delete the recordings of earlier runs but the latest *spared*."""
        old = []
        for path in self.folder.glob(f"*{SUFFIX}"):
            with contextlib.suppress(OSError):  # another process of the run has just deleted it
                written = path.stat().st_mtime
                if written < self._run_began:
                    old.append((written, path))
        for _, path in sorted(old)[: max(len(old) - spared, 0)]:
            path.unlink(missing_ok=True)


def forget_places(folder: Path) -> None:
    """Delete what processes of a run noted in *folder* for each other. To be called when the run is over."""
    for place in folder.glob(f".*{_PLACE}"):
        place.unlink(missing_ok=True)


class _Names:
    """Lanes and sites of a recording, with the name of the test in place of the thread that runs it."""

    def __init__(self, lanes: list[Lane], sites: list[Site], thread: str, name: str) -> None:
        self.lanes = [lane._replace(name=name) if lane.name == thread else lane for lane in lanes]
        self.sites = sites


def _worth_keeping(apps: list[WatchedApp]) -> list[WatchedApp]:
    # A use outside of any context is recorded for every app there is.
    busy = [app for app in apps if any(event[2] != "access.failed" for event in app.events_of_test)] or apps[
        -1:
    ]
    return sorted(busy, key=lambda app: len(app.events_of_test), reverse=True)[:MAX_APPS]


def _write(path: Path, stretch: Stretch, app: WatchedApp) -> None:
    recording = app.recording
    ambient = {event[0]: event for event in app.ambient}
    before = [ambient[number] for number in sorted(ambient)]
    events = [
        event._replace(number=number) for number, event in enumerate([*before, *app.events_of_test], start=1)
    ]
    header = Header(
        run=secrets.token_hex(8),  # it is numbered on its own, so it is another run than that of the suite
        app=app.name,
        root=app.root,
        stack=recording.stack,
        clock=recording.clock,
        process=f"pytest {stretch.test}",
        versions=_versions(),
        stretches=tuple(_stretches(app, stretch, events, len(before))),
    )
    thread = "MainThread"
    names = _Names(list(recording.lanes), list(recording.sites), thread, f"pytest {stretch.name}")
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    writer = Writer(part)
    try:
        writer.begin(header, names)
        writer.add(events)
    finally:
        writer.close()
    part.replace(path)


def _stretches(
    app: WatchedApp, stretch: Stretch, events: list[Event], before: int
) -> Iterator[tuple[str, int, int]]:
    """Yield each part of the test that has events, after the *before* that are from before it, in their order."""
    parts = [(0, "before the test"), *stretch.parts]
    first = 1
    for index, (_, part) in enumerate(parts):
        if index == 0:
            last = before
        elif index + 1 < len(parts):
            ends_ns = parts[index + 1][0]
            last = first - 1
            # The order of events is that of their numbers; the times of some are a little earlier.
            while last < len(events) and app.moment_of(events[last]) < ends_ns:
                last += 1
        else:
            last = len(events)
        if last >= first:
            yield part, first, last
            first = last + 1


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = ("flaskscope", "flask", "werkzeug", "pytest")
    return {"python": sys.version.split()[0], **{name: version(name) for name in names}}
