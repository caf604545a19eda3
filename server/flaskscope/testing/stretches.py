"""Who does something at a moment: which test, in which part of it, and which fixture is being set up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

#: Fixtures that live longer than a test, of which is remembered when they were set up. No suite has as many at once.
MAX_WIDE = 10_000


@dataclass(slots=True, eq=False)
class Stretch:
    """A test, from the beginning of its setup to the end of its teardown.

    *parts* are pairs of a moment, in nanoseconds on the monotonic clock, and the part that begins then.
    """

    test: str  #: its node id
    name: str
    mode: str
    allow: Collection[str]
    path: str
    line: int
    parts: list[tuple[int, str]] = field(default_factory=list)
    failed: bool = False
    recordings: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class FixtureSetup:
    """A fixture while it is set up: what is pushed then is the fixture's."""

    name: str
    scope: str
    began_ns: int
    ended_ns: int = 0
    is_over: bool = False  #: whether it was torn down
    value: int = 0  #: the address of what it returned

    @property
    def is_wide(self) -> bool:
        """Whether it outlives a test."""
        return self.scope != "function"

    def __str__(self) -> str:
        # How pytest names the fixtures that it makes of setup_module(), setUpClass() and their like.
        if self.name.startswith(("_xunit_", "_unittest_")):
            parts = self.name.removeprefix("_xunit_").removeprefix("_unittest_").split("_fixture")
            return f"{parts[0]}()"
        return f"the fixture {self.name!r} ({self.scope} scope)"


class FixtureSetups:
    """The fixtures that were set up in this stretch, and all wider ones that still live."""

    def __init__(self) -> None:
        self._of_test: list[FixtureSetup] = []
        self._wide: dict[int, FixtureSetup] = {}

    def began(self, definition: int, setup: FixtureSetup) -> None:
        """Note a fixture whose definition has the address *definition*."""
        self._of_test.append(setup)
        if setup.is_wide and len(self._wide) < MAX_WIDE:
            self._wide[definition] = setup

    def torn_down(self, definition: int) -> None:
        """Note that a fixture has been torn down."""
        setup = self._wide.pop(definition, None)
        if setup is not None:
            setup.is_over = True

    def at(self, moment_ns: int) -> FixtureSetup | None:
        """Return the innermost fixture of this stretch that was being set up at a moment."""
        found = [each for each in self._of_test if each.began_ns <= moment_ns <= each.ended_ns]
        return max(found, key=lambda each: each.began_ns, default=None)

    def of_functions(self) -> set[int]:
        """Return the addresses of what the fixtures of this test alone returned."""
        return {each.value for each in self._of_test if not each.is_wide}

    def next_test(self) -> None:
        """Forget what concerns one test only."""
        self._of_test.clear()
