"""Pausing, stepping and the keys: who looks back is left alone, and no key does anything by surprise."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage
from tests.browser.watch import Watch

#: Milliseconds that the page has for what a test waits for, as in conftest.py.
PATIENCE_MS = 15_000

#: Steps of what was recorded before each of these tests: GET /hello/ada.
STEPS = 12


@pytest.fixture(scope="module")
def greeted(shared_demo: DemoServer) -> DemoServer:
    """A demo that answered one GET /hello/ada, twelve steps, and nothing else."""
    with urllib.request.urlopen(shared_demo.url("/hello/ada"), timeout=10) as answer:
        assert answer.status == 200
    return shared_demo


@pytest.fixture(scope="module")
def shown(browser: Browser, greeted: DemoServer) -> Iterator[ScopePage]:
    """One page for all that looks at those steps and sends nothing."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch()
        watch.follow(context)
        yield ScopePage(context.new_page()).open(greeted)
        watch.end()
    assert watch.troubles() == []


@pytest.fixture
def recorded(shown: ScopePage) -> ScopePage:
    """The page with the steps of one request, following, and with the focus on nothing."""
    shown.page.keyboard.press("Escape")
    expect(shown.page.get_by_role("dialog")).to_be_hidden()
    shown.page.evaluate("document.activeElement.blur()")
    shown.page.keyboard.press("End")
    shown.expect_step(STEPS, STEPS)
    expect(shown.state).to_contain_text("Live, following")
    return shown


@pytest.fixture
def own(demo: DemoServer, scope: ScopePage) -> ScopePage:
    """The same, with a server to which more may be sent."""
    scope.open(demo).at_real_speed()
    scope.fire("GET /hello/ada")
    scope.expect_step(STEPS, STEPS)
    return scope


