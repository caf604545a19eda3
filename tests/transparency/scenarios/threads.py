"""Threads: without a context, with a copied one, with one of their own, and with one that they leave behind."""

from __future__ import annotations

import _thread
import contextvars
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask
from flask import Flask, copy_current_request_context, current_app, g, request, session

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, behind, raised, scenario

#: Seconds until a thread of a scenario is taken to hang.
PATIENCE_SECONDS = 20


def _app() -> tuple[Flask, list[Any]]:
    app = Flask("app")
    app.secret_key = "secret"
    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append([sorted(g), error]))
    return app, torn


def _in_thread(call: Any) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(raised(call)))
    thread.start()
    thread.join(PATIENCE_SECONDS)
    return found


@scenario
def a_thread_without_a_context(watch: Watch) -> Any:
    app, torn = _app()
    found: list[Any] = []

    @app.get("/")
    def index() -> str:
        g.a = 1
        found.append(_in_thread(lambda: g.a))
        found.append(_in_thread(lambda: current_app.name))
        found.append(_in_thread(lambda: request.path))
        found.append(_in_thread(lambda: session["a"]))
        return "index"

    watch(app)
    return [send(app.wsgi_app).plain, found, torn]


@scenario
def a_thread_with_a_copied_request_context(watch: Watch) -> Any:
    app, torn = _app()
    found: list[Any] = []

    @app.get("/")
    def index() -> str:
        g.a = 1
        session["a"] = 1

        @copy_current_request_context
        def work(*args: Any, **kwargs: Any) -> Any:
            """Work."""
            g.b = 2
            session["b"] = 2
            return [request.path, sorted(g), dict(session), list(args), kwargs]

        found.append([work.__name__, work.__doc__])
        found.append(_in_thread(lambda: work(1, two=2)))
        found.append(_in_thread(lambda: work()))
        found.append([sorted(g), dict(session)])
        return "index"

    watch(app)
    return [send(app.wsgi_app).plain, found, torn, raised(copy_current_request_context, lambda: None)]


@scenario
def a_thread_with_a_context_of_its_own(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)

    def work() -> Any:
        with app.app_context():
            g.a = threading.current_thread().name
            with app.test_request_context("/own"):
                return [request.path, sorted(g)]

    with app.app_context():
        g.outer = 1
        found = [_in_thread(work), sorted(g)]
    return [found, torn]


@scenario
def a_pool_of_threads(watch: Watch) -> Any:
    app, torn = _app()

    @app.get("/")
    def index() -> dict[str, Any]:
        owned = behind(current_app)

        def work(number: int) -> int:
            with owned.app_context():
                g.number = number
                return int(g.number) * 2

        copied = contextvars.copy_context()
        with ThreadPoolExecutor(2) as pool:
            doubled = list(pool.map(work, range(20)))
            bare = raised(pool.submit(lambda: request.path).result)
            shared = pool.submit(copied.run, lambda: [request.path, sorted(g)]).result()
        return {"doubled": doubled, "bare": bare["text"], "shared": shared}

    watch(app)
    return [send(app.wsgi_app).plain, sorted(torn, key=repr)]


@scenario
def a_context_left_pushed_when_its_thread_ends(watch: Watch) -> Any:
    """It dies with the thread, without the garbage collector, and its teardowns never run."""
    app, torn = _app()
    watch(app)
    references: list[Any] = []

    def work() -> None:
        for context in (app.app_context(), app.test_request_context("/left")):
            context.push()
            g.kept = Kept()
            references.append(weakref.ref(context))
            references.append(weakref.ref(g.kept))

    gc.collect()
    gc.disable()
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        del thread
        alive = [reference() is not None for reference in references]
    finally:
        gc.enable()
    return [alive, torn, flask.has_app_context()]


class Kept:
    """Something that can be referred to weakly."""


@scenario
def a_thread_that_python_did_not_start(watch: Watch) -> Any:
    """A foreign thread is not registered with ``threading`` by being watched."""
    app, torn = _app()
    app.add_url_rule("/", "index", lambda: g.setdefault("a", "index"))
    watch(app)
    found: list[Any] = []
    done = threading.Event()

    def work() -> None:
        before = threading.active_count()
        with app.app_context():
            g.a = 1
            g.get("missing")
        found.append(send(app.wsgi_app).plain)
        found.append(raised(lambda: request.path))
        found.append(threading.active_count() - before)
        done.set()

    _thread.start_new_thread(work, ())
    done.wait(PATIENCE_SECONDS)
    return [found, torn]


class OwnThread(threading.Thread):
    """A thread whose name is computed, and counted."""

    asked = 0

    @property
    def name(self) -> str:
        OwnThread.asked += 1
        return "own"

    @name.setter
    def name(self, value: str) -> None:
        raise AttributeError("the name is fixed")


@scenario
def a_thread_that_names_itself(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)

    def work() -> None:
        OwnThread.asked = 0
        with app.app_context():
            g.a = 1
        torn.append(OwnThread.asked)

    thread = OwnThread(target=work)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    return torn


@scenario
def threads_at_once(watch: Watch) -> Any:
    """Every thread reads back what it wrote, whatever the others do."""
    app, torn = _app()

    @app.get("/<int:number>")
    def index(number: int) -> str:
        for step in range(100):
            g.value = (number, step)
            if g.value != (number, step):
                return "mixed up"
        session["number"] = number
        return str(session["number"])

    watch(app)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: send(app.wsgi_app, f"/{number}").plain, range(24)))
    return [answers, len(torn)]
