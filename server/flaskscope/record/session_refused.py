"""Says why nothing came out of a session cookie, where Flask's own interface reads it.

It does what that interface did a moment before, without the limit of age, and only when nothing came out: a cookie
that is accepted costs nothing here.
"""

from __future__ import annotations

from inspect import getattr_static
from time import time
from typing import Any, Final

from flask import Config, Flask
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData, BadSignature

SIGNATURE: Final = "signature"  #: signed with another key, or altered
EXPIRED: Final = "expired"
FORMAT: Final = "format"  #: no session cookie of Flask's
EMPTY: Final = "empty"  #: not refused at all: there is nothing in it

#: Parts of a signed cookie: content, time, signature.
_DOTS = 2

_KEY = getattr_static(Flask, "secret_key")
_LIFETIME = getattr_static(Flask, "permanent_session_lifetime")


def _is_plain(app: Any) -> bool:
    """Return whether asking *app* for its key and its lifetime of sessions runs nothing but Flask's code."""
    kind = type(app)
    return (
        getattr_static(kind, "__getattribute__") is object.__getattribute__
        and getattr_static(kind, "__getattr__", None) is None
        and getattr_static(kind, "secret_key") is _KEY
        and getattr_static(kind, "permanent_session_lifetime") is _LIFETIME
        and type(object.__getattribute__(app, "config")) is Config
    )


def _reads_plainly(interface: Any) -> bool:
    """Return whether *interface* is Flask's, and reads cookies with nothing of the app's: no tag, no other digest."""
    serializer = getattr_static(SecureCookieSessionInterface, "serializer")
    return (
        type(interface) is SecureCookieSessionInterface
        and not vars(interface)
        and type(serializer) is TaggedJSONSerializer
        and all(type(tag).__module__ == TaggedJSONSerializer.__module__ for tag in serializer.order)
    )


def why_refused(app: Any, cookie: str | None) -> str | None:
    """Return why *cookie* left the session of *app* empty; ``None`` where only the app's own code could tell.

    May be asked in any thread. Nothing is kept of the cookie.
    """
    if app is None or cookie is None:
        return None
    interface = object.__getattribute__(app, "session_interface")
    if not (_is_plain(app) and _reads_plainly(interface)):
        return None
    serializer = interface.get_signing_serializer(app)
    if serializer is None:
        return None
    value = cookie.strip('"')
    if value.count(".") < _DOTS:
        return FORMAT
    try:
        content, signed_at = serializer.loads(value, return_timestamp=True)
    except BadSignature:
        return SIGNATURE
    except BadData:
        return FORMAT
    if time() - signed_at.timestamp() > app.permanent_session_lifetime.total_seconds():
        return EXPIRED
    return None if content else EMPTY
