"""Compares what two runs of a scenario saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.transparency.scenario import NOT_HIDDEN, OURS

_ABSENT = "(absent)"


def differences(bare: Any, watched: Any, where: str = "") -> Iterator[str]:
    """Yield a line for each place at which *watched* is not what *bare* is.

    One thing may differ: the frames of a traceback. Where FlaskScope called the function that raised, or stands in
    for one of Werkzeug's, there is a frame of FlaskScope's; alone, and marked as one that debuggers leave out.
    """
    if isinstance(bare, dict) and isinstance(watched, dict):
        for key in sorted(bare.keys() | watched.keys()):
            place = f"{where}/{key}"
            one, other = bare.get(key, _ABSENT), watched.get(key, _ABSENT)
            if key == "frames" and "suppress_context" in bare:
                if not same_frames(one, other):
                    yield f"{place}:\n  bare    {one}\n  watched {other}"
            else:
                yield from differences(one, other, place)
    elif isinstance(bare, list) and isinstance(watched, list) and len(bare) == len(watched):
        for index, (one, other) in enumerate(zip(bare, watched, strict=True)):
            yield from differences(one, other, f"{where}/{index}")
    elif type(bare) is not type(watched) or bare != watched:
        yield f"{where}:\n  bare    {bare!r}\n  watched {watched!r}"


def same_frames(bare: list[str], watched: list[str]) -> bool:
    """Return whether the frames *watched* are those of *bare*, but for the ones of FlaskScope's that are allowed."""
    ours = [frame.startswith(OURS) for frame in watched]
    if any(one and other for one, other in zip(ours, ours[1:], strict=False)):
        return False
    if any(is_ours and frame.endswith(NOT_HIDDEN) for is_ours, frame in zip(ours, watched, strict=True)):
        return False
    return _aligned(bare, watched)


def _aligned(bare: list[str], watched: list[str]) -> bool:
    # Which of the frames of *bare* may have been reached after each frame of *watched*.
    reached = {0}
    for frame in watched:
        following = set()
        for place in reached:
            expected = bare[place] if place < len(bare) else None
            if frame.startswith(OURS):
                following.add(place)
                if expected is not None and _function(expected) == _function(frame):
                    following.add(place + 1)
            elif frame == expected:
                following.add(place + 1)
        reached = following
    return len(bare) in reached


def _function(frame: str) -> str:
    return frame.rpartition(" ")[2]
