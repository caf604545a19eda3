"""What the timeline costs, in counts that no busy machine can change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from playwright.sync_api import Page, expect

from tests.browser.demo_server import DemoServer

FLOOD_SCRIPT = (Path(__file__).parent / "bench" / "flood.js").read_text(encoding="utf-8")

#: Calls that draw, in one frame of the base and the overlay, whatever there is to be seen.
MOST_CALLS = 1_000

#: Contexts of the large recording. Its events fill the store to its limit and beyond.
MANY = 425_000


def _open(page: Page, demo: DemoServer, contexts: int, problem: str = "some") -> None:
    page.add_init_script(FLOOD_SCRIPT)
    page.goto(demo.address)
    page.evaluate("floodReady()")
    page.get_by_role("button", name="Real speed").click()
    page.evaluate("options => flood(options)", {"contexts": contexts, "problem": problem})


def _calls_of(page: Page, command: str) -> int:
    """Press a button of the zoom, and count what the frames after it draw."""
    page.evaluate("drawCalls()")
    page.locator(f"[data-do={command}]").click()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return cast("int", page.evaluate("drawCalls()"))


def test_a_frame_draws_no_more_for_a_million_events_than_its_pixels_need(
    demo: DemoServer, page: Page
) -> None:
    """On both axes and at every zoom, from all there is down to single steps."""
    _open(page, demo, MANY)
    counts: dict[str, list[int]] = {}

    for axis in ("Steps", "Time"):
        page.get_by_role("group", name="Axis").get_by_role("button", name=axis).click()
        page.locator("[data-do=fit]").click()
        page.locator("[data-do=fit]").click()
        counts[axis] = [_calls_of(page, "zoomIn") for _ in range(24)]

    assert max(map(max, counts.values())) <= 2 * MOST_CALLS, f"draw calls, up to two frames each: {counts}"
    assert min(map(min, counts.values())) > 0, f"a zoom drew nothing: {counts}"
    # What is told of the view in numbers followed.
    heading = page.get_by_role("region", name="In view").get_by_role("heading", name="In view")
    expect(heading).to_have_text(re.compile(r"^In view, \d+(\.\d+)? ms$"))
    # What is no longer here is told in words, to whoever hears the table and to whoever goes to its first row.
    table = page.get_by_role("group", name=re.compile(r"^Events, [\d,]+ older ones were let go, arrow keys"))
    expect(table).to_be_visible()
    table.focus()
    page.keyboard.press("Home")
    expect(table.get_by_role("row").nth(1)).to_contain_text(re.compile(r"[\d,]+ let go"))


def test_nothing_is_drawn_while_the_page_is_paused_and_left_alone(demo: DemoServer, page: Page) -> None:
    """A frame that is not needed costs battery for nothing."""
    _open(page, demo, 2_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.evaluate("() => new Promise((done) => setTimeout(done, 300))")

    page.evaluate("drawCalls()")
    page.evaluate("() => new Promise((done) => setTimeout(done, 2000))")

    assert page.evaluate("drawCalls()") == 0


def test_the_document_does_not_grow_with_the_recording(demo: DemoServer, page: Page) -> None:
    """Rows of the table and marks of the timeline are made for what is in view."""
    _open(page, demo, 40_000)

    assert page.evaluate("document.querySelectorAll('*').length") <= 1_500
