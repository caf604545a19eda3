"""The page opens, hears from the server, and can fire: if this fails, look here before any other browser test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.demo_server import DemoServer


def test_the_page_opens_and_offers_what_can_be_fired(
    demo: DemoServer, page: Page, screenshot: Callable[[Page, str], Path]
) -> None:
    """Without an error on the console, and with a button for the first of the article's routes."""
    page.goto(demo.address)

    expect(page.get_by_role("button", name="GET /").first).to_be_visible()

    screenshot(page, "smoke")


def test_a_request_that_is_fired_appears_in_the_event_table(demo: DemoServer, page: Page) -> None:
    """From a click through Flask, the recorder, the hub and the socket back into the page."""
    page.goto(demo.address)

    page.get_by_role("button", name="GET /").first.click()

    expect(page.get_by_role("row").filter(has_text="request_timestamp").first).to_be_visible()
