"""More threads and paths than fit into a list: what a person pinned or hid is there, and the rest is found by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

FLOOD_SCRIPT = (Path(__file__).parent / "bench" / "flood.js").read_text(encoding="utf-8")

#: 60 threads with a request each, to a path of its own from number *first* on.
MANY_SCRIPT = """(first) => {
  const store = window.floodedStore;
  const lanes = Array.from({ length: 60 }, (_, i) => ({ id: 500 + i, name: `Worker-${i + 1}`, process: 1 }));
  let number = store.lastNumber;
  const rows = [];
  lanes.forEach(({ id: lane }, i) => {
    const id = 1000 + first + i;
    const at = 60e9 + (first + i) * 50_000;
    rows.push([++number, at, 'context.pushed', lane, id, null, { id, type: 'request', how: 'request', app: 'shop',
      thread: 'T', pushes: 1, sees: [null, id], method: 'GET', path: `/orders/${first + i}` }]);
    rows.push([++number, at + 5_000, 'context.popped', lane, id, null, 5_000, null, null, 0, [null, null]]);
  });
  store.append({ type: 'events', from: rows[0][0], to: number, lanes, sites: [], rows });
}"""


@pytest.fixture
def many(scope: ScopePage, demo: DemoServer) -> ScopePage:
    scope.page.add_init_script(FLOOD_SCRIPT)
    scope.open(demo).at_real_speed()
    scope.page.evaluate("floodReady()")
    scope.page.evaluate(MANY_SCRIPT, 1)
    return scope


def test_a_pinned_lane_stays_in_the_list_and_any_other_is_found_by_its_name(many: ScopePage) -> None:
    menu = many.page.locator(".lane-menu")
    names = menu.get_by_role("listitem")
    menu.locator("summary").click()
    expect(menu.get_by_role("status")).to_have_text("40 of 60 lanes")

    menu.get_by_role("button", name="Pin Worker-50").click()
    expect(names.first).to_contain_text("Worker-50")
    expect(many.page.locator(".inspect")).to_be_hidden()

    menu.get_by_role("searchbox", name="Find lanes").fill("worker-1")
    expect(menu.get_by_role("status")).to_have_text("11 of 60 lanes")
    many.page.keyboard.press("f")
    expect(menu.get_by_role("searchbox")).to_have_value("worker-1f")
    expect(menu.get_by_role("searchbox")).to_be_focused()
    expect(names).to_have_count(0)

    menu.get_by_role("searchbox").fill("")
    menu.get_by_role("button", name="Most active").click()
    expect(names.filter(has_text="Worker-1").first).to_be_visible()


def test_what_is_hidden_can_be_shown_again_however_much_came_since(many: ScopePage) -> None:
    many.page.get_by_role("button", name="Filter", exact=True).click()
    paths = many.page.get_by_role("dialog", name="Filter").get_by_role("group", name="Paths")
    field = paths.get_by_role("searchbox", name="Find paths")
    field.press_sequentially("/orders/7")
    chips = paths.get_by_role("button")
    expect(chips).to_have_count(1)
    expect(field).to_be_focused()

    chips.click()
    field.fill("")
    many.page.evaluate(MANY_SCRIPT, 100)
    many.page.evaluate(MANY_SCRIPT, 200)

    chip = paths.get_by_role("button", name="/orders/7", exact=True)
    expect(paths.get_by_role("button", name="/orders/259", exact=True)).to_be_visible()
    expect(chip).to_have_attribute("aria-pressed", "false")
    expect(paths.get_by_role("status")).to_have_text("24 of 180")
    chip.click()
    expect(many.page.locator(".filter-line")).to_be_hidden()
