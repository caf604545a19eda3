"""What differs between the versions of Flask, in one place.

===================  =======================================  ==========================================
                     2.2 to 3.1                               3.2 (unreleased main, read at 2ac89889)
===================  =======================================  ==========================================
context classes      ``AppContext`` and ``RequestContext``    one ``AppContext``, with or without request
context variables    ``_cv_app`` and ``_cv_request``          ``_cv_app``
``pop()`` default    a private sentinel                       ``None``
signals              2.2: only if blinker is installed        always
a teardown raises    the rest do not run                      all run, then a group of all errors is raised
===================  =======================================  ==========================================

``RequestContext`` still exists in 3.2 as a module attribute made by ``__getattr__`` with a deprecation warning;
hence every look here goes through ``__dict__``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, Final, Literal

import flask.app
import flask.ctx
import flask.globals
import flask.helpers
import flask.signals

#: Whether a request has one merged context (3.2) or a request context on top of an app context (up to 3.1).
MERGED: Final[bool] = "RequestContext" not in vars(flask.ctx)

#: How `Recording.stack` names it.
STACK: Final[Literal["separate", "merged"]] = "merged" if MERGED else "separate"

AppContext: Final[type[Any]] = flask.ctx.AppContext
RequestContext: Final[type[Any] | None] = vars(flask.ctx).get("RequestContext")

#: The context variable behind ``g`` and ``current_app``.
app_variable: Final[Any] = vars(flask.globals)["_cv_app"]

#: The context variable behind ``request`` and ``session``: the same one from 3.2 on.
request_variable: Final[Any] = vars(flask.globals).get("_cv_request", app_variable)

#: The proxies by name, with the type of context each needs: the four that a person uses, and those behind them, which
#: extensions use, and from 3.2 on Flask's own templates. There ``request_ctx`` is made when somebody asks for it.
PROXIES: Final[dict[str, tuple[Any, Literal["app", "request"]]]] = {
    "current_app": (flask.globals.current_app, "app"),
    "g": (flask.globals.g, "app"),
    "request": (flask.globals.request, "request"),
    "session": (flask.globals.session, "request"),
    "app_ctx": (vars(flask.globals)["app_ctx"], "app"),
}
if not MERGED:
    PROXIES["request_ctx"] = (vars(flask.globals)["request_ctx"], "request")


#: Functions looked at for the one that a wrapper of somebody's calls in the end.
_MAX_WRAPPERS = 100

#: Whether signals are sent: always since Flask 2.3, and before if blinker is installed.
SENDS_SIGNALS: Final[bool] = vars(flask.signals).get("signals_available", True)


_folder = os.path.dirname(vars(flask.ctx)["__file__"]) + os.sep


def own_function(found: Any, name: str) -> Any:
    """Return Flask's own function *name*, which is *found* or what that, somebody's wrapper, stands in front of.

    It is looked for where wrappers have it: in ``__wrapped__``, and in the variables they close over. What was *found*
    is returned if there is none.
    """
    waiting = [found if type(found) is FunctionType else getattr(found, "__wrapped__", None)]
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_WRAPPERS:
        candidate = waiting.pop()
        if type(candidate) is not FunctionType or id(candidate) in seen:
            continue
        seen.add(id(candidate))
        if candidate.__name__ == name and is_own(candidate):
            return candidate
        for cell in candidate.__closure__ or ():
            with suppress(ValueError):  # it is empty
                waiting.append(cell.cell_contents)
        waiting.append(vars(candidate).get("__wrapped__"))
    return found


def is_own(function: Any) -> bool:
    """Return whether *function* is one of Flask's, in front of which nobody has put a wrapper."""
    return type(function) is FunctionType and function.__code__.co_filename.startswith(_folder)


def with_default(method: Any, name: str) -> tuple[Any, Any]:
    """Return *method* so that it can be called with its last argument, and the default of that.

    A wrapper of somebody's may not say what the default is. Flask's own function *name* behind it does; what is called
    without the argument is passed on without it.
    """
    own = own_function(method, name)
    default = (own.__defaults__ or (None,))[-1]
    if own is method:
        return method, default

    def call(*args: Any) -> Any:
        __traceback_hide__ = True
        return method(*args[:-1]) if args[-1] is default else method(*args)

    return call, default


def _code_of(owner: type[Any], name: str) -> CodeType:
    code: CodeType = own_function(vars(owner)[name], name).__code__
    return code


#: Code objects that tell who called: compared by identity, so that no name is looked up while recording.
WSGI_APP: Final = _code_of(flask.app.Flask, "wsgi_app")
REQUEST_PUSH: Final = None if RequestContext is None else _code_of(RequestContext, "push")
APP_POP: Final = _code_of(AppContext, "pop")
DO_TEARDOWN_REQUEST: Final = _code_of(flask.app.Flask, "do_teardown_request")
DO_TEARDOWN_APPCONTEXT: Final = _code_of(flask.app.Flask, "do_teardown_appcontext")


#: Swallows what each teardown function raises, until all have run (3.2).
CollectErrors: Final[type[Any] | None] = vars(flask.helpers).get("_CollectErrors")


if MERGED:

    def request_of(context: Any) -> Any:
        """Return the request of a context, or ``None`` if it carries none."""
        return context._request
else:

    def request_of(context: Any) -> Any:
        """Return the request of a context, or ``None`` if it carries none."""
        return context.request


#: Up to Flask 3.1.2 the session of a request context is its attribute ``session``; since 3.1.3 that is a property
#: which sets ``accessed`` on the session, so that looking would add a ``Vary: Cookie`` header; ``_session`` holds it.
SESSION_ATTRIBUTE: Final = (
    "_session" if isinstance(vars(RequestContext or AppContext).get("session"), property) else "session"
)

#: Returns the session of a request context, or ``None``, without opening it or marking it as accessed.
session_of: Final = attrgetter(SESSION_ATTRIBUTE)
