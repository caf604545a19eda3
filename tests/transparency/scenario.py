"""What a scenario is, and how what it saw is written down.

A scenario is a function that takes a `Watch`, builds a Flask app, hands it to the watch once its routes are set, drives
it, and returns what it saw. What it returns is turned into plain data by `plain`, so that two processes can be
compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from flask import Flask

App = TypeVar("App", bound=Flask)


class Watch(Protocol):
    """Begins to watch an app, or does not: that is what differs between two runs of a scenario."""

    def __call__(self, app: App, *, warm_up: bool = True) -> App:
        """Watch *app* from now on and return it.

        With *warm_up* it answers one request first, to ``/warm-up``, in every mode alike: what is tested then is an
        app that was watched for a while, or one that no longer is.
        """

    def stop(self) -> None:
        """Watch none of the apps any longer, from this moment on."""


Scenario = Callable[[Watch], Any]

#: Every scenario, by its name: that of its module and its function.
SCENARIOS: dict[str, Scenario] = {}

#: Scenarios that touch no context of an app they watch, and so need not be recorded.
UNRECORDED: set[str] = set()


def scenario(function: Scenario) -> Scenario:
    """Register *function* under its name."""
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    assert name not in SCENARIOS, name
    SCENARIOS[name] = function
    return function


def unrecorded(function: Scenario) -> Scenario:
    """Register *function* as one that must be the same, but in which nothing happens that is recorded."""
    scenario(function)
    UNRECORDED.add(f"{function.__module__.rpartition('.')[2]}.{function.__name__}")
    return function


#: An address in memory, or of a server on a free port. Flask 3.2 writes those of its contexts as decimal numbers.
_address = re.compile(r"0x[0-9a-fA-F]{4,}|(?<=<AppContext )\d{5,}|(?<=127\.0\.0\.1:)\d+")

#: The clock of `datetime` cannot be set: when a cookie ends is the one time that differs between two runs.
_expires = re.compile(r"(?<=Expires=)\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


def plain(value: Any) -> Any:
    """Return *value* as data that JSON can carry, without addresses.

    Raises:
        TypeError: If it is of a type whose text would say nothing: a scenario says itself what it looks at.
    """
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, str):
        return _expires.sub(_without_seconds, _address.sub("…", value))
    if isinstance(value, bytes):
        return {"bytes": plain(value.decode("latin-1"))}
    if isinstance(value, BaseException):
        return exception(value)
    if isinstance(value, type):
        return f"<class {value.__module__}.{value.__qualname__}>"
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(entry) for entry in value), key=repr)
    if isinstance(value, dict):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    raise TypeError(f"{type(value)} is not plain data: {value!r}")


def exception(error: BaseException | None, seen: tuple[int, ...] = ()) -> dict[str, Any] | None:
    """Return all that a person or a program can see of an exception, with the frames it passed through."""
    if error is None:
        return None
    if id(error) in seen:
        return {"again": seen.index(id(error))}
    seen = (*seen, id(error))
    group = getattr(error, "exceptions", ())
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "text": plain(str(error)),
        "args": [plain(a) if type(a) in (str, int, type(None)) else type(a).__name__ for a in error.args],
        "frames": frames(error),
        "cause": exception(error.__cause__, seen),
        "context": exception(error.__context__, seen),
        "suppress_context": error.__suppress_context__,
        "notes": list(getattr(error, "__notes__", ())),
        "group": [exception(inner, seen) for inner in group],
    }


#: A frame of FlaskScope's is written down with this before its function, so that the comparison can tell it apart.
OURS = "flaskscope: "

#: What Python calls a method of C when it complains of its arguments.
_owner = re.compile(r"^\w+\.(?=\w+\(\) )")


def misused(call: Callable[..., object], *args: Any, **kwargs: Any) -> Any:
    """Return what `raised` does for a method that may be C's own, called with arguments that it refuses.

    Python names a method of C by the class of the object, ``Session.__getitem__()``, when it is called on one, and by
    the class that has it, ``dict.__getitem__()``, when a wrapper passes a call on. The rest of the text is the same.
    """
    found = raised(call, *args, **kwargs)
    if "frames" in found:
        return [found["type"], _owner.sub("", found["text"])]
    return found


_of_flaskscope = re.compile(r"/flaskscope/(record/.*|\w+)\.py$")

#: A frame of FlaskScope's that debuggers are not asked to leave out: always a fault.
NOT_HIDDEN = "not hidden"


def frames(error: BaseException) -> list[str]:
    """Return the frames of the traceback, outermost first, as ``folder/file function``."""
    written = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        path = Path(code.co_filename)
        text = f"{path.parent.name}/{path.name} {code.co_name}"
        if _of_flaskscope.search(path.as_posix()):
            hidden = step.tb_frame.f_locals.get("__traceback_hide__")
            text = OURS + (text if hidden else f"{text} {NOT_HIDDEN}")
        written.append(text)
        step = step.tb_next
    return written


def _without_seconds(found: re.Match[str]) -> str:
    # A cookie that is deleted ends in 1970: to the second.
    return found[0] if " 1970 " in found[0] else "…"


def behind(proxy: Any) -> Any:
    """Return the object behind one of Flask's proxies."""
    return proxy._get_current_object()


def raised(call: Callable[..., object], *args: Any, **kwargs: Any) -> Any:
    """Return the exception that *call* raises, or what it returns."""
    try:
        return {"returned": plain(call(*args, **kwargs))}
    except BaseException as error:
        return exception(error)
