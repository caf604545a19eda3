"""Frames: encoded once, shared by all, and readable for whoever holds enough names."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

from flaskscope.events import Event, Lane, Site
from flaskscope.hub.frames import Frame, Known, RecentFrames, known_now, make_frame

MakeEvent = Callable[[int], Event]


def some_names(lanes: int, sites: int) -> SimpleNamespace:
    return SimpleNamespace(
        lanes=[Lane(number, f"Thread-{number}", 1) for number in range(1, lanes + 1)],
        sites=[Site(number, "/app.py", number, "f") for number in range(1, sites + 1)],
    )


def a_frame(first: int, size: int = 10, needs: Known | None = None) -> Frame:
    needs = needs or Known(0, 0)
    return Frame(first, first, b"x" * size, needs, needs)


class TestMakeFrame:
    def test_a_frame_tells_the_names_that_are_new_to_its_reader(self, make_event: MakeEvent) -> None:
        names = some_names(lanes=3, sites=2)

        frame = make_frame([make_event(7), make_event(8)], names, Known(2, 2))

        message = json.loads(frame.message)
        assert (7, 8) == (message["from"], message["to"])
        assert [[3, "Thread-3", 1]] == message["lanes"]
        assert [] == message["sites"]
        assert Known(3, 2) == frame.tells == known_now(names)


class TestRecentFrames:
    def test_a_reader_who_lacks_names_does_not_get_the_frame(self) -> None:
        recent = RecentFrames()
        frame = a_frame(5, needs=Known(2, 3))
        recent.add(frame)

        assert frame is recent.find(5, Known(2, 3))
        assert frame is recent.find(5, Known(9, 9))
        assert recent.find(5, Known(1, 3)) is None
        assert recent.find(6, Known(2, 3)) is None

    def test_the_oldest_leave_when_there_are_too_many_bytes(self) -> None:
        recent = RecentFrames(max_bytes=25)

        for first in (1, 2, 3):
            recent.add(a_frame(first, size=10))

        assert [False, True, True] == [recent.find(first, Known(0, 0)) is not None for first in (1, 2, 3)]

    def test_a_frame_larger_than_all_together_is_not_kept(self) -> None:
        recent = RecentFrames(max_bytes=25)

        recent.add(a_frame(1, size=26))

        assert recent.find(1, Known(0, 0)) is None
