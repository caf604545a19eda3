"""What the timeline, the table and the stacks tell about one and the same recording, and how it is drawn."""

from __future__ import annotations

import itertools
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import Box, Canvas, changes
from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage


@pytest.fixture(scope="module")
def visited(shared_demo: DemoServer) -> DemoServer:
    """A demo that answered one GET / and nothing else."""
    with urllib.request.urlopen(shared_demo.url("/"), timeout=10) as answer:
        assert answer.status == 200
    return shared_demo


#: What GET / does, step by step, as the table tells it.
HAPPENED = [
    r"App context pushed, with a new, empty g",
    r"Request context pushed for GET /",
    r"Session opened: new, no cookie came",
    r"URL matched: view index",
    r"Request handling starts",
    r"Session read: no visit_count in it",
    r"Session changed: visit_count = 1",
    r"g\.request_timestamp set to [\d.]+",
    r"Session read: visit_count",
    r"Session saved into the cookie",
    r"Response ready: 200 after [\d.]+ ms",
    r"Teardown log_end_of_request ran",
    r"Request context popped",
    r"Teardown log_end_of_app_context ran",
    r"App context popped, its g is gone",
]

#: The step at which g is written.
WRITTEN = 8


def test_the_table_tells_every_step_in_order(visited: DemoServer, scope: ScopePage) -> None:
    scope.open(visited)
    scope.expect_step(15, 15)
    scope.show_full_table()

    rows = scope.table.get_by_role("row")
    expect(rows).to_have_count(1 + len(HAPPENED))
    expect(scope.table).to_have_attribute("aria-rowcount", "16")
    expect(rows.first).to_have_text("Step Since last Thread What happened Context", use_inner_text=True)
    for index, pattern in enumerate(HAPPENED):
        row = rows.nth(index + 1)
        expect(row).to_have_attribute("aria-rowindex", str(index + 2))
        expect(row.get_by_role("cell").nth(0)).to_have_text(str(index + 1))
        expect(row.get_by_role("cell").nth(2)).to_have_text("Request 1")
        expect(row.get_by_role("cell").nth(3)).to_have_text(re.compile(f"^{pattern}$"))
    assert rows.nth(1).get_by_role("cell").nth(4).inner_text() == "app context #1"
    assert rows.nth(2).get_by_role("cell").nth(4).inner_text() == "GET / #2"


def test_the_stacks_at_a_step_are_those_of_that_step(visited: DemoServer, scope: ScopePage) -> None:
    """A press on a row goes there: two contexts, the newest on top, and what code would get."""
    scope.open(visited)
    scope.expect_step(15, 15)
    scope.show_full_table()

    scope.row("g.request_timestamp set to").click()

    expect(scope.state).to_contain_text(f"Paused at step {WRITTEN}")
    expect(scope.stacks.get_by_role("heading", level=2)).to_have_text(f"The stack at step {WRITTEN}")
    expect(scope.stacks).to_contain_text("2 deep")
    blocks = scope.stacks.locator(".block")
    expect(blocks).to_have_text(
        [
            re.compile("^request#2GET /sessionvisit_count = 1not saved yet$"),
            re.compile(r"^app context#1grequest_timestamp = [\d.]+$"),
        ]
    )
    newest, oldest = (blocks.nth(i).bounding_box() for i in (0, 1))
    assert newest is not None
    assert oldest is not None
    assert newest["y"] + newest["height"] <= oldest["y"]
    assert re.fullmatch(r"[\d.]+", scope.seen("g.request_timestamp")[0])
    assert scope.seen("request") == ["GET /"]
    assert scope.seen("current_app") == ["flaskscope.demo.app"]
    assert re.fullmatch(r"visit_count = 1\s+not saved yet", scope.seen("session")[0])

    scope.row("App context pushed, with a new, empty g").click()

    expect(blocks).to_have_text(["app context#1g{ }"])
    assert scope.seen("g") == ["{ }"]
    assert scope.seen("request") == ["RuntimeError"]

    scope.row("App context popped, its g is gone").click()

    expect(blocks).to_have_count(0)
    expect(scope.stacks).to_contain_text("Empty.")
    assert scope.seen("g") == ["RuntimeError"]


def test_rows_after_the_playhead_are_dimmed(visited: DemoServer, scope: ScopePage) -> None:
    """They have not happened yet."""
    scope.open(visited)
    scope.expect_step(15, 15)
    scope.show_full_table()

    scope.row("Session changed").click()

    later = scope.table.locator("tr.later")
    expect(later).to_have_count(15 - 7)
    now, then = (
        row.evaluate("(row) => getComputedStyle(row.cells[3]).color")
        for row in (scope.row("Session changed"), later.first)
    )
    assert now != then


