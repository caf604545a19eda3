"""Ways to watch an app that do change something: each must be caught, or the scenarios prove nothing.

Every one of them looks harmless, and most were seen in tools that people use.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import flask
from flask import Flask, Request, g, request, session

from tests.transparency.scenario import behind

#: Each control by its name, with the scenario that is meant to catch it.
CONTROLS: dict[str, tuple[Callable[[Flask], None], str]] = {}

_patched: set[str] = set()


def control(*, caught_by: str) -> Callable[[Callable[[Flask], None]], None]:
    """Register a function under its name, written with spaces; *caught_by* is the name of a scenario."""

    def register(function: Callable[[Flask], None]) -> None:
        CONTROLS[function.__name__.replace("_", " ")] = function, caught_by

    return register


def _once(owner: Any, name: str, build: Callable[[Any], Any]) -> None:
    """Replace a method of a class, the first time this is asked for."""
    key = f"{owner} {name}"
    if key not in _patched:
        _patched.add(key)
        setattr(owner, name, build(getattr(owner, name)))


@control(caught_by="session_uses.every_use")
def reads_the_session(app: Flask) -> None:
    def receive(sender: Any, **extra: Any) -> None:
        session.get("user")

    flask.request_started.connect(receive, app, weak=False)


@control(caught_by="requests.what_the_environ_holds")
def reads_the_form(app: Flask) -> None:
    def receive(sender: Any, **extra: Any) -> None:
        len(request.form)

    flask.request_started.connect(receive, app, weak=False)


class _Delegate(flask.sessions.SessionInterface):
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def open_session(self, app: Any, request: Any) -> Any:
        return self.inner.open_session(app, request)

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        self.inner.save_session(app, session, response)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@control(caught_by="session.its_identity_and_type")
def stands_before_the_session_interface(app: Flask) -> None:
    app.session_interface = _Delegate(app.session_interface)


@control(caught_by="g.its_identity_and_type")
def subclasses_g(app: Flask) -> None:
    class Watched(app.app_ctx_globals_class):  # type: ignore[misc,name-defined]
        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)

    app.app_ctx_globals_class = Watched


@control(caught_by="own_g.own_class_of_no_relation")
def stamps_g(app: Flask) -> None:
    flask.appcontext_pushed.connect(lambda sender, **extra: setattr(g, "_watched", 1), app, weak=False)


_kept: list[Any] = []


@control(caught_by="lifetime.after_contexts_by_hand")
def keeps_g(app: Flask) -> None:
    flask.appcontext_pushed.connect(lambda sender, **extra: _kept.append(behind(g)), app, weak=False)


@control(caught_by="lifetime.after_requests")
def keeps_requests(app: Flask) -> None:
    flask.request_started.connect(lambda sender, **extra: _kept.append(behind(request)), app, weak=False)


@control(caught_by="lifetime.the_app_itself")
def keeps_the_app(app: Flask) -> None:
    _kept.append(app)


@control(caught_by="requests.middleware_around_the_app")
def stands_before_wsgi_app(app: Flask) -> None:
    inner = app.wsgi_app
    app.wsgi_app = lambda environ, start_response: inner(environ, start_response)  # type: ignore[method-assign]


@control(caught_by="by_hand.what_pop_is_given")
def swallows_what_pop_is_given(app: Flask) -> None:
    def build(original: Any) -> Any:
        def pop(self: Any, exc: Any = None) -> None:
            original(self, exc)

        return pop

    _once(flask.ctx.AppContext, "pop", build)
    if "RequestContext" in vars(flask.ctx):
        _once(vars(flask.ctx)["RequestContext"], "pop", build)


@control(caught_by="wrong_pops.pops_without_a_push")
def shows_its_frames(app: Flask) -> None:
    """A wrapper like any other, that debuggers are not asked to leave out."""

    def build(original: Any) -> Any:
        def pop(self: Any, *args: Any) -> None:
            return original(self, *args)  # type: ignore[no-any-return]

        return pop

    _once(flask.ctx.AppContext, "pop", build)


@control(caught_by="requests.what_the_environ_holds")
def adds_to_the_environ(app: Flask) -> None:
    def build(original: Any) -> Any:
        def init(self: Any, environ: Any, *args: Any, **kwargs: Any) -> None:
            environ["watch.started"] = 1
            original(self, environ, *args, **kwargs)

        return init

    _once(Request, "__init__", build)


@control(caught_by="requests.a_plain_answer")
def adds_a_header(app: Flask) -> None:
    flask.request_finished.connect(
        lambda sender, response, **extra: response.headers.set("Server-Timing", "app"), app, weak=False
    )


@control(caught_by="by_hand.an_app_context")
def logs_a_line(app: Flask) -> None:
    flask.appcontext_pushed.connect(
        lambda sender, **extra: logging.getLogger("watch").debug("pushed"), app, weak=False
    )


@control(caught_by="by_hand.an_app_context")
def warns(app: Flask) -> None:
    flask.appcontext_pushed.connect(
        lambda sender, **extra: warnings.warn("watched", stacklevel=2), app, weak=False
    )


@control(caught_by="introspection.an_app_from_outside")
def registers_a_callback(app: Flask) -> None:
    app.before_request(lambda: None)


@control(caught_by="by_hand.an_app_context")
def makes_a_request_of_its_own(app: Flask) -> None:
    app.test_client().get("/watched")


@control(caught_by="introspection.contexts_from_outside")
def makes_contexts_of_its_own(app: Flask) -> None:
    class Watched(flask.ctx.AppContext):
        pass

    app.app_context = lambda: Watched(app)  # type: ignore[method-assign]


@control(caught_by="threads_started.that_raises")
def wraps_what_threads_run(app: Flask) -> None:
    def build(original: Any) -> Any:
        def run(self: Any) -> None:
            original(self)

        return run

    _once(threading.Thread, "run", build)


@control(caught_by="threads_started.jobs")
def wraps_what_pools_are_given(app: Flask) -> None:
    def build(original: Any) -> Any:
        def submit(self: Any, fn: Any = None, /, *args: Any, **kwargs: Any) -> Any:
            return original(self, lambda: fn(*args, **kwargs))

        return submit

    _once(ThreadPoolExecutor, "submit", build)


@control(caught_by="greenlets.named_when_somebody_asks")
def asks_for_names_of_greenlets(app: Flask) -> None:
    def receive(sender: Any, **extra: Any) -> None:
        getattr(sys.modules["gevent"].getcurrent(), "name", None)

    flask.appcontext_pushed.connect(receive, app, weak=False)


@control(caught_by="g.hostile_values_are_left_alone")
def writes_values_down(app: Flask) -> None:
    """``repr`` of whatever is put into ``g``, as one would in a hurry."""

    def build(original: Any) -> Any:
        def set_attribute(self: Any, name: str, value: Any) -> None:
            with suppress(Exception):
                repr(value)
            original(self, name, value)

        return set_attribute

    _once(flask.ctx._AppCtxGlobals, "__setattr__", build)


@control(caught_by="limits.alarms_while_g_is_used")
def swallows_every_exception(app: Flask) -> None:
    """A hook that catches what it should not: the time limit that went off within it."""

    def build(original: Any) -> Any:
        def set_attribute(self: Any, name: str, value: Any) -> None:
            original(self, name, value)
            with suppress(Exception):
                for _ in range(50):
                    len(name)

        return set_attribute

    _once(flask.ctx._AppCtxGlobals, "__setattr__", build)


@control(caught_by="threads.a_thread_that_python_did_not_start")
def asks_for_the_current_thread(app: Flask) -> None:
    flask.appcontext_pushed.connect(lambda sender, **extra: threading.current_thread().name, app, weak=False)


@control(caught_by="introspection.signatures")
def replaces_iteration_of_g(app: Flask) -> None:
    def build(original: Any) -> Any:
        def iterate(self: Any) -> Any:
            return iter(list(original(self)))

        return iterate

    _once(flask.ctx._AppCtxGlobals, "__iter__", build)


@control(caught_by="odd_apps.an_app_that_was_not_used_yet")
def touches_the_templates(app: Flask) -> None:
    app.jinja_env.globals["watched"] = True
