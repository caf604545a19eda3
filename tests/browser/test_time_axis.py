"""The other axis, what was found and what was left out, and the numbers of a busy recording: as they are drawn."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Page, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

FLOOD_SCRIPT = (Path(__file__).parent / "bench" / "flood.js").read_text(encoding="utf-8")

#: Writes down what is drawn: texts with their places, rectangles, and how strong they are.
DRAWN_SCRIPT = """
window.drawn = [];
for (const name of ['fillText', 'fillRect', 'stroke']) {
  const own = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...given) {
    const { globalAlpha: alpha, fillStyle: fill, strokeStyle: line } = this;
    const rounded = given.map((one) => (typeof one === 'number' ? Math.round(one) : one));
    window.drawn.push({ name, given: rounded, alpha, fill, line });
    return own.apply(this, given);
  };
}
"""

#: Resolves once something was drawn, and nothing more for a while.
SETTLED_SCRIPT = """async () => {
  let calm = 0;
  for (let frame = 0; frame < 300 && calm < 8; frame += 1) {
    const { length } = window.drawn;
    await new Promise(requestAnimationFrame);
    calm = length > 0 && length === window.drawn.length ? calm + 1 : 0;
  }
}"""


def opened(page: Page, demo: DemoServer) -> ScopePage:
    page.add_init_script(DRAWN_SCRIPT)
    return ScopePage(page).open(demo).at_real_speed()


def drawn(page: Page) -> list[dict[str, Any]]:
    """Return what a frame draws, after what is asked for by then."""
    page.evaluate(SETTLED_SCRIPT)
    page.evaluate("window.drawn = []")
    # Another size draws everything anew.
    page.evaluate("document.querySelector('#timeline').style.maxHeight = 'calc(100% - 1px)'")
    page.evaluate(SETTLED_SCRIPT)
    page.evaluate("document.querySelector('#timeline').style.maxHeight = ''")
    return cast("list[dict[str, Any]]", page.evaluate("window.drawn"))


def texts(frame: list[dict[str, Any]]) -> list[str]:
    return [call["given"][0] for call in frame if call["name"] == "fillText"]


def place_of(frame: list[dict[str, Any]], text: str) -> int:
    """Return the x of the last text *text*: the flag of the playhead lies on top."""
    return cast(
        "int",
        [call["given"][1] for call in frame if call["name"] == "fillText" and call["given"][0] == text][-1],
    )


def choose(scope: ScopePage, axis: str) -> None:
    button = scope.page.get_by_role("group", name="Axis").get_by_role("button", name=axis)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_axis_of_time_counts_time_and_leaves_the_playhead_where_it_is(
    demo: DemoServer, page: Page
) -> None:
    scope = opened(page, demo)
    scope.fire("GET /")
    scope.fire("GET /report")
    scope.timeline.get_by_role("slider").press("ArrowLeft")
    steps = drawn(page)
    # Only now: while events stream in, the text follows the canvas a moment later.
    step = scope.narrator_step.locator(".narrator-number").inner_text()

    choose(scope, "Time")
    times = drawn(page)

    assert {"Step", "Time"} & set(texts(steps)) == {"Step"}
    assert {"Step", "Time"} & set(texts(times)) == {"Time"}
    assert any(re.fullmatch(r"\+\d+(\.\d+)? (µs|ms)", text) for text in texts(times)), texts(times)
    assert abs(place_of(times, step) - place_of(steps, step)) <= 1
    assert scope.narrator_step.locator(".narrator-number").inner_text() == step

    page.reload()
    expect(scope.state).to_contain_text("Live")
    expect(page.get_by_role("button", name="Time", exact=True)).to_have_attribute("aria-pressed", "true")


def test_zoom_goes_down_to_microseconds_and_back_to_everything(demo: DemoServer, page: Page) -> None:
    scope = opened(page, demo)
    scope.fire("GET /")
    scope.fire("GET /report")
    choose(scope, "Time")

    scope.timeline.get_by_role("slider").focus()
    for _ in range(12):
        page.keyboard.press("w")
    near = texts(drawn(page))
    for _ in range(60):
        page.keyboard.press("s")
    far = texts(drawn(page))

    assert any(re.fullmatch(r"\+\d+(\.\d+)? µs", text) for text in near), near
    assert not any(text.endswith("µs") and text.startswith("+") for text in far), far


def test_what_is_found_is_marked_on_the_canvas_and_what_is_not_is_not(demo: DemoServer, page: Page) -> None:
    scope = opened(page, demo)
    scope.fire("GET /")
    ink = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--text').trim()")

    def ticks() -> int:
        """How many marks of hits hang from the axis."""
        return sum(
            call["name"] == "fillRect" and call["fill"] == ink and call["given"][3] == 6
            for call in drawn(page)
        )

    assert 0 == ticks()
    page.get_by_role("searchbox", name="Find").fill("visit_count")
    expect(page.locator(".find-count")).to_have_text(re.compile(r"\d+ (found|of \d+)"))
    assert 0 < ticks()
    page.get_by_role("searchbox", name="Find").fill("nothing has this name")
    expect(page.locator(".find-count")).to_have_text("none")
    assert 0 == ticks()


def test_one_context_alone_from_its_row_and_the_rest_is_dimmed(demo: DemoServer, page: Page) -> None:
    scope = opened(page, demo)
    scope.fire("GET /")
    scope.fire("GET /report")
    assert {1} == {call["alpha"] for call in drawn(page)}

    rows = scope.table.locator("[aria-rowindex]:has(td)")
    rows.last.click()
    page.get_by_role("button", name="Only this context").click()

    assert min(call["alpha"] for call in drawn(page)) < 0.5
    expect(page.get_by_text(re.compile("^Only"))).not_to_have_count(0)
    alone = rows.count()
    page.keyboard.press("o")
    expect(rows).not_to_have_count(alone)
    assert {1} == {call["alpha"] for call in drawn(page)}


def test_a_busy_recording_is_told_in_numbers_until_somebody_looks_at_a_step(
    demo: DemoServer, page: Page
) -> None:
    page.add_init_script(FLOOD_SCRIPT)
    scope = opened(page, demo)
    page.evaluate("floodReady()")
    page.evaluate("flood({ contexts: 3000 })")
    page.locator("[data-do=fit]").click()
    page.locator("[data-do=fit]").click()
    page.keyboard.press("End")
    busy = page.get_by_role("region", name="In view")

    expect(busy).to_be_visible()
    expect(busy).to_contain_text(re.compile(r"Requests\s*1,\d{3}"))
    expect(busy).to_contain_text(re.compile(r"g empty at push\s*1,\d{3} of 1,\d{3}"))
    expect(busy.get_by_role("img", name=re.compile("How long contexts live"))).to_be_visible()
    expect(scope.stacks).to_be_hidden()

    scope.timeline.get_by_role("slider").press("ArrowLeft")
    expect(busy).to_be_hidden()
    expect(scope.stacks).to_be_visible()
