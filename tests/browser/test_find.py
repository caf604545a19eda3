"""Finding and filtering: what is looked for is counted, marked and jumped to; what is hidden is told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage


@pytest.fixture
def opened(scope: ScopePage, demo: DemoServer) -> ScopePage:
    """Two requests, the second with a context pushed by hand."""
    scope.open(demo).at_real_speed()
    scope.fire("GET /")
    scope.fire("GET /report")
    return scope


def field(scope: ScopePage) -> Locator:
    return scope.page.get_by_role("searchbox", name="Find")


def count(scope: ScopePage) -> Locator:
    return scope.top.get_by_role("search").get_by_role("status")


def open_filter(scope: ScopePage) -> Locator:
    scope.page.get_by_role("button", name="Filter", exact=True).click()
    return scope.page.get_by_role("dialog", name="Filter")


def test_a_slash_leads_to_the_field_and_enter_from_hit_to_hit(opened: ScopePage) -> None:
    opened.page.keyboard.press("/")
    expect(field(opened)).to_be_focused()

    opened.page.keyboard.type("visit_count =")
    expect(count(opened)).to_have_text(re.compile(r"^\d+ found$"))
    opened.page.keyboard.press("Enter")
    expect(count(opened)).to_have_text(re.compile(r"^1 of \d+$"))
    expect(opened.sentence).to_contain_text("visit_count")
    expect(opened.table.locator("tr.hit[aria-current]")).to_have_count(1)
    opened.page.keyboard.press("F3")
    expect(count(opened)).to_have_text(re.compile(r"^2 of \d+$"))
    opened.page.keyboard.press("Shift+F3")
    expect(count(opened)).to_have_text(re.compile(r"^1 of \d+$"))


def test_what_is_not_there_is_told(opened: ScopePage) -> None:
    field(opened).fill("no such thing")
    expect(count(opened)).to_have_text("none")

    opened.page.keyboard.press("Escape")
    expect(field(opened)).to_have_value("")
    expect(count(opened)).to_have_text("")


def test_a_hidden_kind_leaves_the_table_and_is_counted(opened: ScopePage) -> None:
    opened.show_full_table()
    of_sessions = opened.table.get_by_role("row").filter(has_text="Session")
    expect(of_sessions.first).to_be_visible()
    before = of_sessions.count()  # at the least: the table may still be making room

    chips = open_filter(opened)
    chips.get_by_role("button", name="session", exact=True).click()

    expect(chips.get_by_role("button", name=re.compile(r"^session · \d+ hidden$"))).to_be_visible()
    expect(of_sessions).to_have_count(0)
    opened.page.keyboard.press("Escape")
    expect(opened.page.get_by_text(re.compile(r"^\d+ events shown, \d+ hidden$"))).to_be_visible()
    opened.page.get_by_role("region", name="Event table").get_by_role("button", name="Show all").click()
    expect(of_sessions.nth(before - 1)).to_be_visible()


def test_only_one_request_until_escape(opened: ScopePage) -> None:
    opened.show_full_table()
    opened.row("Request context pushed for GET /report").first.click()
    opened.page.get_by_role("region", name="Context card").get_by_role("button", name="Only this one").click()

    expect(
        opened.page.get_by_text(re.compile(r"^Only GET /report #\d+: \d+ events, \d+ hidden$"))
    ).to_be_visible()
    expect(opened.row("Session changed: visit_count = 1")).to_have_count(0)
    expect(opened.row("by hand")).to_have_count(1)
    opened.page.keyboard.press("Escape")  # the card
    opened.page.keyboard.press("Escape")
    expect(opened.row("Session changed: visit_count = 1")).to_have_count(1)


def test_keys_of_the_timeline_jump_and_say_where(scope: ScopePage, demo: DemoServer) -> None:
    opened = scope.open(demo).at_real_speed()
    opened.fire("GET /")
    opened.fire("GET /hello/ada")
    opened.playhead.focus()

    opened.page.keyboard.press("e")
    expect(opened.top.get_by_text("No problem so far")).to_be_visible()
    opened.page.keyboard.press("Home")
    expect(opened.narrator_step).to_contain_text(re.compile("^1"))
    opened.page.keyboard.press("]")
    expect(opened.sentence).to_contain_text("push")
    opened.page.keyboard.press(",")
    expect(opened.narrator_step).to_contain_text(re.compile("^1"))
    opened.page.keyboard.press(",")
    expect(opened.top.get_by_text(re.compile("^Nothing older on Request"))).to_be_visible()


def test_hidden_kinds_can_be_left_out_at_the_source_and_recorded_again(
    opened: ScopePage, demo: DemoServer
) -> None:
    chips = open_filter(opened)
    offered = chips.get_by_role("group", name="Also stop recording them")
    expect(offered).to_have_count(0)
    chips.get_by_role("button", name="session", exact=True).click()

    offered.get_by_role("button", name="reads of the session").click()

    expect(offered.get_by_text(re.compile(r"^1 kind is not recorded · 0 events left out"))).to_be_visible()
    expect(offered.get_by_role("button", name="reads of the session")).to_have_attribute(
        "aria-pressed", "true"
    )
    opened.page.keyboard.press("Escape")
    opened.fire("GET /")
    open_filter(opened)
    expect(
        offered.get_by_text(re.compile(r"^1 kind is not recorded · [1-9]\d* events? left out"))
    ).to_be_visible()
    offered.get_by_role("button", name="Record them again").click()
    expect(offered.get_by_role("button", name="Record them again")).to_have_count(0)
    expect(offered.get_by_role("button", name="reads of the session")).to_have_attribute(
        "aria-pressed", "false"
    )
