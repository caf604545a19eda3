"""What goes wrong in the pages of one test."""

from __future__ import annotations

import contextlib
import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response
from playwright.sync_api import Error as PlaywrightError

#: Where the dashboard is: failures of its own files and streams are failures of ours, whatever the app answers.
DASHBOARD = "/_flaskscope/"


class Watch:
    """Every error that the pages of one test met: on the console, in a script, in a request of their own.

    What the watched app answers is not an error of the page: a route may fail on purpose.
    """

    def __init__(self) -> None:
        self._troubles: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        self._contexts: list[BrowserContext] = []
        self._is_over = False

    def allow(self, pattern: str) -> None:
        """Expect errors that match *pattern*, a regular expression: a server that a test stops, say."""
        self._allowed.append(re.compile(pattern))

    def follow(self, context: BrowserContext) -> None:
        """Look at all pages that *context* has and will have."""
        self._contexts.append(context)
        context.on("console", self._see_console)
        context.on("weberror", lambda error: self._add(f"script: {error.error}"))
        context.on("requestfailed", self._see_failed_request)
        context.on("response", self._see_response)

    def end(self) -> None:
        """Take in what is still on its way, and nothing from now on: the server may go."""
        if not self._is_over:
            for page in [page for context in self._contexts for page in context.pages]:
                # Events come in order: with the answer, everything before it is here.
                with contextlib.suppress(PlaywrightError):
                    page.evaluate("0")
            self._is_over = True

    def troubles(self) -> list[str]:
        """Return what went wrong and was not expected."""
        return [
            trouble
            for trouble in self._troubles
            if not any(pattern.search(trouble) for pattern in self._allowed)
        ]

    def _add(self, trouble: str) -> None:
        if not self._is_over:
            self._troubles.append(trouble)

    def _see_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        address = message.location.get("url", "")
        if message.text.startswith("Failed to load resource") and not _is_ours(address):
            return
        self._add(f"console: {message.text} ({address})")

    def _see_failed_request(self, request: Request) -> None:
        # A reload aborts whatever was under way; nobody misses it.
        if request.failure != "net::ERR_ABORTED":
            self._add(f"request: {request.method} {request.url}: {request.failure}")

    def _see_response(self, response: Response) -> None:
        if response.status >= 400 and _is_ours(response.url):
            self._add(f"response: {response.request.method} {response.url}: {response.status}")


def _is_ours(address: str) -> bool:
    return urlsplit(address).path.startswith(DASHBOARD)
