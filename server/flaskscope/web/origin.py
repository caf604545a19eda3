"""Where a request comes from: its Host, its Origin, and what the browser says about the page that sent it.

A page the developer happens to visit can make the browser send requests here, and by rebinding its own name to
127.0.0.1 it can even read the answers. So the name has to be one of ours, and whatever could do harm has to come
from our own page.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from flaskscope.web.answers import Answer, bad_request, forbidden

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: The longest name DNS can have is 253 characters; with brackets and a port nothing true is longer.
MAX_HOST_LENGTH = 262

_HOST = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?::(?P<port>[0-9]{1,5}))?"
)
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_", "HTTP_X_REAL_IP", "HTTP_VIA")
_CROSS_SITE = forbidden("Origin is not this dashboard's; refused (cross-site request).")


def parse_host(text: str) -> tuple[str, int | None] | None:
    """Return the name, in lower case, and the port of a Host header; ``None`` if it is not a well-formed one."""
    match = _HOST.fullmatch(text) if len(text) <= MAX_HOST_LENGTH else None
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    return None if port is not None and port > 65_535 else (match["name"].lower(), port)


def is_allowed(name: str, allowed: tuple[str, ...]) -> bool:
    """Return whether the host *name* is this machine's or one of *allowed* (``*.example.com`` for all below it)."""
    if name in _LOOPBACK or name.endswith(".localhost"):
        return True
    return any(name == host or (host.startswith("*.") and name.endswith(host[1:])) for host in allowed)


def refuse_host(environ: WSGIEnvironment, allowed: tuple[str, ...]) -> Answer | None:
    """Return why the request's target or Host is refused, or ``None``."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/"
    if not str(target).startswith("/"):
        return bad_request("The request names a whole address as its target; send the path only.")
    if "HTTP_HOST" not in environ:
        return bad_request("The Host header is missing.")
    host = parse_host(environ["HTTP_HOST"])
    if host is None:
        return bad_request("The Host header is not a host name with, at most, a port.")
    if not is_allowed(host[0], allowed):
        return forbidden(
            "This Host is not allowed for the FlaskScope dashboard. "
            f"Add it: FLASKSCOPE_HOSTS={host[0]} (in app.config or the environment)."
        )
    return None


def refuse_origin(environ: WSGIEnvironment, *, is_unsafe: bool) -> Answer | None:
    """Return why a request that another site's page may have caused is refused, or ``None``.

    Args:
        environ: The request; its Host must have been checked.
        is_unsafe: Whether it does or shows more than a link could: a POST or a WebSocket.
    """
    if "HTTP_ORIGIN" in environ:
        own = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}"
        # Exactly, not by parsing: "null", look-alikes and malformed ones are simply different.
        if environ["HTTP_ORIGIN"].lower() != own.lower():
            return _CROSS_SITE
    site = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
    if site == "same-origin":
        return None
    # "none" is the address bar; a link from elsewhere may open the page, but not load a part of it.
    is_navigation = environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
    return _CROSS_SITE if is_unsafe or (site != "none" and not is_navigation) else None


def is_from_here(environ: WSGIEnvironment) -> bool:
    """Return whether the request comes from a program on this machine, and straight, not through a proxy.

    The Host header cannot tell: whoever is not a browser writes into it what he likes.
    """
    if any(name.startswith(_FORWARDED) for name in environ):
        return False
    # nginx before 1.29.7 adds none of these by itself, and speaks a version that no browser does. It would hand on
    # everybody's requests under our own address and name; so do those that speak HTTP/1.1, see the README.
    if environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return False
    try:
        address = ipaddress.ip_address(environ.get("REMOTE_ADDR") or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
