"""Tells browsers apart by the session cookie they hold, without knowing its content."""

from __future__ import annotations

from collections import OrderedDict

#: Cookies that are remembered. Of more, the one not seen for longest is forgotten, and its browser, should it come
#: back, gets a new number.
MAX_COOKIES = 10_000


class Browsers:
    """Numbers browsers 1, 2, 3 … by the chain of cookies each was given.

    A cookie is known here by a hash that Python salts anew in each process, never by its content. Two browsers whose
    sessions began with the same content within one second hold the same signed cookie; they are one here, unless
    dashboards marked their requests (*page*, the same for all requests of one browser).
    """

    def __init__(self) -> None:
        self._by_cookie: OrderedDict[tuple[int, str | None], int] = OrderedDict()
        self._last = 0

    def holding(self, cookie: int, page: str | None) -> int:
        """Return the browser that holds *cookie*: a new one if nobody was seen with it before."""
        browser = self._by_cookie.get((cookie, page))
        if browser is None:
            # The same browser may also send requests that no dashboard marked.
            browser = self._by_cookie.get((cookie, None)) if page is not None else None
        if browser is None:
            browser = self.new()
        self.gives(cookie, page, browser)
        return browser

    def gives(self, cookie: int, page: str | None, browser: int) -> None:
        """Note that *browser* holds *cookie* from now on."""
        self._by_cookie[cookie, page] = browser
        self._by_cookie.move_to_end((cookie, page))
        if len(self._by_cookie) > MAX_COOKIES:
            self._by_cookie.popitem(last=False)

    def new(self) -> int:
        """Return the number of a browser that was not seen before."""
        self._last += 1
        return self._last
