"""Events of sessions."""

from __future__ import annotations

from typing import Any

from flaskscope.events import SessionChanged, SessionDeleted, SessionOpened, SessionRead, SessionSaved
from flaskscope.record import channel
from flaskscope.record.numbering.state import SessionState, State, new
from flaskscope.record.session_refused import EMPTY
from flaskscope.snapshot import kept_as_snapshot


def _opened(state: State, record: tuple[Any, ...]) -> None:
    number = record[4]
    interface, is_null, items, size, cookie, page = record[7:13]
    browser = None if cookie is None else state.browsers.holding(cookie, page)
    if number is not None:
        state.sessions[number] = SessionState(browser, page)
    rest = (interface, is_null, items, size, cookie)
    state.out.append(new(SessionOpened, (*state.head(record, "session.opened"), *opened(rest, browser))))


def opened(rest: tuple[str, bool, Any, int, Any], browser: int | None) -> tuple[Any, ...]:
    """Return what a `SessionOpened` has of its own, of what its record has."""
    interface, is_null, items, size, cookie = rest
    origin = _origin(is_null=is_null, has_cookie=cookie is not None, size=size)
    if type(items) is str:
        # Where nothing came out of a cookie, the hook tells why in the place of the items.
        return (
            (interface, "cookie", [], browser, 0, None)
            if items == EMPTY
            else (interface, origin, [], browser, 0, items)
        )
    entries = [(key, kept_as_snapshot(value)) for key, value in items] if items else []
    return interface, origin, entries, browser, max(size, 0), None


def _origin(*, is_null: bool, has_cookie: bool, size: int) -> str:
    if is_null:
        return "null"
    if not has_cookie:
        return "new"
    return "refused" if size == 0 else "cookie"


def _read(state: State, record: tuple[Any, ...]) -> None:
    if state.without and state.leaves_out("session.read"):
        return
    state.out.append(new(SessionRead, (*state.head(record, "session.read"), record[7], record[8])))


def _changed(state: State, record: tuple[Any, ...]) -> None:
    late = _note_change(state, record)
    head = state.head(record, "session.changed")
    state.out.append(new(SessionChanged, (*head, record[7], kept_as_snapshot(record[8]), late)))


def _deleted(state: State, record: tuple[Any, ...]) -> None:
    late = _note_change(state, record)
    state.out.append(SessionDeleted(*state.head(record, "session.deleted"), record[7], late))


def _note_change(state: State, record: tuple[Any, ...]) -> bool:
    """Note which key changed, and return whether that comes too late to be saved."""
    session = state.sessions.get(record[4])
    if session is None:
        return bool(record[9])
    if record[7] not in session.changed:
        session.changed.append(record[7])
    return bool(record[9]) or session.saved


def saved(state: State, record: tuple[Any, ...]) -> None:
    """Add the event that the session of a request was saved, or why it was not."""
    modified, accessed, cookie, size, cleared, entries = record[7:13]
    session = state.sessions.get(record[4]) or SessionState(None, None)
    if cookie is not None:
        if session.browser is None:
            session.browser = state.browsers.new()
        state.browsers.gives(cookie, session.page, session.browser)
    written = size is not None
    if cleared:
        why = "it was emptied, so the browser is told to drop its cookie"
    elif written:
        why = "it was modified" if modified else "it is permanent, and refreshed with each response"
    elif modified:
        why = (
            "it was modified, but its interface wrote no cookie" if entries else "it is empty and was before"
        )
    elif accessed:
        why = "it was read, not modified"
    else:
        why = "nobody touched it"
    session.saved = True
    # In a usual passage there is nothing more to tell.
    late, inside, lost = record[13:16] if len(record) > 13 else (False, None, None)
    late = late or session.finished
    nested = [(key, kept_as_snapshot(value)) for key, value in inside] if inside else ()
    head = state.head(record, "session.saved")
    changed = list(session.changed)
    rest = (written, why, changed, size, late, session.browser, nested, lost)
    state.out.append(new(SessionSaved, head + rest))


MAKERS = {
    channel.SESSION_OPENED: _opened,
    channel.SESSION_READ: _read,
    channel.SESSION_CHANGED: _changed,
    channel.SESSION_DELETED: _deleted,
    channel.SESSION_SAVED: saved,
}
