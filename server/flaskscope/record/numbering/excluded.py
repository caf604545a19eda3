"""Requests that are not to be told of: their records are dropped before any event is made of them.

What is dropped is the request's contexts and everything that happens in its thread until they are popped, besides
whatever else belongs to them. Hooks know nothing of it: to ask in each of them would cost every request.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from fnmatch import translate
from typing import Any, Final

from flaskscope.record import channel
from flaskscope.record.passages import records_of_passage

#: Paths of which is remembered whether they are excluded; past the limit all are forgotten.
MAX_PATHS = 4_096

#: Contexts of excluded requests that are remembered after they were popped: one may be pushed again to stream a
#: response.
MAX_REMEMBERED = 2_000

#: Records of a thread that are held back from when it pushes an app context for a request until the path of that is
#: known. Usually there are none: what a receiver of a signal does in between, say.
MAX_HELD_BACK = 200

_PUSHED: Final = frozenset((channel.APP_PUSHED, channel.REQUEST_PUSHED, channel.MERGED_PUSHED))
_POPPED: Final = frozenset((channel.APP_POPPED, channel.REQUEST_POPPED, channel.MERGED_POPPED))

#: Where a record of a pushed request has its path, and any record of a push how it came to be and the name of its
#: thread.
_PATH = 12
_HOW = 7
_THREAD_NAME = 8

Record = tuple[Any, ...]


class ExcludedPaths:
    """Says of a path, as the server gave it, whether it is excluded.

    Args:
        patterns: Paths, with all below them. ``*`` in one stands for any text, ``?`` for one character.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        parts = [translate(pattern.rstrip("/") + tail) for pattern in patterns for tail in ("", "/*")]
        self._pattern = re.compile("|".join(parts))
        self._known: dict[str, bool] = {}

    def __contains__(self, path: object) -> bool:
        if type(path) is not str:
            return False
        answer = self._known.get(path)
        if answer is None:
            if len(self._known) >= MAX_PATHS:
                self._known.clear()
            text = path.encode("latin-1", "replace").decode("utf-8", "replace")
            answer = self._known[path] = self._pattern.match(text) is not None
        return answer


class Excluded:
    """Leaves out the records of requests for *paths*, of records that come in their order."""

    def __init__(self, paths: ExcludedPaths) -> None:
        self._paths = paths
        #: The contexts of excluded requests that are pushed, by their threads, and where each is.
        self._threads: dict[int, set[int]] = {}
        self._names: dict[int, str | None] = {}
        self._pushed: dict[int, int] = {}
        self._popped: OrderedDict[int, None] = OrderedDict()
        self._held: dict[int, list[Record]] = {}

    def without(self, records: list[Record]) -> list[Record]:
        """Return those of *records*, and of what was held back before, that are to be told."""
        told: list[Record] = []
        for record in records:
            thread = record[2] if type(record[2]) is int else record[2][0]
            held = self._held.get(thread)
            if held is None:
                self._take(record, thread, told)
                continue
            held.append(record)
            kind = record[3]
            if (
                kind in _PUSHED
                or kind in _POPPED
                or kind == channel.REQUEST_ENTERED
                or len(held) > MAX_HELD_BACK
            ):
                del self._held[thread]
                if kind == channel.REQUEST_PUSHED and record[_PATH] in self._paths:
                    self._hide(held[0], thread)
                for kept in held:
                    self._take(kept, thread, told, again=True)
        return told

    def _take(self, record: Record, thread: int, told: list[Record], *, again: bool = False) -> None:
        kind, number = record[3], record[4]
        if kind in _PUSHED and thread in self._threads and record[_THREAD_NAME] != self._names.get(thread):
            self._give_up(thread)  # another thread had its identity when that was left pushed
        if kind == channel.REQUEST_ENTERED:
            self._give_up(thread)  # as above: the thread had no context
            parts = records_of_passage(record)
            if any(part[3] == channel.REQUEST_PUSHED and part[_PATH] in self._paths for part in parts):
                for part in parts:
                    self._hide(part, thread)
        elif (
            kind == channel.APP_PUSHED
            and record[_HOW] == "implicit"
            and not again
            and not self._is_hidden(record, thread)
        ):
            self._held[thread] = [record]
            return
        elif kind in _PUSHED and (
            number in self._popped or (kind != channel.APP_PUSHED and record[_PATH] in self._paths)
        ):
            self._hide(record, thread)
        if not self._is_hidden(record, thread):
            told.append(record)
        elif kind == channel.REQUEST_LEFT:
            for part in records_of_passage(record):
                self._forget(part)
        else:
            if kind in _PUSHED:
                self._hide(record, thread)
            self._forget(record)

    def _is_hidden(self, record: Record, thread: int) -> bool:
        return thread in self._threads or record[4] in self._pushed

    def _hide(self, record: Record, thread: int) -> None:
        self._threads.setdefault(thread, set()).add(record[4])
        self._pushed[record[4]] = thread
        if record[3] in _PUSHED:
            self._names[thread] = record[_THREAD_NAME]

    def _give_up(self, thread: int) -> None:
        self._names.pop(thread, None)
        for left in self._threads.pop(thread, ()):
            self._pushed.pop(left, None)

    def _forget(self, record: Record) -> None:
        """Note that a context is gone, if that is what *record* tells."""
        number = record[4]
        if record[3] not in _POPPED or record[7] > 0 or number not in self._pushed:
            return
        thread = self._pushed.pop(number)
        numbers = self._threads.get(thread, set())
        numbers.discard(number)
        if not numbers:
            self._give_up(thread)
        self._popped[number] = None
        if len(self._popped) > MAX_REMEMBERED:
            self._popped.popitem(last=False)
