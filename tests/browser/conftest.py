"""A real browser on a real server: what the browser tests stand on.

*demo* is the demo as its own process, *shared_demo* one for a whole file, *page* a page of a browser of its own that
tolerates no error on its console, *scope* what a person finds on it, *new_browser_context* opens the page of a second
browser: another person, with cookies of his own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.canvas import WATCH_SCRIPT, Canvas
from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage
from tests.browser.watch import Watch

#: Milliseconds that the page has for what a test waits for. Long, because two cores may be busy; a test that passes
#: never waits for it.
PATIENCE_MS = 15_000

SCREENSHOTS = Path(__file__).parent.parent / "screenshots"

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the Chromium that drives the tests."""
    for name in (os.environ.get("CHROMIUM"), *_CHROMIUM_NAMES):
        path = shutil.which(name) if name else None
        if path:
            return path
    pytest.fail(
        "no Chromium found, and the page is not tested without one. Install it (Debian: apt-get install chromium), "
        "name one (CHROMIUM=/path/to/chrome), or let tests/run do it."
    )


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_CHROMIUM_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def demo(tmp_path: Path, watch: Watch) -> Iterator[DemoServer]:
    """The running demo, with an empty recording. What it prints is shown when the test fails."""
    server = DemoServer(tmp_path)
    server.start()
    yield server
    watch.end()
    try:
        server.stop()
    finally:
        print(f"--- the demo printed\n{server.output()}")


@pytest.fixture(scope="module")
def shared_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """A demo for all tests of a file. Its recording goes on from test to test: look at what is new."""
    server = DemoServer(tmp_path_factory.mktemp("demo"))
    server.start()
    yield server
    try:
        server.stop()
    finally:
        print(f"--- the demo printed\n{server.output()}")


@pytest.fixture
def watch() -> Watch:
    """What went wrong in the pages of this test; `Watch.allow` says what is meant to."""
    return Watch()


@pytest.fixture
def new_browser_context(browser: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """A function that opens a browser of its own: its own cookies, its own storage.

    It takes what `Browser.new_context` takes. The test fails if any page of any of them met an error.
    """
    contexts: list[BrowserContext] = []

    def open_one(**options: object) -> BrowserContext:
        settings: dict[str, object] = {"viewport": {"width": 1440, "height": 900}, **options}
        context = browser.new_context(**settings)  # type: ignore[arg-type]  # passed through as it came
        context.set_default_timeout(PATIENCE_MS)
        watch.follow(context)
        contexts.append(context)
        return context

    yield open_one

    watch.end()
    troubles = watch.troubles()
    for context in contexts:
        context.close()
    if troubles:
        pytest.fail("errors in the page:\n" + "\n".join(troubles), pytrace=False)


@pytest.fixture
def page(new_browser_context: Callable[..., BrowserContext]) -> Page:
    """An empty page of a fresh browser, 1440 × 900."""
    return new_browser_context().new_page()


@pytest.fixture
def scope(page: Page) -> ScopePage:
    """What a person finds on *page*. Not opened yet."""
    return ScopePage(page)


@pytest.fixture
def canvas(page: Page) -> Canvas:
    """The timeline's canvas of *page*. Ask for it before the page is opened."""
    page.add_init_script(WATCH_SCRIPT)
    return Canvas(page)


@pytest.fixture
def screenshot() -> Callable[[Page, str], Path]:
    """A function that saves what a page shows in tests/screenshots, under the name it is given, to be looked at."""

    def save(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return save
