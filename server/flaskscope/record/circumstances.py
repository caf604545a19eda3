"""Looks around a failed use of a proxy: whose line it was, through which package, in which kind of job."""

from __future__ import annotations

import os
import sysconfig
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any, NamedTuple

from flaskscope.record.callsite import MAX_FRAMES, is_passed_over

#: Frames that are walked: a template or a database query lies deep in its packages.
MAX_WALKED = 10 * MAX_FRAMES

#: Modules of job runners that are on the stack while a job runs, and not while one is sent, and what a person calls
#: such a job.
_RUNNERS = (
    ("celery.app.trace", "Celery task"),
    ("rq.job", "RQ job"),
    ("apscheduler.executors.", "APScheduler job"),
    ("huey.consumer", "Huey task"),
    ("dramatiq.worker", "Dramatiq actor"),
)

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

#: Where packages are that people install, and what comes with Python or is started by it.
_LIBRARIES = tuple(
    {
        os.path.join(os.path.realpath(path) if real else path, "")
        for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
        if (path := sysconfig.get_path(name))
        for real in (False, True)
    }
)


#: Folders of packages, also of environments that are not ours; Debian's own are in the second.
_FOLDERS = ("site-packages", "dist-packages")


class Circumstances(NamedTuple):
    """Where a proxy was used, and how.

    *code* and *instruction* are the place in the user's own code, or where there is none the innermost one. *importing*
    is whether a module is being imported around it. *via* is the package that used the proxy where that was not the
    user's own code, *runner* the kind of job it ran in.
    """

    code: CodeType | None
    instruction: int
    importing: bool
    via: str | None
    runner: str | None


def circumstances_of(frame: FrameType | None) -> Circumstances:
    """Look at *frame*, in which a proxy was used, and outwards."""
    inner: tuple[CodeType, int] | None = None
    own: tuple[CodeType, int] | None = None
    via = runner = None
    importing = False
    steps = 0
    while frame is not None and steps < MAX_WALKED:
        steps += 1
        path = frame.f_code.co_filename
        if path.startswith("<frozen importlib"):
            importing = True
            break
        if not is_passed_over(path):
            library = _is_of_a_library(path)
            if inner is None:
                inner = frame.f_code, frame.f_lasti
                via = _module_of(frame).partition(".")[0] or None if library else None
            if own is None and not library:
                own = frame.f_code, frame.f_lasti
            if library and runner is None:
                runner = _runner(_module_of(frame))
        frame = frame.f_back
    code, instruction = own or inner or (None, 0)
    return Circumstances(code, instruction, importing, via, runner)


@lru_cache(maxsize=2_048)
def _is_of_a_library(path: str) -> bool:
    if path.startswith(_OURS):
        return not path.startswith(os.path.join(_OURS, "demo", ""))
    return path.startswith(_LIBRARIES) or any(f"{os.sep}{name}{os.sep}" in path for name in _FOLDERS)


def _module_of(frame: FrameType) -> str:
    # The globals of a frame are a dict, whatever the app does; what it has put there may be anything.
    name: Any = dict.get(frame.f_globals, "__name__")
    return name if type(name) is str else ""


def _runner(module: str) -> str | None:
    return next((kind for start, kind in _RUNNERS if module.startswith(start)), None)
