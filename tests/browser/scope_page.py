"""The dashboard as the person who looks at it finds it: by role and by text."""

from __future__ import annotations

import re
import time
from typing import cast

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo_server import DemoServer

#: Seconds until `ScopePage.wait_for_rows` gives up.
PATIENCE_SECONDS = 15

#: What the state pill may say; nothing else in the bar at the top begins like this.
_STATES = re.compile(
    "^(Live|Paused|Playing|Replaying|Connecting|Disconnected|Server speaks|The server sent|This page)"
)

#: How a button ends once what it fired is answered: "200 · 57 ms", "failed · 310 ms".
_OUTCOME = re.compile(r"(answered|no answer|done|failed|\d{3}) · [\d.]+ (ns|µs|ms|s)$")


class ScopePage:
    """One page of the dashboard.

    Args:
        page: Where it is or will be shown.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.top = page.get_by_role("banner")
        self.state = self.top.get_by_role("button", name=_STATES)
        self.rail = page.get_by_role("region", name="Fire", exact=True)
        self.narrator = page.get_by_role("region", name="What happened")
        self.narrator_step = self.narrator.get_by_role("paragraph").nth(0)
        self.sentence = self.narrator.get_by_role("paragraph").nth(1)
        self.reason = self.narrator.get_by_role("paragraph").nth(2)
        self.timeline = page.get_by_role("group", name="Timeline")
        self.playhead = page.get_by_role("slider", name="Playhead")
        self.results = page.get_by_role("region", name="Results")
        self.panel = page.get_by_role("complementary", name="State at the step")
        self.table = page.get_by_role("region", name="Event table").get_by_role("table")
        self.legend = page.get_by_role("list", name="Legend")
        self.stacks = self._section(re.compile("^The stacks? "))
        self.sees = self._section("What code sees now")
        self.lasting = self._section("What lasts")
        self.problems = self._section(re.compile("^Problems"))

    def open(self, demo: DemoServer) -> ScopePage:
        """Go to the dashboard of *demo*, and wait until it listens."""
        self.page.goto(demo.address)
        expect(self.state).to_contain_text("Live")
        return self

    def button(self, title: str) -> Locator:
        """Return the button of the rail that fires what is called *title*."""
        return self.rail.get_by_role("button").filter(has=self.page.get_by_text(title, exact=True))

    def fire(self, title: str) -> None:
        """Press the button called *title*, and wait until it tells how it went."""
        self.open_groups()
        button = self.button(title)
        button.click()
        expect(button).not_to_have_attribute("aria-busy", "true")
        expect(button).to_contain_text(_OUTCOME, use_inner_text=True)

    def open_groups(self) -> None:
        """Unfold all groups of the rail."""
        expect(self.rail.locator("summary").first).to_be_visible()
        self.rail.locator("details").evaluate_all(
            "(groups) => groups.forEach((group) => { group.open = true; })"
        )

    def at_real_speed(self) -> ScopePage:
        """Follow what is new at once, instead of step by step."""
        more = self.top.get_by_role("button", name="Axis, zoom and speed")
        # On a phone the speed is behind it.
        if more.is_visible():
            more.click()
        self.top.get_by_role("button", name="Real speed").click()
        if more.is_visible():
            more.click()
        return self

    def expect_step(self, step: int, count: int) -> None:
        """Expect the narrator to be at *step* of *count*."""
        expect(self.narrator_step).to_have_text(f"{step:,} of {count:,}", use_inner_text=True)

    def show_full_table(self) -> None:
        """Give the table all the room there is, if it has not got it."""
        self._turn("Full event table", "true")

    def show_timeline(self) -> None:
        """Give the timeline its room back, if it has not got it."""
        self._turn("Full event table", "false")

    def _turn(self, name: str, state: str) -> None:
        button = self.page.get_by_role("button", name=name)
        if button.get_attribute("aria-pressed") != state:
            button.click()
        expect(button).to_have_attribute("aria-pressed", state)

    def rows(self, after: int = 0) -> list[str]:
        """Return what happened in the rows that the table shows, from the step behind *after* on."""
        cells = self.table.locator("[aria-rowindex]:has(td)").evaluate_all(
            "(rows) => rows.map((row) => [row.ariaRowIndex - 1, row.cells[3].innerText.trim()])"
        )
        return [text for step, text in cast("list[tuple[int, str]]", cells) if step > after]

    def wait_for_rows(self, expected: list[str], after: int) -> list[str]:
        """Wait until rows behind step *after* begin with the texts *expected*, in this order among others.

        Returns:
            All rows behind step *after*.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            happened = self.rows(after)
            rest = iter(happened)
            missing = [text for text in expected if not any(row.startswith(text) for row in rest)]
            if not missing:
                return happened
            if time.monotonic() > deadline:
                pytest.fail(f"{missing[0]!r} is missing or too late in {happened}")
            self.page.evaluate("new Promise(requestAnimationFrame)")

    def row(self, text: str | re.Pattern[str]) -> Locator:
        """Return the rows of the table in which *text* happened, oldest first."""
        return self.table.get_by_role("row").filter(has=self.page.get_by_role("cell").filter(has_text=text))

    def steps(self) -> int:
        """Return how many steps the narrator counts."""
        found = re.search(r"of ([\d,]+)", self.narrator_step.inner_text())
        return int(found[1].replace(",", "")) if found else 0

    def block(self, text: str | re.Pattern[str]) -> Locator:
        """Return the contexts on the stacks that say *text*, the newest of each thread first."""
        return self.stacks.locator(".block").filter(has_text=text)

    def seen(self, name: str) -> list[str]:
        """Return what code would get for *name*, one text for each thread."""
        row = self.sees.get_by_role("row").filter(
            has=self.page.get_by_role("rowheader", name=name, exact=True)
        )
        return row.get_by_role("cell").all_inner_texts()

    def _section(self, heading: str | re.Pattern[str]) -> Locator:
        return self.panel.locator("section").filter(
            has=self.page.get_by_role("heading", level=2, name=heading)
        )
