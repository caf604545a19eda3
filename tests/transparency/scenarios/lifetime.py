"""What is gone once a context is popped: without the garbage collector, as soon as nothing refers to it."""

from __future__ import annotations

import gc
import sys
import weakref
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import flask
from flask import Flask, current_app, g, request, session

from tests.transparency.driving import environ_for, send
from tests.transparency.scenario import Watch, behind, raised, scenario


class Kept:
    """Something that can be referred to weakly."""


class Things:
    """Weak references to what a context carries, by name."""

    def __init__(self) -> None:
        self.references: dict[str, Any] = {}

    def add(self, name: str, thing: Any) -> None:
        self.references[name] = weakref.ref(thing)

    def add_context(self) -> None:
        """Take what the current context carries, without keeping it."""
        self.add("g", behind(g))
        g.kept = Kept()
        self.add("value in g", g.kept)
        self.add("app context", vars(flask.globals)["_cv_app"].get())
        if flask.has_request_context():
            variable = vars(flask.globals).get("_cv_request", vars(flask.globals)["_cv_app"])
            self.add("request context", variable.get())
            self.add("request", behind(request))
            own = behind(session)
            self.add("session", own)
            own["kept"] = kept = Kept()
            self.add("value in session", kept)
            del own["kept"]

    @property
    def alive(self) -> dict[str, bool]:
        return {name: reference() is not None for name, reference in self.references.items()}


def _without_collector(call: Callable[[], Any]) -> Any:
    gc.collect()
    gc.disable()
    try:
        return call()
    finally:
        gc.enable()


def _app(things: Things) -> Flask:
    app = Flask("app")
    app.secret_key = "secret"

    @app.get("/")
    def index() -> str:
        things.add_context()
        return "index"

    @app.get("/fail")
    def fail() -> str:
        things.add_context()
        raise ValueError("fail")

    @app.get("/stream")
    def stream() -> Any:
        things.add_context()
        return flask.Response(flask.stream_with_context(part + request.path for part in "ab"))

    return app


@scenario
def after_requests(watch: Watch) -> Any:
    seen = []
    for path in ("/", "/fail", "/stream"):
        things = Things()
        app = watch(_app(things))

        def call(path: str = path, app: Flask = app, things: Things = things) -> Any:
            environ = environ_for(path)
            send(app.wsgi_app, environ=environ)
            alive = things.alive
            del environ
            return [path, alive, things.alive]

        seen.append(_without_collector(call))
    return seen


@scenario
def after_contexts_by_hand(watch: Watch) -> Any:
    things = Things()
    app = watch(_app(things))

    def in_block() -> Any:
        with app.app_context():
            things.add_context()
        first = things.alive
        with app.test_request_context():
            things.add_context()
        return [first, things.alive]

    def bare() -> Any:
        context = app.app_context()
        context.push()
        things.add_context()
        context.pop()
        del context
        first = things.alive
        made = app.test_request_context()
        made.push()
        made.push()
        things.add_context()
        made.pop()
        made.pop()
        del made
        return [first, things.alive]

    def failing() -> Any:
        try:
            with app.app_context():
                things.add_context()
                raise ValueError("in the block")
        except ValueError as error:
            text = str(error)
        return [text, things.alive]

    def never_pushed() -> Any:
        things.add("context", app.app_context())
        things.add("request context", app.test_request_context())
        return things.alive

    return [_without_collector(call) for call in (in_block, bare, failing, never_pushed)]


@scenario
def after_exceptions_by_hand(watch: Watch) -> Any:
    """Handed to ``pop``, raised by a teardown, and popped on the wrong thread."""
    things = Things()
    app = _app(things)

    class Gone(Exception):
        pass

    @app.teardown_appcontext
    def teardown(error: BaseException | None) -> None:
        if g.get("fail"):
            raise Gone("teardown")

    watch(app)

    def given() -> Any:
        context = app.app_context()
        context.push()
        things.add_context()
        error = Gone("given")
        things.add("error", error)
        context.pop(error)
        del context, error
        return things.alive

    def raising() -> Any:
        def leave() -> None:
            with app.app_context():
                things.add_context()
                g.fail = True

        found = raised(leave)["text"]
        return [found, things.alive]

    return [_without_collector(given), _without_collector(raising)]


