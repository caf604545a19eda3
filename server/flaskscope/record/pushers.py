"""Who pushed a context, and what is told of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final

from flask.ctx import _AppCtxGlobals

from flaskscope.record import flask_versions
from flaskscope.record.callsite import MAX_FRAMES, is_passed_over
from flaskscope.record.channel import Channel
from flaskscope.snapshot import REDACTED_SNAPSHOT, keep

#: The header by which a dashboard marks a request that it fired itself, and the longest mark that is kept. What stands
#: before the first hyphen in it is the same for all requests of one browser.
FIRED_HEADER = "HTTP_X_FLASKSCOPE_FIRE"
MAX_FIRED = 64

#: Characters kept of a request's method and path.
MAX_METHOD = 16
MAX_PATH = 1_000

#: Names of a ``g`` that is not empty when its context is pushed; more are not looked at.
MAX_NAMES_AT_PUSH = 32

#: Code objects of which is remembered how they push contexts.
MAX_CODE_REMEMBERED = 4_096

threads = threading._active  # type: ignore[attr-defined]  # current_thread() would register threads it does not know


#: The class of the first thread, whose name is where that of any other is.
MainThread: Final = type(threading.main_thread())


def thread_name(me: int) -> str | None:
    """Return the name of the thread with the identity *me*; ``None`` for one that Python did not start."""
    thread = threads.get(me)
    # Not thread.name: a subclass may have overridden that, and how it is found.
    return None if thread is None else object.__getattribute__(thread, "_name")


def request_of_environ(environ: dict[str, Any]) -> tuple[str, str, str | None]:
    """Return the method, the path as the server gave it, and the mark of the dashboard that fired the request."""
    fired = environ.get(FIRED_HEADER)
    return (
        _text(environ.get("REQUEST_METHOD"))[:MAX_METHOD],
        _text(environ.get("PATH_INFO"))[:MAX_PATH],
        fired[:MAX_FIRED] if type(fired) is str else None,
    )


def _text(value: object) -> str:
    # What middleware put there may be anything; a class of its own may do anything when it is cut.
    return value if type(value) is str else ""


def is_test_client(environ: dict[str, Any]) -> bool:
    """Return whether a request was made by Werkzeug's test client: no server stands behind it."""
    if "SERVER_SOFTWARE" in environ:
        return False
    return _text(environ.get("HTTP_USER_AGENT"))[:9].lower() == "werkzeug/"


def how_by_wsgi(environ: dict[str, Any]) -> str:
    """Return how a context was pushed that `Flask.wsgi_app` pushed."""
    return "test client" if is_test_client(environ) else "request"


def names_in(g: Any, channel: Channel) -> list[tuple[str, Any]] | None:
    """Return what is in *g* already; ``None`` in the usual case that it is empty or not to be looked into.

    For a *g* of a class of the app's own, of which not all can be seen, the first entry says what not, with ``None``
    for a name.
    """
    kind: type[Any] = type(g)
    unseen = None if kind is _AppCtxGlobals else channel.own_g.watch(kind)
    try:
        names = object.__getattribute__(g, "__dict__")
    except AttributeError:
        names = None
    if (not names or type(names) is not dict) and unseen is None:
        return None
    is_secret = channel.is_secret
    found: list[tuple[Any, Any]] = [] if unseen is None else [(None, unseen)]
    entries = list(names.items())[:MAX_NAMES_AT_PUSH] if type(names) is dict else []
    if dict in type.__dict__["__mro__"].__get__(kind):
        entries += list(dict.items(g))[:MAX_NAMES_AT_PUSH]
    found += [
        (name, REDACTED_SNAPSHOT if is_secret(name) else keep(value, is_secret))
        for name, value in entries
        if type(name) is str
    ]
    return found


#: Functions of Flask's own that say how a context came to be pushed: by the name of the file and of the function
#: ("" for any).
_WAYS = {
    ("cli.py", ""): "cli",
    ("testing.py", ""): "test client",
    ("helpers.py", "generator"): "stream",
    ("helpers.py", "stream_with_context"): "stream",
    ("ctx.py", "wrapper"): "copy",
}

_flask_folder = flask_versions.WSGI_APP.co_filename.removesuffix("app.py")

#: What was found out of a code object, by its address: how it pushes contexts, "" for not at all, or ``None`` for code
#: of the user's. Frames are passed over by the dozen for each context pushed by hand.
_ways: dict[int, tuple[CodeType, str | None]] = {}


def _way_of(code: CodeType) -> str | None:
    known = _ways.get(id(code))
    if known is not None and known[0] is code:
        return known[1]
    way: str | None = None
    if is_passed_over(code.co_filename):
        way = ""
        if code.co_filename.startswith(_flask_folder):
            file = code.co_filename.removeprefix(_flask_folder)
            way = _WAYS.get((file, code.co_name)) or _WAYS.get((file, "")) or ""
    if len(_ways) >= MAX_CODE_REMEMBERED:
        _ways.clear()
    _ways[id(code)] = code, way
    return way


#: Who wants to be told of the user's frame each time a context is pushed or popped by hand.
listeners: list[Callable[[FrameType], None]] = []


def who_pushed(frame: FrameType | None) -> tuple[CodeType | None, int, str]:
    """Return the user's place at or outside *frame*, and how the context came to be pushed or popped."""
    how = ""
    for _ in range(MAX_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        way = _way_of(code)
        if way is None:
            for listen in listeners:
                listen(frame)
            return code, frame.f_lasti, how or "by hand"
        how = how or way
        frame = frame.f_back
    return None, 0, how or "by hand"
