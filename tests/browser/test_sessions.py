"""g begins empty at every push, the session comes back with the cookie: of this browser, after a restart, too."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage
from tests.browser.watch import Watch


def test_g_is_empty_again_at_the_second_request_and_the_session_is_not(
    demo: DemoServer, scope: ScopePage
) -> None:
    scope.open(demo).at_real_speed()
    scope.fire("GET /")
    scope.fire("GET /")
    scope.expect_step(30, 30)
    scope.show_full_table()

    scope.row("App context pushed, with a new, empty g").last.click()

    expect(scope.sentence).to_contain_text(
        re.compile(r"pushes app context #3 for GET /, with a new, empty g\.")
    )
    expect(scope.reason).to_contain_text("The last request's request_timestamp went with its g.")
    expect(scope.lasting.locator(".once")).to_have_text(["{ }", "{ }"])
    expect(scope.lasting).to_contain_text("g began empty in all 2 pushes.")
    assert scope.seen("g") == ["{ }"]

    scope.row("Session opened from the cookie: visit_count = 1").click()

    expect(scope.sentence).to_have_text("The session comes back with the cookie: visit_count = 1.")
    expect(scope.reason).to_contain_text("g began empty, the session did not")


def test_the_counter_goes_up_in_this_browser(demo: DemoServer, scope: ScopePage) -> None:
    """From no session to 1, 2 and 3; between a write and its save it says so."""
    scope.open(demo).at_real_speed()

    for visits in (1, 2, 3):
        scope.fire("GET /")
        expect(counter(scope)).to_have_text(["–", "1", "2", "3"][: visits + 1])

    expect(scope.lasting).to_contain_text("session of this browser")
    expect(scope.lasting).to_contain_text("visit_count")
    scope.show_full_table()
    scope.row("Session changed: visit_count = 3").click()
    expect(scope.lasting.locator(".cookie.pending")).to_have_text(re.compile("^3"))
    assert re.fullmatch(r"visit_count = 3\s+not saved yet", scope.seen("session")[0])


def test_a_second_browser_begins_at_one_and_each_page_shows_its_own(
    demo: DemoServer, scope: ScopePage, new_browser_context: Callable[..., BrowserContext]
) -> None:
    other = ScopePage(new_browser_context().new_page())
    scope.open(demo).at_real_speed()
    other.open(demo).at_real_speed()

    scope.fire("GET /")
    scope.fire("GET /")
    other.fire("GET /")

    other.expect_step(45, 45)
    scope.expect_step(45, 45)
    expect(counter(scope)).to_have_text(["–", "1", "2"])
    expect(counter(other)).to_have_text(["–", "1"])
    for page in (scope, other):
        expect(page.lasting).to_contain_text("session of this browser")


def test_two_tabs_of_one_browser_share_its_session(demo: DemoServer, scope: ScopePage) -> None:
    other = ScopePage(scope.page.context.new_page())
    scope.open(demo).at_real_speed()
    other.open(demo).at_real_speed()

    scope.page.bring_to_front()
    scope.fire("GET /")
    other.page.bring_to_front()
    other.fire("GET /")

    for page in (scope, other):
        expect(counter(page)).to_have_text(["–", "1", "2"])


def test_a_logout_empties_the_session_and_the_visits_begin_again(demo: DemoServer, scope: ScopePage) -> None:
    scope.open(demo).at_real_speed()

    for title in ("GET /", "GET /", "POST /logout", "GET /"):
        scope.fire(title)

    expect(counter(scope)).to_have_text(["1", "2", "–", "1"])


def test_a_restarted_server_is_shown_and_the_counter_goes_on(
    demo: DemoServer, scope: ScopePage, watch: Watch
) -> None:
    """The page says that it is alone, comes back by itself, keeps what it had, and draws a line."""
    watch.allow("WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE")
    scope.open(demo).at_real_speed()
    scope.fire("GET /")
    scope.expect_step(15, 15)

    demo.stop()

    expect(scope.state).to_contain_text(re.compile(r"Disconnected, trying again in \d s"))
    expect(scope.row("Session saved into the cookie")).to_be_visible()

    demo.start()

    expect(scope.state).to_contain_text("Live, following")
    scope.fire("GET /")
    scope.expect_step(30, 30)
    expect(counter(scope)).to_have_text(["–", "1", "2"])
    scope.show_full_table()
    expect(scope.row("Session changed: visit_count = 1")).to_be_visible()
    first = scope.table.get_by_role("row").filter(has_text="restarted")
    expect(first).to_contain_text("App context pushed, with a new, empty g")
    first.click()
    expect(scope.sentence).to_contain_text("The server restarted here.")
    scope.expect_step(16, 30)


def test_a_server_that_is_killed_is_missed_just_the_same(
    demo: DemoServer, scope: ScopePage, watch: Watch
) -> None:
    watch.allow("WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE")
    scope.open(demo)

    demo.kill()

    expect(scope.state).to_contain_text(re.compile(r"Disconnected, trying again in \d s"))
    scope.button("GET /").click()
    expect(scope.results).to_contain_text("Is the server still running?")
    expect(scope.button("GET /")).to_contain_text("no answer")


def counter(scope: ScopePage) -> Locator:
    """Return the values of the session that the page shows, oldest first."""
    return scope.lasting.locator(".cookie")
