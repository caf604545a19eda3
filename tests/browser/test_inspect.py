"""A context's card: its whole life, its lines of source, and something to paste."""

from __future__ import annotations

import json
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
def opened(scope: ScopePage, demo: DemoServer) -> ScopePage:
    scope.open(demo).at_real_speed()
    scope.fire("GET /")
    scope.show_full_table()
    return scope


def card(scope: ScopePage) -> Locator:
    return scope.page.get_by_role("region", name="Context card")


def copied(scope: ScopePage, what: str) -> str:
    card(scope).get_by_role("button", name=f"Copy {what}").click()
    expect(card(scope).get_by_role("button", name=f"Copied {what}")).to_be_visible()
    return str(scope.page.evaluate("navigator.clipboard.readText()"))


def test_a_row_opens_the_card_of_its_context(opened: ScopePage) -> None:
    opened.row("Session changed: visit_count = 1").click()

    told = card(opened)
    expect(told.get_by_role("heading", name=re.compile(r"^request context #\d+$"))).to_be_visible()
    for text in (
        "GET / in view index",
        "by Flask, for a request",
        "200 after",
        "log_end_of_request",
        "Popped after",
    ):
        expect(told).to_contain_text(text)
    expect(told.get_by_role("listitem").filter(has_text="visit_count = 1")).to_contain_text("+")
    expect(told).to_contain_text(re.compile(r"Written: .*, a cookie of \d+ bytes"))
    opened.page.keyboard.press("Escape")
    expect(told).to_be_hidden()


def test_a_block_of_the_stack_opens_its_card(opened: ScopePage) -> None:
    opened.row("Session changed: visit_count = 1").click()
    opened.page.keyboard.press("Escape")

    opened.block("app context").get_by_role("button").click()

    expect(card(opened).get_by_role("heading", name=re.compile(r"^app context #\d+$"))).to_be_visible()
    expect(card(opened)).to_contain_text("request_timestamp")


def test_a_line_of_code_is_shown_with_its_neighbours(opened: ScopePage) -> None:
    opened.fire("app.app_context()")
    opened.row("App context pushed by hand").first.click()

    card(opened).get_by_role("button", name=re.compile(r"\.py:\d+$")).first.click()

    source = card(opened).get_by_label(re.compile("^Source around line"))
    expect(source.locator(".here")).to_contain_text("app_context()")
    assert source.locator(".line").count() > 3


def test_it_can_be_pasted_as_text_and_as_json(opened: ScopePage) -> None:
    opened.row("Session changed: visit_count = 1").click()

    text = copied(opened, "text")
    assert re.match(r"request context #\d+ for GET /\n", text)
    assert "+ visit_count = 1" in text
    told = json.loads(copied(opened, "JSON"))
    assert ("GET /", 200) == (told["request"], told["response"]["status"])


def test_enter_in_the_table_and_i_on_the_timeline_open_it_too(opened: ScopePage) -> None:
    opened.page.get_by_role("group", name=re.compile("^Events")).focus()
    opened.page.keyboard.press("Enter")
    expect(card(opened)).to_be_visible()
    opened.page.keyboard.press("Escape")
    opened.page.get_by_role("button", name="Full event table").click()

    opened.playhead.focus()
    opened.page.keyboard.press("i")

    expect(card(opened)).to_be_visible()
