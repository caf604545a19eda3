"""For those who do not see the canvas, or do not use a mouse."""

from __future__ import annotations

import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

#: More controls than the page has: Tab has been all around it by then.
MANY = 150

_CONTROLS = "button, input, select, a[href], [role=slider], [tabindex='0']"


@pytest.fixture
def filled(shared_demo: DemoServer, scope: ScopePage) -> ScopePage:
    """The page after a request and a problem, with a card."""
    scope.open(shared_demo).at_real_speed()
    scope.fire("GET /")
    scope.fire("Use g outside")
    expect(scope.sentence).to_contain_text("plain-thread used g")
    return scope


def test_every_control_has_a_name(filled: ScopePage, page: Page) -> None:
    controls = [control for control in page.locator(_CONTROLS).all() if control.is_visible()]

    assert len(controls) > 30
    for control in controls:
        expect(control).to_have_accessible_name(re.compile(r"\w"))


def test_landmarks_and_headings_lead_through_the_page(filled: ScopePage, page: Page) -> None:
    expect(page.get_by_role("banner")).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("FlaskScope")
    for region in ("Fire", "What happened", "Event table", "Results"):
        expect(page.get_by_role("region", name=region, exact=True)).to_have_count(1)
    levels = page.get_by_role("heading").evaluate_all(
        "(all) => all.map((one) => Number(one.tagName.slice(1)))"
    )
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False)), levels


def test_the_table_says_where_its_rows_belong(filled: ScopePage) -> None:
    """Only the rows in view are in the document, so each carries its place in the whole."""
    count = filled.steps()
    expect(filled.table).to_have_attribute("aria-rowcount", str(count + 1))
    indexes = [int(row.get_attribute("aria-rowindex") or 0) for row in filled.table.get_by_role("row").all()]
    assert indexes[0] == 1
    assert indexes[1:] == list(range(indexes[1], indexes[-1] + 1))
    assert indexes[-1] == count + 1
    expect(filled.table.get_by_role("columnheader")).to_have_count(5)
    expect(filled.table.locator("[aria-current=step]")).to_have_count(1)


def test_tab_reaches_every_control_and_shows_where_it_is(filled: ScopePage, page: Page) -> None:
    wanted = set(
        page.locator(_CONTROLS).evaluate_all(
            """(all) => all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0)
              .map((one, i) => { one.dataset.nth = String(i); return one.dataset.nth; })"""
        )
    )
    reached: set[str] = set()
    for _ in range(MANY):
        page.keyboard.press("Tab")
        nth, shown = page.evaluate(
            """() => {
              const element = document.activeElement;
              // A field may be framed by what is around it.
              const isShown = [element, element.parentElement].some((one) => {
                const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one ?? element);
                return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
              });
              return [element.dataset.nth ?? '', isShown || element.matches('body, [role=slider]')];
            }"""
        )
        assert shown, page.evaluate("() => document.activeElement.outerHTML")
        if nth in reached:
            break
        if nth:
            reached.add(nth)

    missed = [page.locator(f"[data-nth='{nth}']").evaluate("(e) => e.outerHTML") for nth in wanted - reached]
    assert missed == []


def test_the_focused_timeline_is_framed(filled: ScopePage, page: Page) -> None:
    """The slider itself is invisible: the canvas shows its focus."""
    overlay = filled.timeline.locator("canvas").nth(1)
    page.mouse.move(5, 5)
    before = overlay.screenshot()

    page.get_by_role("link", name="Skip to the timeline").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(filled.playhead).to_be_focused()
    assert overlay.screenshot() != before


def test_the_narrator_is_read_aloud_only_when_there_is_time_for_it(
    demo: DemoServer, scope: ScopePage
) -> None:
    """Politely step by step, and not at all while events run through."""
    scope.open(demo)
    words = scope.narrator.locator("[aria-live]")
    expect(words).to_have_attribute("aria-live", "polite")

    # Somebody else asks: what this page did not fire is not replayed slowly.
    with urllib.request.urlopen(demo.url("/hello/ada")):
        scope.expect_step(12, 12)
    expect(words).to_have_attribute("aria-live", "off")

    scope.page.keyboard.press("ArrowLeft")
    expect(words).to_have_attribute("aria-live", "polite")
    scope.at_real_speed()
    scope.fire("GET /hello/ada")
    scope.expect_step(24, 24)

    expect(words).to_have_attribute("aria-live", "off")
    scope.page.keyboard.press("ArrowLeft")
    expect(words).to_have_attribute("aria-live", "polite")


def test_the_keys_of_a_button_inside_the_timeline_or_the_table_press_it(
    filled: ScopePage, page: Page
) -> None:
    """Neither plays Space the recording there, nor does Enter open a card."""
    menu = filled.timeline.locator("summary")
    menu.focus()
    page.keyboard.press("Space")
    by_activity = filled.timeline.get_by_role("button", name="Most active")
    expect(by_activity).to_be_visible()
    by_activity.focus()
    page.keyboard.press("Space")
    expect(by_activity).to_have_attribute("aria-pressed", "true")
    expect(filled.state).to_contain_text("Live, following")
    page.keyboard.press("Escape")

    only = page.get_by_role("button", name="Only this context")
    page.keyboard.press("Home")
    only.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Only")).to_be_visible()
    expect(page.get_by_role("region", name="Context card")).to_be_hidden()
