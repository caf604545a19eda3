"""The card of a problem: the steps that show it, the code, the remedy, from where each is one press away."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage


@pytest.fixture
def page(new_browser_context: Callable[..., BrowserContext]) -> Page:
    return new_browser_context(permissions=["clipboard-read", "clipboard-write"]).new_page()


@pytest.fixture
def card(demo: DemoServer, scope: ScopePage) -> Locator:
    scope.open(demo).at_real_speed()
    scope.open_groups()
    pair = scope.rail.get_by_role("group", name="Leak a context", exact=True)
    pair.locator(".fault").click()
    pair.get_by_role("button", name="See what is wrong").click()
    return scope.panel.locator(".problem-card")


def test_each_event_that_shows_it_is_one_press_away(card: Locator, scope: ScopePage) -> None:
    evidence = card.locator(".evidence").get_by_role("button")
    steps = [int(text.partition(" · ")[0].replace(",", "")) for text in evidence.all_inner_texts()]
    assert steps, card.inner_text()
    assert len(steps) == len(set(steps))

    for place, step in enumerate(steps):
        evidence.nth(place).click()
        expect(scope.narrator_step).to_have_text(re.compile(rf"^{step:,}\s+of "), use_inner_text=True)
        expect(card).to_be_visible()


def test_the_remedy_is_copied_as_it_stands(card: Locator, scope: ScopePage) -> None:
    remedy = card.get_by_role("group", name="How to mend it").inner_text()
    assert "with app.app_context():" in remedy

    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()

    assert remedy == str(scope.page.evaluate("navigator.clipboard.readText()")).rstrip()


def test_its_lines_of_code_are_shown(card: Locator) -> None:
    card.locator(".site").first.click()

    expect(card.get_by_role("group", name="Source around line")).to_contain_text(".push()")