def test_a_request_is_a_green_box_in_a_blue_one_with_its_g_above(
    visited: DemoServer, scope: ScopePage, page: Page, canvas: Canvas
) -> None:
    scope.open(visited)
    scope.expect_step(15, 15)

    app, request = canvas.boxes()

    assert (app.kind, app.name, request.kind, request.name) == ("app", "#1", "request", "#2")
    assert (app.depth, request.depth) == (0, 1)
    assert app.x < request.x < request.right < app.right
    assert app.y < request.y < request.y + request.height < app.y + app.height
    for box, outline, fill in ((app, "app", "appFill"), (request, "request", "requestFill")):
        assert set(top_edge(canvas, box)) == {outline}
        assert (
            canvas.share(
                fill, box.x + 3, box.y + box.height - 5, 60, 3, ["appFill", "requestFill", "bg", "band"]
            )
            == 1
        )
    assert request.title.startswith("GET /")

    empty, filled = strip_runs(app)
    middle = strip(app)["y"] + strip(app)["height"] / 2
    assert not empty["filled"]
    assert filled["filled"]
    assert canvas.share("g", filled["right"] - 8, middle - 4, 4, 8, ["g", "gInk", "appFill", "band"]) > 0.85
    assert canvas.share("g", empty["x"] + 3, middle - 6, 20, 3, ["g", "gInk", "appFill", "band"]) == 0
    dashes = canvas.colours(empty["x"] + 6, strip(app)["y"], 100, 1, ["gLine", "appFill"])
    assert changes(dashes) >= 20

    river = canvas.scene()["rivers"][0]
    none, holds = river["parts"]
    assert (none["kind"], holds["kind"], holds["text"]) == ("none", "holds", "visit_count = 1")
    assert (
        canvas.share("session", holds["x"] + 4, river["bottom"] - 6, 60, 3, ["session", "bg", "band"]) > 0.6
    )


def test_what_is_pushed_by_hand_is_dashed(demo: DemoServer, scope: ScopePage, canvas: Canvas) -> None:
    """And what Flask pushed for the request around it is not."""
    scope.open(demo).at_real_speed()
    scope.fire("GET /report")
    scope.expect_step(18, 18)

    app, request, by_hand = canvas.boxes()

    assert not app.dashed
    assert not request.dashed
    assert by_hand.dashed
    assert changes(top_edge(canvas, app)) == changes(top_edge(canvas, request)) == 0
    dashes = top_edge(canvas, by_hand)
    assert changes(dashes) >= len(dashes) / 6
    assert 0.4 < dashes.count("app") / len(dashes) < 0.9
    expect(scope.legend).to_contain_text("pushed by hand")


def test_two_pushed_by_hand_are_nested_and_the_inner_one_hides_the_outer(
    demo: DemoServer, scope: ScopePage, canvas: Canvas
) -> None:
    scope.open(demo).at_real_speed()
    scope.fire("Nest two of them")
    scope.expect_step(9, 9)

    outer, inner = canvas.boxes()
    assert outer.y < inner.y
    assert inner.x > outer.x
    assert inner.right < outer.right
    for box in (outer, inner):
        assert changes(top_edge(canvas, box)) >= 6

    scope.row("g.user set to 'grace'").click()

    expect(scope.stacks.locator(".block")).to_have_text(
        ["app context#2guser = 'grace'by hand", "app context#1guser = 'ada'hidden under #2by hand"]
    )
    assert scope.seen("g.user") == ["'grace'"]
    expect(scope.reason).to_have_text(
        "user = 'ada' in #1 is not lost: it is back when #2 is popped. user lives until #2 is popped."
    )


def test_a_leaked_context_is_hatched_open_and_named(
    demo: DemoServer, scope: ScopePage, page: Page, canvas: Canvas
) -> None:
    scope.open(demo).at_real_speed()
    scope.fire("Leak a context")
    scope.expect_step(3, 3)

    (leaked,) = canvas.boxes()

    assert leaked.leaked
    assert leaked.dashed
    assert leaked.openRight
    assert leaked.right > canvas.scene()["width"]
    assert leaked.pill is not None
    assert leaked.pill["text"] == "never popped"
    palette = ["error", "errorInk", "appFill", "band"]
    # With the pointer on the box the playhead, and its veil over what has not happened yet, leave this canvas.
    scope.timeline.hover(position={"x": leaked.x + 40, "y": leaked.y + 8})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert canvas.share("error", leaked.pill["x"] + 2, leaked.y + 8, 5, 4, palette) == 1
    # The hatching is translucent: what is not the fill of a healthy box is a line of it.
    healthy = canvas.share("appFill", leaked.right - 300, leaked.y + leaked.height - 6, 200, 4, ["appFill"])
    assert 0.5 < healthy < 0.95
    edge = canvas.colours(leaked.x + 10, leaked.y, 150, 1, palette)
    assert changes(edge) >= 20
    assert "app" not in top_edge(canvas, leaked)

    box = scope.timeline.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + leaked.right - 320, box["y"] + leaked.y + 10)

    expect(scope.timeline).to_contain_text("never popped: its thread ended")


