"""Threads that are started, and jobs that are given to a pool of threads, while a context is pushed."""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.thread
import os
import threading
import weakref
from sys import _getframe
from time import perf_counter_ns as now
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

from flaskscope.record import flask_versions
from flaskscope.record.callsite import MAX_FRAMES, is_passed_over
from flaskscope.record.channel import THREAD_STARTED, Channel, channels, number_of_app_context
from flaskscope.record.identity import Key, current_tasks, get_ident, lane_key
from flaskscope.record.passages import passages, tell_passage
from flaskscope.record.patches import Patches
from flaskscope.record.pushers import thread_name

#: What a record says began: a thread, told by `Starting`; a job of a pool; a job that asgiref runs on behalf of its
#: caller, who waits for it; and the end of such a job. The last three are told by the identity of their thread.
(THREAD, JOB, LENT, RETURNED) = range(4)

#: Stands for the identity of a thread that could not be started.
NOT_STARTED: Final = -1

#: Jobs that wait in pools and were given to them inside a context; of more nobody says who gave them.
MAX_JOBS = 10_000

_library = os.path.dirname(os.__file__) + os.sep
_FUTURES = os.path.dirname(concurrent.futures.__file__) + os.sep

#: Code that starts threads for somebody else.
_STARTERS = (
    threading.__file__,
    _FUTURES,
    *(os.path.join(_library, package) + os.sep for package in ("asyncio", "multiprocessing")),
)
_ASGIREF = os.path.join("asgiref", "sync.py")

#: A pool starts threads of its own when it is given jobs: its jobs are what is told.
_POOL_GROWS: Final = concurrent.futures.ThreadPoolExecutor._adjust_thread_count.__code__

_WORK_ITEM: Final[type[Any]] = vars(concurrent.futures.thread)["_WorkItem"]


class Starting:
    """A thread that somebody starts. Is known here as long as somebody else keeps it alive."""

    __slots__ = ("_thread", "_told")

    def __init__(self, thread: Any) -> None:
        self._thread = weakref.ref(thread)
        self._told: int | None = None

    def tell(self, identity: int | None) -> None:
        """Note the *identity* of the thread, which runs now, or that it is `NOT_STARTED`."""
        self._told = identity

    @property
    def identity(self) -> int | None:
        """The identity of the thread, `NOT_STARTED` if it could not be started, ``None`` while that is open."""
        if self._told is None:
            thread = self._thread()
            # It notes that itself before it runs anything, which may be some time before whoever started it goes on.
            return None if thread is None else object.__getattribute__(thread, "_ident")
        return self._told


class _Job(NamedTuple):
    """Who gave a job to a pool."""

    channel: Channel
    giver: Key
    context: int | None
    code: CodeType | None
    instruction: int
    lent: bool


#: By the address of the pool's note of it, as long as that waits.
_jobs: dict[int, _Job] = {}


def install(patches: Patches) -> None:
    """Hook the start of threads and the giving and running of jobs. Other apps pay for a look at one variable."""
    patches.replace(threading.Thread, "start", _start, "thread.started")
    patches.replace(_WORK_ITEM, "__init__", _take_job, "thread.started")
    patches.replace(_WORK_ITEM, "run", _run_job, "thread.started")


def forget_jobs() -> None:
    """Forget who gave the jobs that wait."""
    _jobs.clear()


def _start(original: Any) -> Any:
    def start(self: Any) -> None:
        __traceback_hide__ = True
        if not channels or (pushed := _newest_pushed()) is None:
            return original(self)  # type: ignore[no-any-return]
        starting = Starting(self)
        _note_start(self, *pushed, _getframe(1), starting)
        try:
            result = original(self)
        except BaseException:
            starting.tell(NOT_STARTED)
            raise
        starting.tell(object.__getattribute__(self, "_ident"))
        return result  # type: ignore[no-any-return]

    return start


