"""Tells browsers apart by the session cookie they hold, without knowing its content."""

from __future__ import annotations

from collections import OrderedDict

#: Cookies that are remembered. Of more, the one not seen for longest is forgotten, and its browser, should it come
#: back, gets a new number.
MAX_COOKIES = 10_000


class Browsers:
    """Numbers browsers 1, 2, 3 … by the chain of cookies each was given.

    A cookie is known here by a hash that Python salts anew in each process, never by its content.
    """

    def __init__(self) -> None:
        self._by_cookie: OrderedDict[int, int] = OrderedDict()
        self._last = 0

    def holding(self, cookie: int) -> int:
        """Return the browser that holds *cookie*: a new one if nobody was seen with it before."""
        browser = self._by_cookie.get(cookie)
        if browser is None:
            browser = self.new()
        self.gives(cookie, browser)
        return browser

    def gives(self, cookie: int, browser: int) -> None:
        """Note that *browser* holds *cookie* from now on."""
        self._by_cookie[cookie] = browser
        self._by_cookie.move_to_end(cookie)
        if len(self._by_cookie) > MAX_COOKIES:
            self._by_cookie.popitem(last=False)

    def new(self) -> int:
        """Return the number of a browser that was not seen before."""
        self._last += 1
        return self._last
