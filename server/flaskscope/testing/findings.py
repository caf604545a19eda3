"""What is told of a test, as a person reads it, and as it travels from one process of pytest to another."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from flaskscope.testing.categories import (
    CarriedOverWarning,
    ContextLeftPushedWarning,
    FlaskScopeWarning,
    PoppedWrongWarning,
)

LEFT_PUSHED = "context-left-pushed"
G_CARRIED = "g-carried-over"
SESSION_CARRIED = "session-carried-over"
POPPED_WRONG = "popped-wrong"

#: All that is looked for, and the warning of each.
RULES: dict[str, type[FlaskScopeWarning]] = {
    LEFT_PUSHED: ContextLeftPushedWarning,
    G_CARRIED: CarriedOverWarning,
    SESSION_CARRIED: CarriedOverWarning,
    POPPED_WRONG: PoppedWrongWarning,
}

#: Characters of a line of prose.
WIDTH = 96


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with one test."""

    rule: str
    test: str  #: node id
    what: str  #: the fact, in a sentence that is the same for every test that shows it
    lines: list[str]  #: the code that led to it, innermost first
    why: str
    remedy: str
    path: str  #: where a warning belongs
    line: int
    fails: bool  #: whether it may let the test fail

    @property
    def category(self) -> type[FlaskScopeWarning]:
        """The warning for it."""
        return RULES[self.rule]

    @property
    def as_warning(self) -> str:
        """The finding in a warning, which pytest tells with the names of the tests."""
        return "\n".join([f"{self.what} [{self.rule}]", *self._further_lines])

    @property
    def as_fact(self) -> str:
        """What happened, and the code that led to it."""
        return "\n".join([_filled(self.what), *self._further_lines])

    @property
    def _further_lines(self) -> list[str]:
        # What happened names the first.
        return [f"    {line}" for line in self.lines] if len(self.lines) > 1 else []

    @property
    def as_advice(self) -> str:
        """Why it matters and what to do, which is the same for all findings of a rule."""
        return f"{_filled(f'Why it matters: {self.why}')}\nMend it:\n{textwrap.indent(self.remedy, '    ')}"

    @property
    def as_text(self) -> str:
        """The finding in full."""
        fact = _filled(f"FlaskScope: {self.what} [{self.rule}]")
        return "\n".join([fact, *self._further_lines, self.as_advice])

    def packed(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> Finding:
        """Return the finding that was `packed`."""
        return cls(**{each.name: packed[each.name] for each in fields(cls)})


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


class Paths:
    """Shows paths as a person of this project would write them.

    Args:
        root: The folder that paths are told from, where they are in it.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root) + "/"

    def line(self, path: str, line: int, function: str) -> str:
        """Return ``tests/test_shop.py:12 in test_login()``."""
        inside = "" if function.startswith("<module") else f" in {function.rpartition('.')[2]}()"
        return f"{path.replace(chr(92), '/').removeprefix(self._root)}:{line}{inside}"

    def stack(self, lines: Sequence[tuple[str, int, str]]) -> list[str]:
        """Return lines of code, innermost first, each saying how it comes after the one before."""
        told = [self.line(*line) for line in lines]
        return [*told[:1], *(f"called at {line}" for line in told[1:])]
