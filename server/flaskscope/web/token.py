"""The token: what a visitor has to know when being on this machine is not enough."""

from __future__ import annotations

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from flaskscope.web.answers import Answer
from flaskscope.web.origin import parse_host

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: Seconds a browser keeps the cookie: the token itself does not end, so a working day is a matter of tidiness.
COOKIE_SECONDS = 7 * 24 * 3600

#: A longer Cookie header or query is not searched: nothing of ours is that long.
MAX_SEARCHED = 8_192

_MISSING = Answer(
    "401 Unauthorized",
    "This dashboard shows session data and needs its token: open the address that the terminal printed at start.",
    (("WWW-Authenticate", 'Bearer realm="FlaskScope"'),),
)
_WRONG = Answer(
    "401 Unauthorized",
    "Wrong token. Copy the whole address that the terminal printed at start.",
    (("WWW-Authenticate", 'Bearer realm="FlaskScope"'),),
)


class TokenGate:
    """Lets those in who know *token*.

    The page's address carries it once (``?token=…``); it is exchanged for a cookie and leaves the address. The
    cookie holds a signature made with the token, not the token. Programs send ``Authorization: Bearer …``.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._signature = hmac.new(self._token, b"flaskscope dashboard cookie", hashlib.sha256).hexdigest()

    def answer(self, environ: WSGIEnvironment, *, is_page: bool) -> Answer | None:
        """Return what to answer instead of the dashboard, or ``None`` to let the request in.

        Args:
            environ: The request.
            is_page: Whether a person opens the page: then the token is exchanged for a cookie. What programs
                read (the stream, the events) takes it as it is.
        """
        given = self._given(environ)
        if given is None:
            return None if self._has_cookie(environ) else _MISSING
        if not hmac.compare_digest(given, self._token):
            return _WRONG
        return self._exchange(environ) if is_page else None

    def _given(self, environ: WSGIEnvironment) -> bytes | None:
        scheme, _, credential = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        if scheme.lower() == "bearer":
            return credential.strip().encode("utf-8", "replace")
        query = environ.get("QUERY_STRING", "")
        if "token" not in query:
            return None
        found = parse_qs(query[:MAX_SEARCHED], keep_blank_values=True, errors="replace").get("token")
        # Given twice, one may be somebody else's: neither counts.
        return None if found is None else found[0].encode() if len(found) == 1 else b""

    def _exchange(self, environ: WSGIEnvironment) -> Answer | None:
        if "HTTP_AUTHORIZATION" in environ:
            return None
        prefix = environ.get("SCRIPT_NAME", "")
        secure = "; Secure" if environ.get("wsgi.url_scheme") == "https" else ""
        cookie = (
            f"{_cookie_name(environ)}={self._signature}; Path={prefix or '/'}; Max-Age={COOKIE_SECONDS}; "
            f"HttpOnly; SameSite=Strict{secure}"
        )
        # Always to the page itself: an address taken from the request could lead elsewhere.
        return Answer("303 See Other", "", (("Location", f"{prefix}/"), ("Set-Cookie", cookie)))

    def _has_cookie(self, environ: WSGIEnvironment) -> bool:
        try:
            cookies = SimpleCookie(environ.get("HTTP_COOKIE", "")[:MAX_SEARCHED])
        except CookieError:
            return False
        morsel = cookies.get(_cookie_name(environ))
        value = morsel.value if morsel else ""
        return hmac.compare_digest(value.encode("utf-8", "replace"), self._signature.encode())


def _cookie_name(environ: WSGIEnvironment) -> str:
    """Return the cookie's name: browsers share cookies between ports, and each port may be another app."""
    host = parse_host(environ.get("HTTP_HOST", ""))
    default = 443 if environ.get("wsgi.url_scheme") == "https" else 80
    return f"flaskscope_{host[1] if host and host[1] else default}"
