"""Which of the rules about a use outside of a context an event belongs to: exactly one of them tells it."""

from __future__ import annotations

import re
from typing import Final, Literal

from flaskscope.doctor.case import Case
from flaskscope.events import AccessFailed

#: How functions are made jobs and commands, as their decorators are written, and what a person calls the result.
#: Flask's own ``app.cli.command()`` pushes a context, so ``cli.command`` is none of them.
_DECORATORS: Final = (
    (re.compile(r"^(click\.(command|group)|command|group)\b"), "click command"),
    (re.compile(r"^shared_task\b|\bcelery(_app)?\.task\b|^app\.task\b"), "Celery task"),
    (re.compile(r"^(rq\.)?job\b|^rq\.job\b"), "RQ job"),
    (re.compile(r"\bscheduled_job\b|\bscheduler\.task\b"), "APScheduler job"),
)

#: How threads of job runners are named.
_THREADS: Final = (
    (re.compile(r"^APScheduler\b"), "APScheduler job"),
    (re.compile(r"^ThreadPoolExecutor-"), "job of a thread pool"),
)


#: Where Python's own modules are, and packages that people install. Folders of a project are named like both.
_LIBRARY: Final = r"[\\/](site-packages|dist-packages|lib(64)?[\\/](python|pypy)3[^\\/]*|Lib)"

#: Files of tools that look at every name of a module, proxies that it imported among them, and mind no error.
_LOOKERS: Final = re.compile(
    r"[\\/](_pytest|pytest_asyncio|pydevd|_pydevd_bundle|IPython)[\\/]"
    rf"|{_LIBRARY}[\\/]((hypothesis|unittest|debugpy|jedi|nose2?)[\\/]|(inspect|doctest|pydoc|rlcompleter)\.py$)"
)


#: The same by the name of the package or module.
_LOOKING: Final = frozenset(
    "_pytest pytest_asyncio hypothesis unittest pydevd _pydevd_bundle debugpy IPython jedi nose nose2 inspect doctest "
    "pydoc rlcompleter".split()
)

#: What an ``except``, ``contextlib.suppress()`` or ``pytest.raises()`` names that expects such a use to fail.
_EXPECTED: Final = "RuntimeError"


def is_looked_at(event: AccessFailed, case: Case) -> bool:
    """Return whether nobody used the proxy of *event*: a test runner or a debugger looked at what a module has."""
    if event.via in _LOOKING:
        return True
    site = case.places.site(event.site)
    return site is not None and _LOOKERS.search(site.path) is not None


def is_expected(event: AccessFailed, case: Case) -> bool:
    """Return whether the line of *event* stands in a block that says that it minds a ``RuntimeError``."""
    return _EXPECTED in case.places.handled_around(event.site)


def job_kind(event: AccessFailed, case: Case) -> str | None:
    """Return what kind of job or command the code runs in that failed, or ``None`` if nothing says so."""
    if event.runner is not None:
        return event.runner
    for decorator in case.places.decorators(event.site):
        for pattern, kind in _DECORATORS:
            if pattern.search(decorator):
                return kind
    name = case.places.lane(event.lane)
    return next((kind for pattern, kind in _THREADS if pattern.search(name)), None)


def outside_kind(
    event: AccessFailed, case: Case
) -> Literal["import", "thread", "job", "app", "request", "none"]:
    """Return which rule is to tell *event*."""
    if is_looked_at(event, case) or is_expected(event, case):
        return "none"
    if event.importing:
        return "import"
    if case.starter_of(event.lane) is not None:
        return "thread"
    # What has an app context of its own and asks for a request is no job without a context.
    if not case.stacks.get(event.lane) and job_kind(event, case) is not None:
        return "job"
    return "app" if event.needs == "app" else "request"


def nearness(event: AccessFailed, case: Case) -> int:
    """Return how near to *event* a context of this recording was: 3 in its lane, 0 nowhere.

    Between them are 2, what runs there was started inside one, and 1, one was pushed in another lane.
    """
    if case.stacks.get(event.lane):
        return 3
    if case.starter_of(event.lane) is not None:
        return 2
    return 1 if case.pushed() else 0


def used(event: AccessFailed, case: Case) -> str:
    """Return the beginning of a sentence: what was used, at which line, through which package."""
    via = "" if event.via is None else f", through {event.via}"
    return f"`{event.proxy}` was used {case.places.at(event.site, 'somewhere')}{via}"


def pushed_elsewhere(event: AccessFailed, case: Case) -> str:
    """Return a sentence on what is pushed in other threads at this moment, with a space before it, or nothing."""
    elsewhere: dict[int, str] = {}
    for seen in case.pushed():
        if seen.lane != event.lane:
            elsewhere[seen.lane] = case.who(seen)
    if not elsewhere:
        return " No other thread had a context pushed then."
    shown = [f"{who} in {case.places.lane(lane)}" for lane, who in list(elsewhere.items())[:3]]
    more = f" and {len(elsewhere) - 3} more" if len(elsewhere) > 3 else ""
    others = f"{', '.join(shown)}{more}"
    return f" Pushed at that moment in other threads: {others}. A context is only seen by its own thread."
