"""Events of sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from flaskscope.events.values import Snapshot


class SessionOpened(NamedTuple):
    """The session of a request was opened.

    *interface* is the class of the session interface. *origin* is ``new`` (no cookie came), ``cookie``,
    ``refused`` (a cookie came but its content was not accepted: bad signature, expired, key changed), ``null``
    (no secret key: nothing can be saved) or ``given`` (handed over, as a copied context does). *items* are its
    entries, at most 32. *browser* is a small number for whoever holds the cookie; ``None`` while it has none.
    *size* is the number of entries. *refusal* is why a cookie was refused: ``signature`` (signed with another key, or
    altered), ``expired``, ``format`` (it is no session cookie of Flask's), or ``None`` where nobody knows.
    """

    number: int
    at_ns: int
    kind: Literal["session.opened"]
    lane: int
    context: int | None
    site: int | None
    interface: str
    origin: str
    items: list[tuple[str, Snapshot]]
    browser: int | None
    size: int
    refusal: str | None = None


class SessionRead(NamedTuple):
    """A key of the session was asked for; *found* is false when it was not there."""

    number: int
    at_ns: int
    kind: Literal["session.read"]
    lane: int
    context: int | None
    site: int | None
    key: str
    found: bool


class SessionChanged(NamedTuple):
    """A key of the session was given a value. Nothing is saved yet.

    *late* is true when nothing will be: the session had already been saved, or its response had left.
    """

    number: int
    at_ns: int
    kind: Literal["session.changed"]
    lane: int
    context: int | None
    site: int | None
    key: str
    value: Snapshot
    late: bool = False


class SessionDeleted(NamedTuple):
    """A key was taken out of the session; *key* is ``*`` when it was cleared. *late* as in `SessionChanged`."""

    number: int
    at_ns: int
    kind: Literal["session.deleted"]
    lane: int
    context: int | None
    site: int | None
    key: str
    late: bool = False


class SessionSaved(NamedTuple):
    """Flask offered the session to its interface to save.

    *written* says whether a cookie went into the response, *why* in a few words why or why not. *changed* are
    the keys that differ from when it was opened. *cookie_bytes* is the length of the
    ``Set-Cookie`` header, name and attributes included; 0 if it tells the browser to drop the cookie.
    *late* is true when the response had already left. *browser* as in `SessionOpened`. *nested* are the keys whose
    value changed inside since it was opened, though nothing was assigned to them, with what is in them now. *lost* is
    whether those changes are gone: ``None`` when there are none, or when the interface wrote no cookie and may keep
    sessions elsewhere.
    """

    number: int
    at_ns: int
    kind: Literal["session.saved"]
    lane: int
    context: int | None
    site: int | None
    written: bool
    why: str
    changed: list[str]
    cookie_bytes: int | None
    late: bool
    browser: int | None
    nested: Sequence[tuple[str, Snapshot]] = ()
    lost: bool | None = None
