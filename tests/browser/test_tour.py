"""The tour: six steps with a real request, offered once and never in the way."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage


def tour(scope: ScopePage) -> Locator:
    return scope.page.get_by_role("region", name="Tour")


def test_it_leads_from_a_press_to_what_is_left(scope: ScopePage, demo: DemoServer) -> None:
    scope.open(demo)
    scope.page.get_by_role("button", name=re.compile("Take the tour")).click()

    tour(scope).get_by_role("button", name="Fire GET /hello/ada").click()
    expect(tour(scope)).to_contain_text("2 of 6")
    tour(scope).get_by_role("button", name="Next").click()
    expect(scope.sentence).to_contain_text("puts user = 'ada' into g")
    tour(scope).get_by_role("button", name="Next").click()
    expect(tour(scope)).to_contain_text("What will g.user be now?")
    tour(scope).get_by_role("button", name="Still 'ada'").click()
    expect(tour(scope)).to_contain_text("Not this time")
    assert {"RuntimeError"} == set(scope.seen("g"))
    expect(scope.page.locator(".spot")).to_contain_text("What code sees now")
    tour(scope).get_by_role("button", name="Next").click()
    tour(scope).get_by_role("button", name="Done").click()

    expect(tour(scope)).to_be_hidden()
    expect(scope.page.locator(".spot")).to_have_count(0)


def test_it_is_offered_once_and_found_again_among_the_keys(scope: ScopePage, demo: DemoServer) -> None:
    scope.open(demo)
    scope.page.get_by_role("button", name="No, thanks").click()
    scope.page.reload()
    expect(scope.state).to_contain_text("Live")
    expect(scope.page.get_by_text("New to contexts?")).to_be_hidden()

    scope.page.keyboard.press("?")
    scope.page.get_by_role("dialog", name="Keys").get_by_role(
        "button", name=re.compile("Take the tour")
    ).click()
    expect(tour(scope)).to_contain_text("1 of 6")
    tour(scope).get_by_role("button", name="Skip the tour").click()

    expect(tour(scope)).to_be_hidden()


def test_who_begins_alone_is_left_alone(scope: ScopePage, demo: DemoServer) -> None:
    scope.open(demo).at_real_speed()
    expect(scope.page.get_by_text("New to contexts?")).to_be_visible()

    scope.fire("GET /")

    expect(scope.page.get_by_text("New to contexts?")).to_be_hidden()
    expect(tour(scope)).to_be_hidden()