def _note_start(thread: Any, channel: Channel, context: Any, frame: FrameType, starting: Starting) -> None:
    """Record that *thread* is about to start: what happens in it must come after."""
    try:
        if frame.f_code is _POOL_GROWS:
            return
        # Not thread.name: a subclass may have overridden that.
        try:
            name = object.__getattribute__(thread, "_name")
        except AttributeError:
            return  # It was never initialised, and cannot be started.
        code, instruction, _ = _starting_place(frame)
        me = get_ident()
        if passages:
            tell_passage(me)
        key = lane_key(me) if current_tasks else me
        head = (
            channel.next_order(),
            now(),
            key,
            THREAD_STARTED,
            _number_of(channel, context),
            code,
            instruction,
        )
        channel.append((*head, name if type(name) is str else "", THREAD, starting))
    except Exception as error:
        if not channel.absorbs("thread.started", error):
            raise


def _take_job(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        __traceback_hide__ = True
        original(self, *args, **kwargs)
        if channels:
            if _jobs:
                _jobs.pop(id(self), None)  # one that was cancelled with its pool
            if (pushed := _newest_pushed()) is not None:
                _note_job(self, *pushed, _getframe(1))

    return __init__


def _note_job(item: Any, channel: Channel, context: Any, frame: FrameType) -> None:
    try:
        code, instruction, lent = _starting_place(frame)
        me = get_ident()
        if passages:
            tell_passage(me)
        key = lane_key(me) if current_tasks else me
        if len(_jobs) < MAX_JOBS:
            _jobs[id(item)] = _Job(channel, key, _number_of(channel, context), code, instruction, lent)
    except Exception as error:
        if not channel.absorbs("thread.started", error):
            raise


def _run_job(original: Any) -> Any:
    # From Python 3.14 on it is given the state of its worker.
    def run(self: Any, *args: Any, **kwargs: Any) -> None:
        __traceback_hide__ = True
        job = _jobs.pop(id(self), None) if _jobs else None
        if job is None:
            return original(self, *args, **kwargs)  # type: ignore[no-any-return]
        _tell_job(self, job, LENT if job.lent else JOB)
        try:
            return original(self, *args, **kwargs)  # type: ignore[no-any-return]
        finally:
            if job.lent:
                _tell_job(self, job, RETURNED)

    return run


def _tell_job(item: Any, job: _Job, what: int) -> None:
    """Record that a job begins, in front of whatever it does."""
    channel = job.channel
    try:
        # A job that was cancelled while it waited is not run.
        if what == JOB and object.__getattribute__(item.future, "_state") != "PENDING":
            return
        me = get_ident()
        head = (
            channel.next_order(),
            now(),
            job.giver,
            THREAD_STARTED,
            job.context,
            job.code,
            job.instruction,
        )
        channel.append((*head, thread_name(me) or "", what, me))
    except Exception as error:
        if not channel.absorbs("thread.started", error):
            raise


def _newest_pushed() -> tuple[Channel, Any] | None:
    """Return the newest context on the stack of the current thread, if it is one that is recorded."""
    app_context = flask_versions.app_variable.get(None)
    request_context = flask_versions.request_variable.get(None)
    if app_context is None and request_context is None:
        return None
    of_app = None if app_context is None else channels.get(id(app_context.app))
    of_request = None if request_context is None else channels.get(id(request_context.app))
    if of_request is None or (of_app is not None and of_app is not of_request):
        return None if of_app is None else (of_app, app_context)
    if of_app is None:
        return of_request, request_context
    newer = (_number_of(of_request, app_context) or 0) > (_number_of(of_request, request_context) or 0)
    return of_request, app_context if newer else request_context


def _number_of(channel: Channel, context: Any) -> int | None:
    kind = flask_versions.RequestContext
    if kind is not None and isinstance(context, kind):
        return channel.numbers.get(id(context))
    return number_of_app_context(channel, context) or None


def _starting_place(frame: FrameType | None) -> tuple[CodeType | None, int, bool]:
    """Return the place in code that wants a thread, at or outside *frame*, and whether that is asgiref's."""
    for _ in range(MAX_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        path = code.co_filename
        if path.endswith(_ASGIREF):
            return None, 0, True
        if not is_passed_over(path) and not path.startswith(_STARTERS):
            return code, frame.f_lasti, False
        frame = frame.f_back
    return None, 0, False