def test_the_buttons_and_the_pill_step_pause_and_follow(recorded: ScopePage) -> None:
    scope = recorded
    expect(scope.state).to_contain_text("Live, following")

    scope.top.get_by_role("button", name="Step back").click()
    scope.expect_step(STEPS - 1, STEPS)
    expect(scope.state).to_have_text(re.compile(rf"Paused at step {STEPS - 1}\s*End\s*to follow"))
    scope.top.get_by_role("button", name="First step").click()
    scope.expect_step(1, STEPS)
    scope.top.get_by_role("button", name="Step forward").click()
    scope.expect_step(2, STEPS)
    scope.state.click()
    scope.expect_step(STEPS, STEPS)
    expect(scope.state).to_contain_text("Live, following")
    scope.top.get_by_role("button", name="Pause").click()
    expect(scope.state).to_contain_text(f"Paused at step {STEPS}")
    expect(scope.top.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_keys_move_the_playhead(recorded: ScopePage) -> None:
    """Arrows, Home and End act wherever nothing else wants them; so does space."""
    scope, page = recorded, recorded.page

    page.keyboard.press("ArrowLeft")
    scope.expect_step(STEPS - 1, STEPS)
    page.keyboard.press("ArrowLeft")
    scope.expect_step(STEPS - 2, STEPS)
    page.keyboard.press("ArrowRight")
    scope.expect_step(STEPS - 1, STEPS)
    page.keyboard.press("Home")
    scope.expect_step(1, STEPS)
    page.keyboard.press("ArrowLeft")
    scope.expect_step(0, STEPS)
    expect(scope.state).to_contain_text("Paused before the first step")
    page.keyboard.press("ArrowLeft")
    scope.expect_step(0, STEPS)
    page.keyboard.press("End")
    scope.expect_step(STEPS, STEPS)
    expect(scope.state).to_contain_text("Live, following")
    page.keyboard.press("ArrowRight")
    scope.expect_step(STEPS, STEPS)


def test_space_plays_and_pauses(recorded: ScopePage) -> None:
    scope, page = recorded, recorded.page
    scope.top.get_by_role("button", name="Slow").click()
    scope.playhead.focus()
    page.keyboard.press("Home")

    page.keyboard.press("Space")

    expect(scope.state).to_contain_text(re.compile(r"Playing, \d+ to go"))
    scope.expect_step(3, STEPS)
    page.keyboard.press("Space")
    expect(scope.state).to_contain_text(re.compile("Paused at step [34]"))


def test_the_slider_says_where_the_playhead_is_and_what_happened(recorded: ScopePage) -> None:
    """For those who do not see the canvas."""
    scope, page = recorded, recorded.page
    scope.playhead.focus()

    page.keyboard.press("Home")

    expect(scope.playhead).to_have_attribute("aria-valuenow", "1")
    expect(scope.playhead).to_have_attribute("aria-valuemax", str(STEPS))
    expect(scope.playhead).to_have_attribute(
        "aria-valuetext", f"Step 1 of {STEPS}: App context pushed, with a new, empty g"
    )
    page.keyboard.press("ArrowUp")
    expect(scope.playhead).to_have_attribute("aria-valuenow", "2")


def test_what_is_new_does_not_carry_away_who_has_paused(own: ScopePage, page: Page, demo: DemoServer) -> None:
    scope = own
    page.keyboard.press("Home")
    scope.expect_step(1, STEPS)
    said = scope.sentence.inner_text()

    assert page.request.get(demo.url("/hello/grace")).ok

    scope.expect_step(1, 2 * STEPS)
    expect(scope.sentence).to_have_text(said)
    expect(scope.state).to_contain_text("Paused at step 1")


def test_letters_do_nothing_while_the_focus_is_elsewhere(recorded: ScopePage) -> None:
    """Whoever speaks to the computer, or types where nothing is, must not move anything (WCAG 2.1.4)."""
    scope, page = recorded, recorded.page
    scope.top.get_by_role("button", name="Theme").focus()

    for key in ("t", "e", "[", "]", ",", "."):
        page.keyboard.press(key)

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    scope.expect_step(STEPS, STEPS)
    expect(scope.state).to_contain_text("Live, following")
    expect(page.locator("[data-do=table]")).to_have_attribute("aria-pressed", "false")


def test_t_on_the_timeline_is_the_full_table(recorded: ScopePage) -> None:
    scope, page = recorded, recorded.page
    scope.playhead.focus()
    button = page.get_by_role("button", name="Full event table")

    page.keyboard.press("t")

    expect(button).to_have_attribute("aria-pressed", "true")
    expect(scope.table.get_by_role("row")).to_have_count(1 + STEPS)
    for row in scope.table.get_by_role("row").all():
        expect(row).to_be_in_viewport()
    page.keyboard.press("t")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(scope.playhead).to_be_focused()


def test_a_card_is_read_beside_the_full_table(demo: DemoServer, scope: ScopePage, page: Page) -> None:
    scope.open(demo).at_real_speed()
    scope.fire("GET /hello/ada")
    scope.show_full_table()

    scope.fire("Use g outside")

    expect(scope.results.locator("pre")).to_be_in_viewport(ratio=1)
    expect(scope.results).to_contain_text("RuntimeError: Working outside of application context.")


def test_e_on_the_timeline_goes_to_a_problem(own: ScopePage, page: Page) -> None:
    scope = own
    scope.fire("GET /boom")
    scope.expect_step(STEPS + 13, STEPS + 13)
    scope.playhead.focus()

    page.keyboard.press("e")

    expect(scope.sentence).to_contain_text("ZeroDivisionError in GET /boom")
    expect(scope.state).to_contain_text("Paused at step")


def test_the_sheet_of_keys_opens_and_closes(recorded: ScopePage) -> None:
    """While it is open no key reaches the page behind it."""
    scope, page = recorded, recorded.page
    sheet = page.get_by_role("dialog", name="Keys")

    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("play and pause")
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    scope.top.get_by_role("button", name="All keys").click()
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()

    scope.expect_step(STEPS, STEPS)
    expect(scope.button("GET /")).not_to_contain_text("·")


def test_digits_fire(demo: DemoServer, scope: ScopePage, page: Page) -> None:
    """As the buttons say beside their titles."""
    scope.open(demo).at_real_speed()
    scope.open_groups()

    for key, title in (("1", "GET /"), ("2", "GET /hello/ada"), ("9", "app.app_context()")):
        expect(scope.button(title)).to_contain_text(key)
        expect(scope.button(title)).to_have_attribute("aria-keyshortcuts", key)
        page.keyboard.press(key)
        expect(scope.button(title)).to_contain_text(re.compile("(200|done) · "))


def test_digits_with_another_key_are_the_browsers(demo: DemoServer, scope: ScopePage, page: Page) -> None:
    scope.open(demo).at_real_speed()

    for press in ("Control+1", "Alt+1", "Meta+1"):
        page.keyboard.press(press)

    page.keyboard.press("2")
    expect(scope.button("GET /hello/ada")).to_contain_text("200 · ")
    expect(scope.button("GET /")).not_to_contain_text("·")


def test_typing_in_a_field_never_fires(demo: DemoServer, scope: ScopePage, page: Page) -> None:
    """Whatever field there is or will be."""
    scope.open(demo).at_real_speed()
    page.evaluate(
        """() => {
          const field = document.createElement('input');
          field.setAttribute('aria-label', 'A field');
          document.querySelector('header').append(field);
        }"""
    )

    page.get_by_label("A field").press_sequentially("12 t?9")

    expect(page.get_by_label("A field")).to_have_value("12 t?9")
    expect(page.get_by_role("dialog")).to_be_hidden()
    scope.fire("GET /hello/ada")
    for title in ("GET /", "app.app_context()"):
        expect(scope.button(title)).not_to_contain_text("·")
