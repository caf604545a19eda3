"""At Python's limits: deep recursion, and signals that arrive at any moment."""

from __future__ import annotations

import contextvars
import ctypes
import gc
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import flask
from flask import Flask, g, session

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario


def _app() -> Flask:
    app = Flask("app")
    app.secret_key = "secret"
    return app


#: How far below the limit the recursions begin, in frames, and how many times each begins a frame further down: so
#: that it breaks at each call that is made within a step.
_FRAMES = 150
_BEGINNINGS = 16


def _from_every_depth(call: Callable[[], Any]) -> list[Any]:
    """Call *call* near the limit of recursion, and each time a frame nearer to it; return what it returned."""
    frame: FrameType | None = sys._getframe()
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    limit = sys.getrecursionlimit()
    found = []
    for beginning in range(_BEGINNINGS):
        sys.setrecursionlimit(depth + _FRAMES + beginning)
        try:
            found.append(call())
        finally:
            sys.setrecursionlimit(limit)
    return found


def _until_it_breaks(step: Any) -> Any:
    """Recurse with *step* at each level until Python refuses; return how that ended."""
    return _from_every_depth(lambda: _recurse(step))


def _recurse(step: Any) -> Any:
    reached = [0]

    def deeper() -> None:
        reached[0] += 1
        step(reached[0])
        deeper()

    try:
        deeper()
    except BaseException as error:
        return [type(error).__name__, str(error)[:32], reached[0] > _FRAMES // 8]
    return "never"


@scenario
def recursion_that_touches_g(watch: Watch) -> Any:
    app = watch(_app())
    seen: list[Any] = []
    with app.app_context():
        g.value = 0
        for step in (
            lambda level: setattr(g, "value", level),
            lambda level: g.value,
            lambda level: g.get("none"),
            lambda level: getattr(g, "none", None),
            lambda level: g.setdefault(f"name{level}", level),
            lambda level: "value" in g,
            lambda level: setattr(g, "nested", [[[level]]]),
        ):
            seen.append(_until_it_breaks(step))
            g.after = 1
            seen.append([g.after, type(g.value).__name__])
    return seen


@scenario
def recursion_that_touches_the_session(watch: Watch) -> Any:
    app = watch(_app())
    seen: list[Any] = []
    with app.test_request_context():
        for step in (
            lambda level: session.__setitem__("value", level),
            lambda level: session.get("value"),
            lambda level: session["value"],
            lambda level: session.pop("none", None),
            lambda level: session.update(a=level),
        ):
            seen.append(_until_it_breaks(step))
            session["after"] = 1
            seen.append([session["after"], session.modified])
    return seen


@scenario
def recursion_that_pushes_contexts(watch: Watch) -> Any:
    app = watch(_app())

    def push(level: int = 0) -> None:
        with app.app_context():
            g.level = level
            push(level + 1)

    def push_requests(level: int = 0) -> None:
        with app.test_request_context():
            g.level = level
            push_requests(level + 1)

    def ended(call: Any) -> str:
        try:
            # In contexts of its own: what is left pushed at the limit is a matter of luck, also without us.
            contextvars.copy_context().run(call)
        except Exception:
            return "ended"
        return "never"

    seen: list[Any] = []
    for call in (push, push_requests):
        seen.append(_from_every_depth(partial(ended, call)))
        with app.app_context():
            seen.append(sorted(g))
    return seen


@scenario
def recursion_that_fails_to_find_a_context(watch: Watch) -> Any:
    watch(_app())

    def look(level: int) -> None:
        try:
            g.value  # noqa: B018
        except RuntimeError as error:
            if isinstance(error, RecursionError):
                raise

    return [_until_it_breaks(look), raised(lambda: g.value)]


@scenario
def requests_in_each_other_to_the_limit(watch: Watch) -> Any:
    app = _app()

    @app.get("/")
    def index() -> str:
        return app.test_client().get("/").get_data(as_text=True)

    watch(app)
    app.testing = True
    seen = _from_every_depth(lambda: raised(lambda: send(app.wsgi_app).plain).get("type"))
    return [seen, flask.has_request_context(), flask.has_app_context()]


#: Alarms per scenario, exceptions that are thrown into a thread, and the seconds between two alarms.
_ALARMS = 300
_THROWN = 40
_EVERY_SECONDS = 0.0004


class Alarm(Exception):
    """What the handler of a signal raises: a time limit, say."""


def _every_alarm_arrives(use: Any) -> Any:
    """Use something in a loop while alarms go off; return how many of the raised exceptions did not arrive."""
    raised_count = 0
    arrived = 0
    # Python loses what is raised while it clears away garbage, whoever made that: there must be none.
    gc.collect()
    gc.disable()

    def ring(number: int, frame: Any) -> None:
        nonlocal raised_count
        raised_count += 1
        raise Alarm(raised_count)

    before = signal.signal(signal.SIGALRM, ring)
    try:
        while raised_count < _ALARMS:
            so_far = raised_count
            try:
                signal.setitimer(signal.ITIMER_REAL, _EVERY_SECONDS)
                while raised_count == so_far:
                    use()
            except Alarm:
                arrived += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    return {"raised": raised_count >= _ALARMS, "lost": raised_count - arrived}


@scenario
def alarms_while_g_is_used(watch: Watch) -> Any:
    app = watch(_app())

    def use() -> None:
        g.value = [1, {"a": 2}]
        g.value  # noqa: B018
        g.get("none")
        g.setdefault("x", 1)
        g.pop("x", None)

    with app.app_context():
        return _every_alarm_arrives(use)


@scenario
def alarms_while_a_session_is_used(watch: Watch) -> Any:
    app = watch(_app())

    def use() -> None:
        session["value"] = [1, {"a": 2}]
        session.get("value")
        session.update(a=1, b=[2])
        session.pop("a", None)

    with app.test_request_context():
        return _every_alarm_arrives(use)


@scenario
def alarms_while_a_context_is_missing(watch: Watch) -> Any:
    watch(_app())

    def use() -> None:
        with suppress(RuntimeError):
            g.value  # noqa: B018

    return _every_alarm_arrives(use)


@scenario
def exceptions_thrown_into_a_thread(watch: Watch) -> Any:
    """What `PyThreadState_SetAsyncExc` throws, as RQ does at the end of a job's time, arrives at any moment."""
    app = watch(_app())
    arrived = 0
    ready, over = threading.Event(), threading.Event()

    def work() -> None:
        nonlocal arrived
        with app.app_context():
            while not over.is_set():
                try:
                    ready.set()
                    for _ in range(1_000_000):  # for seconds, unless it is thrown out
                        g.value = 1
                except Alarm:
                    arrived += 1

    # As above: what is thrown while garbage is cleared away is lost.
    gc.collect()
    gc.disable()
    thread = threading.Thread(target=work)
    thread.start()
    thrown = 0
    while thrown == arrived < _THROWN and ready.wait(20):
        ready.clear()
        thread.join(0.0005)  # until it is in the middle of it
        if arrived + 1 == _THROWN:
            over.set()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Alarm))
        thrown += 1
        thread.join(0.0005)
        while thrown != arrived and not ready.is_set() and thread.is_alive():
            thread.join(0.0005)
    over.set()
    thread.join(60)
    gc.enable()
    return {"lost": thrown - arrived, "over": not thread.is_alive()}


@scenario
def large_values_are_not_walked(watch: Watch) -> Any:
    """What is seen of a value is bounded: a deep, wide or cyclic one costs no more than any other."""
    app = watch(_app())
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    cyclic: dict[str, Any] = {}
    cyclic["self"] = cyclic
    wide = dict.fromkeys(range(100_000))
    with app.test_request_context():
        for number, value in enumerate((deep, cyclic, wide, "x" * 10_000_000, 10**5000, b"x" * 10_000_000)):
            setattr(g, f"value{number}", value)
            session[f"value{number}"] = value
        del deep, value
        session.clear()
        # Freed from the outside in: Python itself would recurse.
        inner = g.pop("value0")
        while inner:
            inner = inner[0]
        return sorted(g)