def test_an_exception_is_a_red_cross_in_a_red_box(demo: DemoServer, scope: ScopePage, canvas: Canvas) -> None:
    scope.open(demo).at_real_speed()
    scope.fire("GET /boom")
    scope.expect_step(13, 13)

    app, request = canvas.boxes()
    (cross,) = [mark for mark in canvas.scene()["marks"] if mark["kind"] == "exception"]

    assert set(top_edge(canvas, request, ["error", "request", "appFill"])) == {"error"}
    assert request.x < cross["x"] < request.right
    assert (
        canvas.share("error", cross["x"] - 6, cross["y"] - 6, 12, 12, ["error", "requestFill", "request"])
        > 0.15
    )
    assert app.kind == "app"


def test_g_outside_is_a_mark_in_an_otherwise_empty_lane(
    demo: DemoServer, scope: ScopePage, canvas: Canvas
) -> None:
    scope.open(demo).at_real_speed()
    scope.fire("Use g outside")
    scope.expect_step(1, 1)

    scene = canvas.scene()

    assert scene["boxes"] == []
    (lane,) = scene["lanes"]
    (mark,) = scene["marks"]
    assert (lane["name"], mark["kind"]) == ("plain-thread", "outside")
    assert lane["y"] < mark["y"] < lane["y"] + lane["height"]
    assert canvas.share("error", mark["x"] - 7, mark["y"] - 7, 14, 14, ["error", "band", "bg"]) > 0.05


def test_two_at_once_are_on_two_lanes_each_with_a_g_of_its_own(
    demo: DemoServer, scope: ScopePage, canvas: Canvas
) -> None:
    """Side by side on the timeline, on the stacks and in what code sees."""
    scope.open(demo).at_real_speed()
    scope.fire("Two at once")
    scope.expect_step(30, 30)

    scene = canvas.scene()
    assert [lane["name"] for lane in scene["lanes"]] == ["Request 1", "Request 2"]
    apps = [box for box in canvas.boxes() if box.kind == "app"]
    assert len({box.lane for box in apps}) == 2
    assert max(box.x for box in apps) < min(box.right for box in apps), "they overlap in time"
    for box in apps:
        assert [run["filled"] for run in strip_runs(box)] == [False, True]
        assert set(top_edge(canvas, box)) == {"app"}

    scope.show_full_table()
    scope.row("g.request_timestamp set to").last.click()

    expect(scope.stacks.get_by_role("heading", level=2)).to_contain_text("The stacks at step")
    expect(scope.stacks.get_by_role("heading", level=3)).to_have_text(
        [re.compile("^Request 1.*2 deep"), re.compile("^Request 2.*2 deep")]
    )
    first, second = scope.seen("g.request_timestamp")
    assert re.fullmatch(r"[\d.]+", first)
    assert re.fullmatch(r"[\d.]+", second)
    assert first != second
    assert scope.seen("request") == ["GET /", "GET /"]
    columns = [heading.bounding_box() for heading in scope.stacks.get_by_role("heading", level=3).all()]
    assert columns[0] is not None
    assert columns[1] is not None
    assert columns[0]["y"] == columns[1]["y"]
    expect(scope.reason).to_contain_text("cannot see it: each thread has a g of its own.")


def test_a_press_on_the_canvas_goes_there(
    visited: DemoServer, scope: ScopePage, page: Page, canvas: Canvas
) -> None:
    """On a mark, on a box, on the axis; and what is under the pointer is named."""
    scope.open(visited)
    scope.expect_step(15, 15)
    place = scope.timeline.bounding_box()
    assert place is not None
    scene = canvas.scene()
    (written,) = [mark for mark in scene["marks"] if mark["kind"] == "g-set"]

    page.mouse.move(place["x"] + written["x"], place["y"] + written["y"])
    expect(scope.timeline).to_contain_text("g.request_timestamp set to")
    page.mouse.down()
    page.mouse.up()
    scope.expect_step(WRITTEN, 15)

    request = canvas.boxes()[1]
    page.mouse.click(place["x"] + request.right - 8, place["y"] + request.y + 8)
    scope.expect_step(2, 15)

    ticks = [mark["x"] for mark in scene["marks"]]
    assert all(right - left > 20 for left, right in itertools.pairwise(ticks))
    page.mouse.click(place["x"] + ticks[11], place["y"] + 12)
    scope.expect_step(12, 15)


def top_edge(canvas: Canvas, box: Box, among: list[str] | None = None) -> list[str]:
    """Return the colours along the top edge of *box*, its round corners left out."""
    scene = canvas.scene()
    left, right = max(box.x + 10, scene["left"]), min(box.right - 10, scene["width"])
    return canvas.colours(
        left, box.y, right - left, 1, among or ["app", "request", "appFill", "requestFill", "band"]
    )


def strip(box: Box) -> dict[str, float]:
    assert box.strip is not None
    return box.strip


def strip_runs(box: Box) -> list[dict[str, float]]:
    assert box.strip is not None
    runs: list[dict[str, float]] = box.strip["runs"]
    return runs
