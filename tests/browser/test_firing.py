"""Every button of the demo: what it fires is answered, recorded, explained and, where it goes wrong, told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.canvas import Canvas
from tests.browser.demo_server import DemoServer
from tests.browser.firings import FIRINGS, Firing
from tests.browser.scope_page import ScopePage
from tests.browser.watch import Watch


@pytest.fixture(scope="module")
def pressed(browser: Browser, shared_demo: DemoServer) -> Iterator[ScopePage]:
    """One page on which all buttons are pressed, one after the other, as a curious person does it."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        watch = Watch()
        watch.follow(context)
        yield ScopePage(context.new_page()).open(shared_demo).at_real_speed()
        watch.end()
    assert watch.troubles() == []


@pytest.mark.parametrize("firing", FIRINGS, ids=lambda firing: firing.button)
def test_what_a_button_fires_is_answered_recorded_and_explained(pressed: ScopePage, firing: Firing) -> None:
    scope = pressed
    if scope.steps() > 0:
        scope.show_timeline()
    scope.page.keyboard.press("Escape")
    scope.page.keyboard.press("End")
    before = scope.steps()

    scope.fire(firing.button)

    expect(scope.button(firing.button)).to_contain_text(firing.answer)
    for text in firing.card:
        expect(scope.results).to_contain_text(text)
    if not firing.card:
        expect(scope.results).to_be_empty()
    if firing.rows:
        scope.show_full_table()
        happened = scope.wait_for_rows(firing.rows, after=before)
        assert not [text for text in happened if "undefined" in text or "NaN" in text]
    if firing.problem is not None:
        expect(scope.problems.get_by_role("button").first).to_contain_text(firing.problem)
    for text, sentence in firing.told.items():
        scope.row(text).last.click()
        expect(scope.sentence).to_contain_text(sentence)


def test_every_button_is_tried_here(shared_demo: DemoServer, scope: ScopePage) -> None:
    """A scenario that is added to the demo is added to this file; faults and their twins are tried below."""
    scope.open(shared_demo)
    scope.open_groups()

    titles = scope.rail.locator(".fire-button:not(.fault, .mended)").all_inner_texts()
    faults = scope.rail.locator(".fault .fire-title").all_text_contents()

    tried = [firing.button for firing in FIRINGS]
    assert [title.splitlines()[0] for title in titles] == [title for title in tried if title not in faults]
    assert set(tried) <= {title.splitlines()[0] for title in titles} | set(faults)


def test_a_fault_is_told_with_its_remedy_and_its_mended_twin_is_not(
    demo: DemoServer, scope: ScopePage
) -> None:
    """Each pair whose two are quick: what the twin does adds no problem of the rule that its fault broke."""
    page = scope.open(demo).at_real_speed().page
    scope.open_groups()
    told = scope.panel.locator(".problem-card .aside > code:first-child")
    for title, rule in (
        ("Use g outside", "outside-app-context"),
        ("Leak a context", "context-left-pushed"),
        ("Pop the wrong one", "popped-wrong"),
    ):
        pair = scope.rail.get_by_role("group", name=title, exact=True)

        pair.locator(".mended").click()
        expect(pair.locator(".mended .fire-outcome")).to_be_visible()
        assert rule not in told.all_text_contents()
        pair.locator(".fault").click()

        expect(told).to_have_text(rule)
        expect(pair.get_by_role("button", name="See what is wrong")).to_be_visible()
        expect(pair.locator(".fault .fire-summary")).not_to_be_empty()
        page.keyboard.press("Escape")


def test_no_step_of_any_scenario_is_left_without_words(
    shared_demo: DemoServer, scope: ScopePage, canvas: Canvas
) -> None:
    """The sentences of every step so far: whatever happened in this file."""
    scope.open(shared_demo)
    scope.at_real_speed()
    for firing in FIRINGS:
        scope.fire(firing.button)

    told = scope.page.evaluate(
        """async () => {
          const { narrate } = await import('/_flaskscope/static/js/narrator.js');
          const { plainText } = await import('/_flaskscope/static/js/phrases.js');
          const { store } = window.scope;
          return Array.from({ length: store.size }, (_, step) => {
            const { what, why } = narrate(store, step);
            return [store.at(step).kind, plainText(what), plainText(why)];
          });
        }"""
    )

    kinds = {kind for kind, _, _ in told}
    assert {
        "context.abandoned",
        "access.failed",
        "exception",
        "g.missed",
        "session.deleted",
        "teardown",
    } <= kinds
    for kind, what, why in told:
        assert what.endswith("."), (kind, what)
        assert not re.search(r"undefined|null|NaN|\[object|  ", f"{what} {why}"), (kind, what, why)


def test_a_separate_process_shows_what_python_really_printed(
    shared_demo: DemoServer, scope: ScopePage
) -> None:
    """The article's second application, as it ends: with Flask's own error and exit status 1."""
    scope.open(shared_demo)

    scope.fire("app_no_context.py")

    printed = scope.results.locator("pre")
    expect(printed).to_contain_text("Traceback (most recent call last):")
    expect(printed).to_contain_text("function_potentially_outside_context")
    expect(printed).to_contain_text("RuntimeError: Working outside of application context.")
    expect(printed).to_contain_text("with app.app_context().")
    expect(scope.results).to_contain_text("exit status 1")

    scope.page.keyboard.press("Escape")

    expect(scope.results).to_be_empty()


def test_g_outside_of_a_context_leaves_an_empty_stack_and_runtime_errors(
    shared_demo: DemoServer, scope: ScopePage
) -> None:
    """The failed access is in the list of problems, from where it is one press away."""
    scope.open(shared_demo).at_real_speed()
    scope.fire("Use g outside")
    scope.fire("GET /")

    scope.problems.get_by_role("button", name="g used outside of an app context").first.click()

    expect(scope.state).to_contain_text("Paused at step")
    expect(scope.sentence).to_have_text(
        "plain-thread used g with no context pushed. Flask raised a RuntimeError."
    )
    expect(scope.reason).to_contain_text("Working outside of application context.")
    expect(scope.stacks).to_contain_text("Empty. g, request and session have nothing to point to.")
    for name in ("g", "request", "session", "current_app"):
        assert set(scope.seen(name)) == {"RuntimeError"}
