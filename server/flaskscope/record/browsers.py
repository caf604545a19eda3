"""Tells browsers apart by the session cookie they hold, without knowing its content."""

from __future__ import annotations

from typing import TypeAlias

#: Cookies that are remembered. Of more, the half not seen for longest is forgotten at once; a browser that holds one of
#: those gets a new number, should it come back.
MAX_COOKIES = 10_000

_Held: TypeAlias = tuple[int, str | None]


class Browsers:
    """Numbers browsers 1, 2, 3 … by the chain of cookies each was given.

    A cookie is known here by a hash that Python salts anew in each process, never by its content. Two browsers whose
    sessions began with the same content within one second hold the same signed cookie; they are one here, unless
    dashboards marked their requests (*page*, the same for all requests of one browser).
    """

    def __init__(self) -> None:
        # Two plain dictionaries: each request brings a cookie, and one in the order of use costs four times as much.
        self._lately: dict[_Held, int] = {}
        self._before: dict[_Held, int] = {}
        self._last = 0

    def holding(self, cookie: int, page: str | None) -> int:
        """Return the browser that holds *cookie*: a new one if nobody was seen with it before."""
        browser = self._known((cookie, page))
        if browser is None:
            # The same browser may also send requests that no dashboard marked.
            browser = self._known((cookie, None)) if page is not None else None
        if browser is None:
            browser = self.new()
        self.gives(cookie, page, browser)
        return browser

    def gives(self, cookie: int, page: str | None, browser: int) -> None:
        """Note that *browser* holds *cookie* from now on."""
        self._lately[cookie, page] = browser
        if len(self._lately) >= MAX_COOKIES // 2:
            self._before, self._lately = self._lately, {}

    def new(self) -> int:
        """Return the number of a browser that was not seen before."""
        self._last += 1
        return self._last

    def _known(self, held: _Held) -> int | None:
        browser = self._lately.get(held)
        return self._before.get(held) if browser is None else browser
