"""From where a context was pushed by hand: the functions that called each other, down to the push."""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import get_ident
from types import CodeType, FrameType

import _pytest
import pluggy

from flaskscope.record import pushers
from flaskscope.record.callsite import function_of, is_passed_over, line_of

#: Frames that are looked at, and lines that are told.
MAX_FRAMES = 60
MAX_LINES = 12

#: Pushes by hand of one test that are remembered; of later ones only the line itself is known.
MAX_PUSHES = 10_000

_RUNNERS = tuple(str(Path(str(module.__file__)).parent) + os.sep for module in (_pytest, pluggy))
_STANDARD_LIBRARY = str(Path(os.__file__).parent) + os.sep

Line = tuple[str, int, str]  #: path, line from 1, function


class Callers:
    """Remembers for each push by hand of a test who called it, innermost first."""

    def __init__(self) -> None:
        self._seen: list[tuple[int, int, list[tuple[CodeType, int]]]] = []

    def listen(self) -> None:
        """Begin to be told of pushes by hand."""
        pushers.listeners.append(self._note)

    def stop(self) -> None:
        """Be told no longer."""
        if self._note in pushers.listeners:
            pushers.listeners.remove(self._note)

    def next_test(self) -> None:
        """Forget what is known."""
        self._seen.clear()

    def of(self, path: str, line: int, at_ns: int) -> list[Line]:
        """Return the lines that led to what happened at *path*:*line* at a moment of the monotonic clock."""
        for noted_ns, _, places in reversed(self._seen):
            if noted_ns > at_ns:
                continue
            code, instruction = places[0]
            if code.co_filename == path and line_of(code, instruction) == line:
                return [
                    (code.co_filename, line_of(code, instruction), function_of(code))
                    for code, instruction in places
                ]
        return []

    def _note(self, frame: FrameType | None) -> None:
        if len(self._seen) >= MAX_PUSHES:
            return
        places: list[tuple[CodeType, int]] = []
        for _ in range(MAX_FRAMES):
            if frame is None or len(places) == MAX_LINES:
                break
            code = frame.f_code
            path = code.co_filename
            if path.startswith(_RUNNERS):
                break
            if not is_passed_over(path) and not path.startswith((_STANDARD_LIBRARY, "<")):
                places.append((code, frame.f_lasti))
            frame = frame.f_back
        if places:
            self._seen.append((time.perf_counter_ns(), get_ident(), places))
