"""Makes the pictures in the README: ``python -m tests.browser.picture`` fires real requests at the real demo.

Two requests at once, paused while both have their contexts pushed: a stack and a `g` for each thread, one session.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

FOLDER = Path(__file__).parents[2] / ".github"

#: CSS pixels. Larger, and the words cannot be read where a README has half the width of a screen.
SIZE: ViewportSize = {"width": 1360, "height": 780}

#: Bytes of one picture, so that the README is there at once.
MOST_BYTES = 250_000

THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")


def take(browser: Browser, theme: Literal["dark", "light"]) -> Path:
    """Take the picture in one theme, of a demo that has just begun."""
    path = FOLDER / f"dashboard-{theme}.png"
    with tempfile.TemporaryDirectory() as folder:
        demo = DemoServer(Path(folder))
        demo.start()
        try:
            page = browser.new_context(viewport=SIZE, color_scheme=theme).new_page()
            scope = ScopePage(page).open(demo).at_real_speed()
            scope.fire("GET /")
            scope.fire("Two at once")
            # Back to where one of them saves its session, and the other one has its contexts pushed, too.
            both = scope.stacks.get_by_text("2 deep")
            while both.count() < 2 or "session is saved" not in scope.sentence.inner_text():
                step = scope.playhead.get_attribute("aria-valuenow")
                scope.playhead.press("ArrowLeft")
                expect(scope.playhead).not_to_have_attribute("aria-valuenow", step or "")
            expect(scope.state).to_contain_text("Paused")
            page.locator(".fire details").evaluate_all(
                "(all) => all.forEach((each, i) => { each.open = i === 0; })"
            )
            page.mouse.move(SIZE["width"] / 2, 10)
            page.evaluate("document.activeElement?.blur()")
            page.screenshot(path=path, animations="disabled")
        finally:
            demo.stop()
    return path


def main() -> None:
    """Take all of them."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for theme in THEMES:
            path = take(browser, theme)
            size = path.stat().st_size
            print(f"{path.name}: {size:,} bytes")
            if size > MOST_BYTES:
                raise SystemExit(f"{path.name} is larger than {MOST_BYTES:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
