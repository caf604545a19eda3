"""The first minute: an empty page that says what will come, one press, and the slow replay that follows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import Canvas
from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

#: Milliseconds between two steps of the slow replay: two steps a second.
STEP_MS = 500

#: Steps that GET / takes.
STEPS = 15


def test_an_empty_page_says_what_there_is_and_what_to_do(shared_demo: DemoServer, scope: ScopePage) -> None:
    """No context is pushed, so code would get nothing but RuntimeErrors; one big button changes that."""
    scope.open(shared_demo)

    expect(scope.page).to_have_title("flaskscope.demo.app · FlaskScope")
    expect(scope.state).to_have_text(re.compile("Live, waiting for events"))
    expect(scope.sentence).to_have_text("No context is pushed right now.")
    expect(scope.page.get_by_role("button", name="Fire GET /")).to_be_visible()
    expect(scope.sees.get_by_role("row")).to_have_count(4)
    for name in ("g", "request", "session", "current_app"):
        assert scope.seen(name) == ["RuntimeError"]
    expect(scope.sees).to_contain_text("Working outside of application context.")
    expect(scope.stacks).to_contain_text("Empty. Contexts land here as blocks")
    for lesson in ("g starts empty", "The session comes back", "Threads don’t share"):
        expect(scope.page.get_by_role("heading", name=lesson)).to_be_visible()
    for group in ("Fire a request", "Without a request", "Make it go wrong"):
        expect(scope.rail.get_by_role("heading", name=group)).to_be_in_viewport()


def test_the_error_that_an_empty_page_speaks_of_is_made_at_a_press(
    demo: DemoServer, scope: ScopePage
) -> None:
    """And what it printed stands beneath the lanes, of which it covers nothing."""
    scope.open(demo).at_real_speed()

    scope.sees.get_by_role("button", name="Make it happen").click()

    expect(scope.sentence).to_contain_text("used g with no context pushed")
    expect(scope.results).to_contain_text("RuntimeError: Working outside of application context.")
    lanes, card = scope.timeline.bounding_box(), scope.results.bounding_box()
    assert lanes is not None
    assert card is not None
    assert lanes["y"] + lanes["height"] <= card["y"]


def test_an_empty_timeline_shows_the_shape_of_what_will_come(
    shared_demo: DemoServer, scope: ScopePage, canvas: Canvas
) -> None:
    """A ghost of an app context around a request context, drawn where the first request will be."""
    scope.open(shared_demo)

    size = scope.timeline.bounding_box()
    assert size is not None
    drawn = canvas.count(
        0, 0, size["width"], size["height"], ["bg", "band", "app", "request", "g", "session"]
    )
    for outline in ("app", "request", "g", "session"):
        assert drawn[outline] > 100, drawn


def test_the_big_button_fires_and_the_replay_runs_by_itself_at_two_steps_a_second(
    demo: DemoServer, scope: ScopePage, page: Page, canvas: Canvas
) -> None:
    """Flask took milliseconds; the page takes half a second for each step, and says a true sentence at each."""
    page.clock.install()
    scope.open(demo)
    page.clock.pause_at("2100-01-01")

    page.get_by_role("button", name="Fire GET /").click()
    canvas.wait_for_events(STEPS)
    page.clock.run_for(20)

    scope.expect_step(1, STEPS)
    expect(page.get_by_role("button", name="Fire GET /")).to_be_hidden()
    sentences = [scope.sentence.inner_text()]
    for step in range(2, STEPS + 1):
        page.clock.run_for(STEP_MS - 60)
        scope.expect_step(step - 1, STEPS)
        expect(scope.state).to_contain_text(f"Replaying slowly, {STEPS - step + 1} to go")
        page.clock.run_for(60)
        scope.expect_step(step, STEPS)
        sentences.append(scope.sentence.inner_text())
        assert scope.reason.inner_text() != ""
    expect(scope.state).to_contain_text("Live, following")

    told = [
        r"pushes app context #1 for GET /, with a new, empty g\.",
        r"pushes request context #2 for GET /\.",
        r"The session for GET / opens empty: this browser sent no session cookie\.",
        r"The URL matches the rule /: the view index will answer\.",
        r"Flask begins to handle GET / on Request thread \d+\.",
        r"looks for session\['visit_count'\], and it is not in the session\.",
        r"writes session\['visit_count'\] = 1\.",
        r"puts request_timestamp = [\d.]+ into g, and it lands in app context #1\.",
        r"reads session\['visit_count'\]: 1\.",
        r"The session is saved: visit_count = 1 goes into the cookie of the response\.",
        r"The response is ready: status 200, [\d.]+ ms after the push\.",
        r"The teardown function log_end_of_request runs",
        r"pops request context #2 for GET /\.",
        r"The teardown function log_end_of_app_context runs",
        r"pops app context #1\. Its g is thrown away, and request_timestamp with it\.",
    ]
    assert len(sentences) == len(told)
    for sentence, pattern in zip(sentences, told, strict=True):
        assert re.search(pattern, sentence), sentence


def test_end_skips_the_rest_of_the_replay(demo: DemoServer, scope: ScopePage, page: Page) -> None:
    scope.open(demo)
    scope.fire("GET /")
    expect(scope.state).to_contain_text("Replaying slowly")

    page.keyboard.press("End")

    scope.expect_step(STEPS, STEPS)
    expect(scope.state).to_contain_text("Live, following")


def test_the_pill_skips_the_rest_of_the_replay(demo: DemoServer, scope: ScopePage) -> None:
    scope.open(demo)
    scope.fire("GET /")

    scope.state.click()

    scope.expect_step(STEPS, STEPS)


@pytest.mark.parametrize("speed", ["Slow", "Real speed"])
def test_what_others_fire_is_followed_at_once(
    demo: DemoServer, scope: ScopePage, page: Page, speed: str
) -> None:
    """Only what this page fired is worth a slow look: the rest would pile up."""
    scope.open(demo)
    scope.top.get_by_role("button", name=speed).click()

    assert page.request.get(demo.url("/hello/grace")).ok

    scope.expect_step(12, 12)
    expect(scope.state).to_contain_text("Live, following")
