"""Contexts that are popped in the wrong order, on another thread, or without a push; and pushes that fail."""

from __future__ import annotations

import threading
from typing import Any

import flask
from werkzeug.routing import BaseConverter

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario
from tests.transparency.scenarios.by_hand import noting_app, state


@scenario
def pops_in_the_wrong_order(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    seen: list[Any] = []
    first, second = app.app_context(), app.app_context()
    first.push()
    second.push()
    seen.append([raised(first.pop), state()])
    seen.append([raised(second.pop), state()])
    seen.append([raised(first.pop), state()])
    return [seen, torn]


@scenario
def request_pops_in_the_wrong_order(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    seen: list[Any] = []
    first, second = app.test_request_context("/1"), app.test_request_context("/2")
    first.push()
    second.push()
    seen.append([raised(first.pop), state()])
    seen.append([raised(second.pop), state()])
    seen.append([raised(first.pop), state()])
    return [seen, torn]


@scenario
def an_app_context_left_under_a_request(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    request_context = app.test_request_context("/1")
    request_context.push()
    app_context = app.app_context()
    app_context.push()
    return [
        [raised(request_context.pop), state()],
        [raised(app_context.pop), state()],
        [raised(request_context.pop), state()],
        torn,
    ]


@scenario
def pops_without_a_push(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    seen = []
    for make in (app.app_context, app.test_request_context):
        seen.append(raised(make().pop))
        context = make()
        with context:
            pass
        seen.append(raised(context.pop))
        seen.append(raised(context.__exit__, None, None, None))
    return [seen, torn, state()]


@scenario
def a_pop_on_another_thread(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    seen: list[Any] = []
    for make in (app.app_context, app.test_request_context):
        context = make()
        context.push()
        thread = threading.Thread(target=lambda context=context: seen.append(raised(context.pop)))
        thread.start()
        thread.join()
        seen.append(state())
        seen.append(raised(context.pop))
        seen.append(state())
    return [seen, torn]


class FailingInterface(flask.sessions.SecureCookieSessionInterface):
    """Cannot open a session while it is told not to."""

    fail = False

    def open_session(self, app: Any, request: Any) -> Any:
        if self.fail:
            raise OSError("no storage")
        return super().open_session(app, request)


@scenario
def a_push_that_fails_in_open_session(watch: Watch) -> Any:
    app, torn = noting_app()
    app.session_interface = interface = FailingInterface()
    watch(app)
    interface.fail = True
    answer = raised(lambda: send(app.wsgi_app).plain)
    seen = [answer, state()]
    context = app.test_request_context("/by hand")
    seen += [raised(context.push), state(), raised(context.pop), state()]
    interface.fail = False
    seen += [raised(lambda: send(app.wsgi_app).plain), state()]
    return [seen, torn]


@scenario
def a_push_that_fails_in_matching(watch: Watch) -> Any:
    app, torn = noting_app()

    class Failing(BaseConverter):
        def to_python(self, value: str) -> str:
            raise ZeroDivisionError(value)

    app.url_map.converters["failing"] = Failing
    app.add_url_rule("/f/<failing:value>", "f", lambda value: value)
    watch(app)
    context = app.test_request_context("/f/x")
    return [
        raised(lambda: send(app.wsgi_app, "/f/x").plain),
        state(),
        raised(context.push),
        state(),
        raised(context.pop),
        state(),
        torn,
    ]
