"""The request builder: any route of the app, sent by this browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage


@pytest.fixture
def card(shared_demo: DemoServer, scope: ScopePage) -> Locator:
    page = scope.open(shared_demo).at_real_speed().page
    page.get_by_role("button", name="Build a request").click()
    return page.get_by_role("region", name="Build a request")


def test_a_route_is_filled_in_sent_recorded_and_remembered(card: Locator, scope: ScopePage) -> None:
    before = scope.steps()
    card.get_by_label("Route").select_option(label="GET /hello/<name>")
    card.get_by_role("button", name="Send", exact=True).click()
    expect(card.get_by_role("alert")).to_have_text("Fill in name: the path needs it.")

    card.get_by_label("name", exact=True).fill("grace hopper")
    card.get_by_label("Query").fill("a=1")
    card.page.keyboard.press("Control+Enter")

    expect(card.get_by_role("status")).to_contain_text("200 OK")
    expect(card.get_by_role("status")).to_contain_text("application/json")
    expect(card.get_by_role("group", name="Answer")).to_contain_text("grace hopper")
    scope.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    scope.show_full_table()
    scope.wait_for_rows(
        ["App context pushed", "Request context pushed for GET /hello/grace hopper"], after=before
    )
    scope.page.reload()
    scope.page.get_by_role("button", name="Build a request").click()
    card.get_by_role("button", name="GET /hello/grace hopper").click()
    expect(card.get_by_label("name", exact=True)).to_have_value("grace hopper")


def test_what_was_cleared_comes_back(card: Locator) -> None:
    card.get_by_label("Method").select_option("POST")
    card.get_by_role("button", name="JSON").click()
    card.get_by_label("JSON").fill('{"a": 1')
    card.get_by_role("button", name="Send", exact=True).click()
    expect(card.get_by_role("alert")).to_contain_text("The body is not JSON")

    card.get_by_role("button", name="Clear", exact=True).click()
    expect(card.get_by_label("JSON")).to_have_count(0)
    card.get_by_role("button", name="Undo clear").click()

    expect(card.get_by_label("JSON")).to_have_value('{"a": 1')
    expect(card.get_by_label("Method")).to_have_value("POST")
