"""Everybody: no state of the page breaks a rule of axe-core, and the keyboard reaches and does everything."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage
from tests.browser.watch import Watch

ROOT = Path(__file__).parent.parent.parent

FLOOD_SCRIPT = (Path(__file__).parent / "bench" / "flood.js").read_text(encoding="utf-8")

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}

THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")

#: WCAG 2.2 AA, 2.5.8: CSS pixels of a target, unless it stands in a sentence.
SMALLEST_TARGET = 24


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    folder = Path(os.environ.get("FLASKSCOPE_TEST_NODE", ROOT / ".node-test"))
    path = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.fail(
            f"no axe-core at {path}: tests/run installs it, or npm install --prefix {folder} axe-core"
        )
    return path.read_text()


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scoped(new_browser_context: Callable[..., BrowserContext], size: str) -> ScopePage:
    width, height = SIZES[size]
    context = new_browser_context(viewport={"width": width, "height": height}, color_scheme="dark")
    return ScopePage(context.new_page())


def violations(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds wrong, one text for each element."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:160]} {json.dumps(node['any'][:1])[:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


Look = Callable[[Page, str], dict[str, list[str]]]


@pytest.fixture
def look(axe: str, size: str, screenshot: Callable[[Page, str], Path]) -> Look:
    """A function that asks axe-core about a state, dark and light, and keeps a picture of both under its name.

    It is the same page, which goes with the system: nothing is done twice for it.
    """

    def see(page: Page, state: str) -> dict[str, list[str]]:
        found = {}
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            found[f"{state}, {theme}"] = violations(page, axe)
            screenshot(page, f"{state}-{theme}-{size}")
        return found

    return see


def pause_at(page: Page, steps_back: int) -> None:
    """Step back from the newest event, so that something is later than the playhead."""
    # On a phone a tab has the focus, and the arrows are its own.
    page.evaluate("document.activeElement.blur()")
    for _ in range(steps_back):
        page.keyboard.press("ArrowLeft")


def on_phone(page: Page, tab: str) -> None:
    """Open *tab* where there are tabs."""
    button = page.get_by_role("tab", name=tab)
    if button.is_visible():
        button.click()


class TestAxe:
    def test_before_anything_happened(self, scoped: ScopePage, demo: DemoServer, look: Look) -> None:
        found = look(scoped.open(demo).page, "empty")

        assert {state: [] for state in found} == found

    def test_with_events_a_problem_a_card_and_a_search(
        self,
        scoped: ScopePage,
        demo: DemoServer,
        watch: Watch,
        look: Look,
    ) -> None:
        """Each state on top of the last: what is wrong with one is named with it."""
        page = scoped.open(demo).at_real_speed().page
        watch.allow("status of 500")
        found: dict[str, list[str]] = {}

        scoped.fire("GET /")
        scoped.fire("GET /report")
        found |= look(page, "following")
        scoped.fire("GET /boom")
        on_phone(page, "Stacks")
        pause_at(page, 6)
        found |= look(page, "paused")
        page.locator(".block-open").first.click()
        expect(page.get_by_role("region", name="Context card")).to_be_visible()
        found |= look(page, "card")
        on_phone(page, "Events")
        page.get_by_role("searchbox", name="Find").fill("g")
        expect(page.locator(".find-count")).to_have_text(re.compile(r"\d+ (found|of \d+)"))
        found |= look(page, "search")
        page.get_by_role("button", name="Filter", exact=True).click()
        page.locator("#filter").get_by_role("button", name="session", exact=True).click()
        found |= look(page, "filter")
        left_out = page.get_by_role("group", name="Also stop recording them")
        left_out.get_by_role("button", name="reads of the session").click()
        again = left_out.get_by_role("button", name="Record them again")
        again.scroll_into_view_if_needed()
        found |= look(page, "left-out")
        again.click()
        expect(again).to_have_count(0)
        page.keyboard.press("Escape")
        found |= look(page, "filtered")
        page.get_by_role("button", name="All keys").click()
        found |= look(page, "keys")

        assert {state: [] for state in found} == found

    def test_on_the_axis_of_time_while_busy_and_on_tour(
        self,
        scoped: ScopePage,
        demo: DemoServer,
        look: Look,
    ) -> None:
        page = scoped.page
        page.add_init_script(FLOOD_SCRIPT)
        scoped.open(demo)
        found: dict[str, list[str]] = {}

        page.get_by_role("button", name=re.compile("Take the tour")).click()
        found |= look(page, "tour")
        page.get_by_role("button", name="Skip the tour").click()
        scoped.at_real_speed()
        scoped.fire("GET /report")
        if page.locator(".more-button").is_visible():
            page.locator(".more-button").click()
        page.get_by_role("group", name="Axis").get_by_role("button", name="Time").click()
        found |= look(page, "time")
        page.evaluate("floodReady()")
        page.evaluate("flood({ contexts: 3000 })")
        for command in ("fit", "fit", "follow"):
            page.locator(f"[data-do={command}]").click()
        on_phone(page, "Stacks")
        expect(page.get_by_role("region", name="In view")).to_be_visible()
        found |= look(page, "busy")

        assert {state: [] for state in found} == found

    def test_with_a_fault_its_card_a_request_and_a_refused_file(
        self,
        scoped: ScopePage,
        demo: DemoServer,
        look: Look,
        tmp_path: Path,
    ) -> None:
        page = scoped.open(demo).at_real_speed().page
        found: dict[str, list[str]] = {}

        scoped.open_groups()
        pair = scoped.rail.get_by_role("group", name="Leak a context", exact=True)
        pair.locator(".mended").click()
        pair.locator(".fault").click()
        pair.get_by_role("button", name="See what is wrong").click()
        card = scoped.panel.locator(".problem-card")
        expect(card).to_contain_text("context-left-pushed")
        found |= look(page, "doctor")
        on_phone(page, "Fire")
        found |= look(page, "fired")
        page.get_by_role("button", name="Build a request").click()
        builder = page.get_by_role("region", name="Build a request")
        builder.get_by_label("Method").select_option("POST")
        builder.get_by_role("button", name="JSON").click()
        builder.get_by_role("button", name="Send", exact=True).click()
        expect(builder.get_by_role("alert")).to_contain_text("not JSON")
        found |= look(page, "request")
        builder.get_by_role("button", name="Close").click()
        foreign = tmp_path / "notes.txt"
        foreign.write_text("not a recording\n")
        page.locator("input[type=file]").set_input_files(foreign)
        expect(page.get_by_role("alert")).to_contain_text("Line 1: it is not the beginning of a recording.")
        found |= look(page, "refused")
        if page.locator(".more-button").is_visible():
            page.locator(".more-button").click()
            found |= look(page, "more")

        assert {state: [] for state in found} == found

    def test_a_panel_that_scrolls_without_a_button_in_it(
        self, new_browser_context: Callable[..., BrowserContext], demo: DemoServer, axe: str
    ) -> None:
        """Low windows, a phone, and steps of the tour there, in which nothing is pushed any more."""
        scope = ScopePage(new_browser_context(viewport={"width": 1440, "height": 600}).new_page())
        page = scope.open(demo).at_real_speed().page
        found: dict[str, list[str]] = {}

        scope.fire("GET /")
        for width, height in ((1440, 600), (720, 450), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            on_phone(page, "Stacks")
            expect(scope.panel).to_have_attribute("tabindex", "0")
            found[f"{width} x {height}"] = violations(page, axe)
        page.keyboard.press("?")
        page.get_by_role("button", name=re.compile("Take the tour")).click()
        tour = page.get_by_role("region", name="Tour")
        for name in ("Fire ", "Next", "Next", "RuntimeError"):
            tour.get_by_role("button", name=re.compile(f"^{name}")).click()
        found["tour, step 5"] = violations(page, axe)
        tour.get_by_role("button", name="Next").click()
        expect(tour).to_contain_text("6 of 6")
        found["tour, step 6"] = violations(page, axe)

        assert {state: [] for state in found} == found

    def test_without_a_server(self, scoped: ScopePage, demo: DemoServer, look: Look, watch: Watch) -> None:
        scoped.open(demo)
        watch.allow("WebSocket|ERR_|net::")
        demo.stop()
        expect(scoped.state).to_contain_text("Disconnected")

        found = look(scoped.page, "disconnected")
        assert {state: [] for state in found} == found


class TestSmallAndLarge:
    @pytest.mark.parametrize("width", [390, 720])
    def test_nothing_runs_out_of_the_page(
        self, new_browser_context: Callable[..., BrowserContext], shared_demo: DemoServer, width: int
    ) -> None:
        """720 CSS pixels are what 1440 have at 200 % zoom."""
        page = new_browser_context(
            viewport={"width": width, "height": 450 if width == 720 else 844}
        ).new_page()
        ScopePage(page).open(shared_demo)

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for name in ("Play", "Pause", "All keys", "Filter", "Theme"):
            for button in page.get_by_role("button", name=re.compile(f"^{name}")).all():
                if button.is_visible():
                    box = button.bounding_box()
                    assert box is not None
                    assert 0 <= box["x"] <= width - box["width"], name

    def test_a_low_window_scrolls_and_leaves_the_timeline_its_room(
        self, new_browser_context: Callable[..., BrowserContext], shared_demo: DemoServer
    ) -> None:
        """At 200 % zoom, say. Nothing is cut off where nothing scrolls to it."""
        scope = ScopePage(new_browser_context(viewport={"width": 1440, "height": 450}).new_page())
        page = scope.open(shared_demo).at_real_speed().page
        scope.fire("GET /")

        for width in (1440, 720):
            page.set_viewport_size({"width": width, "height": 450})
            page.evaluate("scrollTo(0, 0)")
            timeline = scope.timeline.bounding_box()
            assert timeline is not None
            assert timeline["height"] > 280, width
            page.mouse.move(timeline["x"] + 20, timeline["y"] - 10)
            page.mouse.wheel(0, 2000)
            page.evaluate(
                """new Promise((done) => {
                  const end = document.documentElement.scrollHeight - innerHeight - 1;
                  const look = () => (scrollY < end ? requestAnimationFrame(look) : done());
                  look();
                })"""
            )
            assert page.evaluate("scrollY") > 100, width
            for part in ("#panel" if width == 1440 else ".tabs", "#timeline"):
                assert page.locator(part).evaluate("(e) => e.getBoundingClientRect().bottom") <= 451, part

    def test_targets_are_large_enough(self, scoped: ScopePage, shared_demo: DemoServer) -> None:
        page = scoped.open(shared_demo).at_real_speed().page
        scoped.fire("GET /")
        on_phone(page, "Stacks")

        small = page.evaluate(
            """(smallest) => [...document.querySelectorAll('button, select, a[href], [role=tab]')]
                .filter((element) => element.checkVisibility() && !element.matches('.skip'))
                // A block is pressed as a whole: its title only carries the name.
                .filter((element) => !element.matches('.block-open') && element.offsetWidth > 0)
                .map((element) => [element.ariaLabel || element.textContent.trim(), element.getBoundingClientRect()])
                .filter(([, box]) => box.width < smallest || box.height < smallest)
                .map(([name, box]) => `${name}: ${Math.round(box.width)} x ${Math.round(box.height)}`)""",
            SMALLEST_TARGET,
        )

        assert [] == small

    @pytest.mark.parametrize(
        "option", [{"forced_colors": "active"}, {"contrast": "more"}, {"reduced_motion": "reduce"}]
    )
    def test_the_wishes_of_the_system_are_met(
        self,
        new_browser_context: Callable[..., BrowserContext],
        shared_demo: DemoServer,
        axe: str,
        option: dict[str, str],
    ) -> None:
        scope = ScopePage(new_browser_context(**option).new_page()).open(shared_demo).at_real_speed()
        scope.fire("GET /")

        assert [] == violations(scope.page, axe)
        assert "0s" == scope.page.evaluate("getComputedStyle(document.body).transitionDuration")


class TestKeyboard:
    def test_tab_reaches_every_control(self, scope: ScopePage, shared_demo: DemoServer) -> None:
        page = scope.open(shared_demo).at_real_speed().page
        scope.fire("GET /")
        controls = page.evaluate(
            """() => [...document.querySelectorAll('button, select, input, summary, a[href], [tabindex="0"]')]
                .filter((element) => element.checkVisibility() && element.tabIndex >= 0)
                .map((element, i) => { element.dataset.seen = ''; return i; }).length"""
        )
        page.evaluate("document.activeElement.blur()")

        for _ in range(controls + 2):
            page.keyboard.press("Tab")
            page.evaluate("document.activeElement.dataset.seen = 'yes'")

        missed = page.evaluate(
            "[...document.querySelectorAll('[data-seen=\"\"]')].map((one) => one.outerHTML.slice(0, 120))"
        )
        assert [] == missed

    def test_tabs_of_a_phone_follow_the_arrows(
        self, new_browser_context: Callable[..., BrowserContext], shared_demo: DemoServer
    ) -> None:
        page = new_browser_context(viewport={"width": 390, "height": 844}).new_page()
        ScopePage(page).open(shared_demo)
        page.get_by_role("tab", name="Fire").focus()

        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Stacks")).to_be_focused()
        expect(page.get_by_role("tab", name="Stacks")).to_have_attribute("aria-selected", "true")
        page.keyboard.press("End")
        expect(page.get_by_role("tab", name="Events")).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Fire")).to_be_focused()

    def test_single_keys_can_be_switched_off(self, scope: ScopePage, demo: DemoServer) -> None:
        page = scope.open(demo).page
        page.keyboard.press("?")
        page.get_by_role("checkbox", name=re.compile("Single keys")).uncheck()
        page.keyboard.press("Escape")

        page.keyboard.press("1")
        page.keyboard.press("?")
        page.keyboard.press("/")

        expect(page.get_by_role("dialog", name="Keys")).not_to_be_visible()
        expect(page.get_by_role("searchbox", name="Find")).not_to_be_focused()
        page.reload()
        expect(scope.state).to_contain_text("Live")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).not_to_be_visible()
        assert 0 == scope.steps()
