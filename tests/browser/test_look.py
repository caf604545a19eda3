"""Dark and light, large and small: the page fits, and people's choices are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

LARGE = {"width": 1440, "height": 900}
SMALL = {"width": 390, "height": 844}

_OVERFLOW_SCRIPT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def background(page: Page) -> str:
    colour: str = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    return colour


DARK_GROUND = "rgb(12, 15, 20)"
LIGHT_GROUND = "rgb(243, 245, 248)"


@pytest.mark.parametrize(("scheme", "ground"), [("dark", DARK_GROUND), ("light", LIGHT_GROUND)])
def test_the_page_is_dark_or_light_as_the_system_is(
    shared_demo: DemoServer, new_browser_context: Callable[..., BrowserContext], scheme: str, ground: str
) -> None:
    """And changes with it, as long as nobody chose."""
    page = new_browser_context(color_scheme=scheme).new_page()
    scope = ScopePage(page).open(shared_demo)

    assert background(page) == ground
    expect(scope.top.get_by_role("button", name=f"Theme: as the system ({scheme})")).to_be_visible()

    other = "light" if scheme == "dark" else "dark"
    page.emulate_media(color_scheme=other)  # type: ignore[arg-type]  # one of the two

    expect(scope.top.get_by_role("button", name=f"Theme: as the system ({other})")).to_be_visible()
    assert background(page) != ground


def test_a_chosen_theme_is_kept_over_a_reload(
    shared_demo: DemoServer, new_browser_context: Callable[..., BrowserContext]
) -> None:
    page = new_browser_context(color_scheme="light").new_page()
    scope = ScopePage(page).open(shared_demo)
    switch = scope.top.get_by_role("button", name="Theme")

    switch.click()

    expect(switch).to_have_accessible_name("Theme: dark")
    assert background(page) == DARK_GROUND
    page.reload()
    expect(switch).to_have_accessible_name("Theme: dark")
    assert background(page) == DARK_GROUND
    switch.click()
    expect(switch).to_have_accessible_name("Theme: light")
    switch.click()
    expect(switch).to_have_accessible_name("Theme: as the system (light)")


def test_on_a_small_screen_nothing_is_cut_off_and_tabs_lead_to_the_rest(
    demo: DemoServer, new_browser_context: Callable[..., BrowserContext]
) -> None:
    page = new_browser_context(viewport=SMALL, has_touch=True).new_page()
    scope = ScopePage(page).open(demo)
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["Fire", "Stacks", "Events"])
    assert page.evaluate(_OVERFLOW_SCRIPT) == 0

    scope.at_real_speed()
    scope.fire("GET /")

    scope.expect_step(15, 15)
    expect(scope.sentence).to_be_in_viewport()
    expect(scope.playhead).to_be_attached()
    expect(scope.timeline).to_be_in_viewport(ratio=0.9)
    page.get_by_role("tab", name="Stacks").tap()
    expect(page.get_by_role("tab", name="Stacks")).to_have_attribute("aria-selected", "true")
    expect(scope.stacks).to_be_in_viewport()
    expect(scope.rail).to_be_hidden()
    assert page.evaluate(_OVERFLOW_SCRIPT) == 0
    page.get_by_role("tab", name="Events").tap()
    expect(scope.row("App context popped, its g is gone")).to_be_in_viewport()
    expect(scope.panel).to_be_hidden()
    assert page.evaluate(_OVERFLOW_SCRIPT) == 0
    page.get_by_role("tab", name="Fire").tap()
    expect(scope.button("GET /")).to_be_in_viewport()

    # What a scenario printed lies over the buttons, and over nothing that is chosen then.
    scope.fire("Use g outside")
    expect(scope.results).to_contain_text("Working outside of application context")
    page.get_by_role("tab", name="Stacks").tap()
    expect(scope.results).not_to_contain_text("Working outside")
    # The full table is that of the tab here: the lanes stay.
    scope.playhead.press("t")
    expect(page.get_by_role("tab", name="Events")).to_have_attribute("aria-selected", "true")
    expect(scope.timeline).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("width", [320, 768, 960, 1024])
def test_no_width_scrolls_sideways(
    shared_demo: DemoServer, new_browser_context: Callable[..., BrowserContext], width: int
) -> None:
    page = new_browser_context(viewport={"width": width, "height": 800}).new_page()
    scope = ScopePage(page).open(shared_demo)
    scope.at_real_speed()
    assert page.evaluate(_OVERFLOW_SCRIPT) == 0

    scope.fire("GET /report")

    expect(scope.sentence).to_contain_text("pops app context")
    assert page.evaluate(_OVERFLOW_SCRIPT) == 0


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_pictures_of_the_main_states(
    demo: DemoServer,
    new_browser_context: Callable[..., BrowserContext],
    screenshot: Callable[[Page, str], Path],
    scheme: str,
) -> None:
    """Saved in tests/screenshots, large and small, to be looked at. Nothing compares them."""
    pages = {
        "large": new_browser_context(viewport=LARGE, color_scheme=scheme).new_page(),
        "small": new_browser_context(viewport=SMALL, color_scheme=scheme).new_page(),
    }
    scopes = {size: ScopePage(page).open(demo) for size, page in pages.items()}
    saved = [screenshot(page, f"empty-{size}-{scheme}") for size, page in pages.items()]

    large = scopes["large"].at_real_speed()
    large.fire("GET /")
    large.fire("Two at once")
    large.fire("GET /report")
    for size, scope in scopes.items():
        scope.expect_step(63, 63)
        saved.append(screenshot(pages[size], f"live-{size}-{scheme}"))
    for size, scope in scopes.items():
        for _ in range(9):
            pages[size].keyboard.press("ArrowLeft")
        scope.expect_step(54, 63)
        if size == "small":
            pages[size].get_by_role("tab", name="Stacks").click()
        saved.append(screenshot(pages[size], f"paused-{size}-{scheme}"))
    for title in ("app_no_context.py", "GET /boom", "Leak a context", "Use g outside"):
        large.fire(title)
    for size, scope in scopes.items():
        scope.state.click()
        expect(scope.sentence).to_contain_text("plain-thread used g")
        saved.append(screenshot(pages[size], f"trouble-{size}-{scheme}"))
    large.show_full_table()
    saved.append(screenshot(pages["large"], f"table-large-{scheme}"))
    pages["large"].keyboard.press("?")
    expect(pages["large"].get_by_role("dialog", name="Keys")).to_be_visible()
    saved.append(screenshot(pages["large"], f"keys-large-{scheme}"))

    assert all(path.stat().st_size > 10_000 for path in saved)
