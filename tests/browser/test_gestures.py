"""The hand on the timeline: wheel, drag, two fingers, the window of the overview, and keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import Canvas
from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

#: CSS pixels of a view that count as the same.
SAME = 1


@pytest.fixture
def spot(scope: ScopePage, canvas: Canvas, shared_demo: DemoServer) -> tuple[float, float]:
    """The middle of the lanes, with more of the recording than fits."""
    scope.open(shared_demo).at_real_speed()
    for _ in range(2):
        scope.fire("GET /report")
    box = scope.timeline.bounding_box()
    assert box is not None
    return box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5


def test_wheel_drag_and_fingers_move_and_zoom(
    scope: ScopePage, canvas: Canvas, spot: tuple[float, float]
) -> None:
    """On both axes. And whoever moves what is in view is not carried back to what is new."""
    page = scope.page
    x, y = spot
    for axis in ("Steps", "Time"):
        page.get_by_role("group", name="Axis").get_by_role("button", name=axis).click()
        follow(scope)
        _, width = canvas.view()
        page.mouse.move(x, y)

        page.keyboard.down("Control")
        page.mouse.wheel(0, -130)
        page.keyboard.up("Control")
        left, zoomed = canvas.view()
        assert zoomed > width * 1.3, axis
        page.mouse.wheel(-60, 0)
        assert canvas.view()[0] == pytest.approx(left - 60, abs=SAME), axis
        expect(scope.state).to_contain_text("Paused")
        page.mouse.down()
        page.mouse.move(x + 40, y, steps=4)
        page.mouse.up()
        left, width = left - 100, canvas.view()[1]
        assert canvas.view()[0] == pytest.approx(left, abs=SAME), axis
        pinch(page, x, y)
        assert canvas.view()[1] > width * 1.5, axis


def test_keys_do_the_same(scope: ScopePage, canvas: Canvas, spot: tuple[float, float]) -> None:
    page = scope.page
    for axis in ("Steps", "Time"):
        page.get_by_role("group", name="Axis").get_by_role("button", name=axis).click()
        follow(scope)
        scope.playhead.focus()

        views = [canvas.view()]
        for key in ("w", "s", "w", "a", "d", "f", "f"):
            page.keyboard.press(key)
            views.append(canvas.view())
        start, closer, back, _, moved, returned, context, everything = views
        assert closer[1] > start[1], axis
        assert back[1] == pytest.approx(start[1], abs=SAME), axis
        assert moved[0] < returned[0], axis
        # Where the context was seen whole already, everything comes first.
        assert 0 in (context[0], everything[0]), axis
        assert context != everything, axis


def test_the_window_of_the_overview_is_dragged(
    scope: ScopePage, canvas: Canvas, spot: tuple[float, float]
) -> None:
    page = scope.page
    box = scope.timeline.bounding_box()
    assert box is not None
    left = canvas.view()[0]
    # The window is at the right end of the overview, the first row of the timeline.
    grip = box["x"] + box["width"] - 60, box["y"] + 25

    page.mouse.move(*grip)
    page.mouse.down()
    page.mouse.move(grip[0] - 200, grip[1], steps=4)
    page.mouse.up()

    assert canvas.view()[0] < left - 60
    expect(scope.state).to_contain_text("Paused")


def test_only_a_press_on_a_context_opens_its_card(scope: ScopePage, canvas: Canvas, demo: DemoServer) -> None:
    """Not one beside it, while the playhead happens to stand on a push: there it looks elsewhere."""
    page = scope.open(demo).at_real_speed().page
    for _ in range(2):
        scope.fire("GET /report")
    card = page.get_by_role("region", name="Context card")
    box = scope.timeline.bounding_box()
    assert box is not None
    page.keyboard.press("Home")
    scope.expect_step(1, 36)

    for x, y in (
        (box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5),
        (box["x"] + 300, box["y"] + 25),
    ):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 80, y, steps=4)
        page.mouse.up()
        canvas.view()
        expect(card).to_be_hidden()
    scope.timeline.locator("summary").click()
    canvas.view()
    expect(card).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    canvas.view()

    pressed = canvas.boxes()[0]
    page.mouse.click(box["x"] + pressed.x + 8, box["y"] + pressed.y + 6)
    expect(card.get_by_role("heading", name=re.compile(f"{pressed.name}$"))).to_be_visible()


def follow(scope: ScopePage) -> None:
    scope.page.keyboard.press("End")
    expect(scope.state).to_contain_text("Live, following")


def pinch(page: Page, x: float, y: float) -> None:
    """Spread two fingers around a place to twice their distance."""
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *distances: float) -> None:
        points = [{"x": x + distance, "y": y, "id": i} for i, distance in enumerate(distances)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -50, 50)
    for distance in (65, 80, 100):
        touch("touchMove", -distance, distance)
    touch("touchEnd")
