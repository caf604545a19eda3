"""The watch over the pages: without it, a broken page would pass every other test here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.demo_server import DemoServer
from tests.browser.watch import Watch


@pytest.fixture
def watched(browser: Browser, shared_demo: DemoServer) -> Iterator[tuple[Page, Watch]]:
    """The demo's page, and a watch that nobody else asks."""
    with browser.new_context() as context:
        watch = Watch()
        watch.follow(context)
        page = context.new_page()
        page.goto(shared_demo.address)
        yield page, watch


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ("console.error('an error on the console')", "an error on the console"),
        ("setTimeout(() => { throw new Error('an error in a script') }, 0)", "an error in a script"),
        ("fetch('/_flaskscope/static/js/nothing.js')", "nothing.js: 404"),
        ("fetch('http://127.0.0.1:1/elsewhere').catch(() => {})", "Content Security Policy"),
    ],
)
def test_what_goes_wrong_in_a_page_is_seen(watched: tuple[Page, Watch], script: str, seen: str) -> None:
    page, watch = watched

    page.evaluate(script)
    watch.end()

    assert any(seen in trouble for trouble in watch.troubles()), watch.troubles()


def test_an_app_may_answer_what_it_likes(watched: tuple[Page, Watch]) -> None:
    """A route that fails on purpose is no fault of the page, nor is a reload that aborts what was under way."""
    page, watch = watched

    page.evaluate("fetch('/boom').then((response) => response.text())")
    page.reload()
    watch.end()

    assert watch.troubles() == []


def test_what_a_test_expects_is_no_trouble(watched: tuple[Page, Watch]) -> None:
    page, watch = watched
    watch.allow("on purpose")

    page.evaluate("console.error('on purpose'); console.error('by accident')")
    watch.end()

    assert ["console: by accident ()"] == watch.troubles()