@scenario
def after_a_client(watch: Watch) -> Any:
    things = Things()
    app = watch(_app(things))

    def call() -> Any:
        with app.test_client() as client:
            client.get("/")
            first = things.alive
            client.get("/")
            second = things.alive
        del client
        return [first, second, things.alive]

    return _without_collector(call)


@scenario
def the_app_itself(watch: Watch) -> Any:
    """An app that nothing refers to is gone at once, also while it is watched."""

    def call() -> Any:
        things = Things()
        app = Flask("app")
        app.secret_key = "secret"
        app.add_url_rule("/", "index", lambda: session.update(a=1) or g.setdefault("a", "index"))
        watch(app)
        # The answer to the warm-up was an exception, which holds on to its frames.
        gc.collect()
        send(app.wsgi_app)
        with app.app_context():
            g.a = 1
        things.add("app", app)
        things.add("session interface", app.session_interface)
        del app
        return things.alive

    return _without_collector(call)


@scenario
def who_refers_to_what_meanwhile(watch: Watch) -> Any:
    app = watch(_app(Things()))
    seen: list[Any] = []
    with app.app_context() as context:
        g.kept = kept = Kept()
        seen.append([sys.getrefcount(context), sys.getrefcount(behind(g)), sys.getrefcount(kept)])
    seen.append([sys.getrefcount(context), sys.getrefcount(context.g), sys.getrefcount(kept)])
    with app.test_request_context() as made:
        session["kept"] = kept
        g.kept = kept
        seen.append([sys.getrefcount(made), sys.getrefcount(made.request), sys.getrefcount(kept)])
        seen.append(sys.getrefcount(behind(session)))
    seen.append([sys.getrefcount(made), sys.getrefcount(made.request), sys.getrefcount(kept)])
    return seen


@scenario
def values_that_are_replaced(watch: Watch) -> Any:
    """A value is gone when its name gets another, whatever was seen of it."""
    app = watch(_app(Things()))

    def call() -> Any:
        things = Things()
        with app.test_request_context():
            for number, store in enumerate((g.__setattr__, session.__setitem__)):
                value = Kept()
                things.add(f"value {number}", value)
                container = [value]
                store("name", container)
                store("name", value)
                del value, container
                store("name", None)
            return things.alive

    return _without_collector(call)


_OF_FRAMES = ("frame", "traceback", "list", "tuple")


def _kinds_of_garbage(call: Callable[[], Any]) -> list[list[Any]]:
    """Return what only the collector could free after *call*, by type and number.

    Not its frames, nor lists and tuples: an exception holds the frames it passed through and those that called
    them, so also that of a wrapper and what it was about to record.
    """
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        call()
        gc.collect()
        kinds = Counter(type(thing).__qualname__ for thing in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    return sorted([kind, number] for kind, number in kinds.items() if kind not in _OF_FRAMES)


@scenario
def cycles_that_the_collector_finds(watch: Watch) -> Any:
    """Nothing is made that only the collector could free, beyond what Flask itself makes."""
    app = watch(_app(Things()))
    found = []
    for path in ("/", "/fail", "/stream", "/missing"):
        send(app.wsgi_app, path)
        found.append([path, _kinds_of_garbage(partial(send, app.wsgi_app, path))])

    def by_hand() -> None:
        with app.app_context():
            g.a = 1
            raised(lambda: g.none)
        with app.test_request_context():
            session["a"] = 1
            raised(lambda: session["none"])

    by_hand()
    found.append(["by hand", _kinds_of_garbage(by_hand)])
    return found


@scenario
def destructors_that_use_a_context(watch: Watch) -> Any:
    app = watch(_app(Things()))
    order: list[Any] = []

    class Destructed:
        def __del__(self) -> None:
            order.append([flask.has_app_context(), raised(lambda: current_app.name).get("text")])
            if flask.has_app_context():
                g.late = 1
            with app.app_context():
                g.within = 1

    with app.app_context():
        g.value = Destructed()
        g.value = None
        g.other = Destructed()
    order.append("popped")
    return order
