"""Contexts that are pushed and popped by hand: in order, out of order, twice, on another thread, and failing."""

from __future__ import annotations

import sys
from typing import Any

import flask
from flask import Flask, current_app, g, request, session

from tests.transparency.driving import environ_for, send
from tests.transparency.scenario import Watch, behind, raised, scenario


def state() -> list[Any]:
    """What code sees now."""
    return [
        flask.has_app_context(),
        flask.has_request_context(),
        current_app.name if flask.has_app_context() else None,
        request.path if flask.has_request_context() else None,
        sorted(g) if flask.has_app_context() else None,
    ]


def noting_app(name: str = "app") -> tuple[Flask, list[Any]]:
    """An app that writes down its teardowns."""
    app = Flask(name)
    app.secret_key = "secret"
    torn: list[Any] = []
    app.teardown_request(lambda error: torn.append([f"{name} request", error, state()]))
    app.teardown_appcontext(lambda error: torn.append([f"{name} app", error, state()]))
    app.add_url_rule("/", "index", lambda: "index")
    return app, torn


@scenario
def an_app_context(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    seen = [state()]
    with app.app_context() as context:
        g.a = 1
        seen.append(state())
        seen.append([context.app is app, context.g is behind(g), type(context), sorted(vars(context))])
    seen.append(state())
    return [seen, torn]


@scenario
def a_bare_push_and_pop(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    seen: list[Any] = []
    for context in (
        app.app_context(),
        app.test_request_context("/here"),
        app.request_context(environ_for("/there")),
    ):
        seen.append(context.push())
        g.a = 1
        seen.append(state())
        seen.append(context.pop())
        seen.append(state())
    return [seen, torn]


@scenario
def the_same_context_twice(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    seen: list[Any] = []
    for context in (app.app_context(), app.test_request_context("/here")):
        context.push()
        g.a = 1
        context.push()
        g.b = 2
        seen.append(state())
        context.pop()
        seen.append([state(), len(torn)])
        context.pop()
        seen.append([state(), len(torn)])
        with context:
            seen.append([state(), len(torn)])
        with context, context:
            seen.append([state(), len(torn)])
    return [seen, torn]


@scenario
def contexts_in_each_other(watch: Watch) -> Any:
    app, torn = noting_app()
    other, torn_other = noting_app("other")
    watch(app)
    watch(other)
    seen: list[Any] = []
    with app.app_context():
        g.level = 1
        with app.app_context():
            g.level = 2
            with other.app_context():
                g.other = True
                with app.test_request_context("/a"):
                    g.setdefault("level", 3)
                    with other.test_request_context("/b"):
                        seen.append([state(), g.get("level")])
                    seen.append([state(), g.get("level")])
                seen.append([state(), g.get("level")])
            seen.append([state(), g.get("level")])
        seen.append([state(), g.get("level")])
    return [seen, torn, torn_other]


@scenario
def a_request_context_shares_or_makes_an_app_context(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    with app.app_context() as context:
        g.outer = 1
        with app.test_request_context():
            inner = [behind(g) is context.g, "outer" in g]
            g.inner = 1
        return [inner, sorted(g), len(torn)]


@scenario
def a_session_by_hand(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    cookie = send(_with_counter(app)).cookie
    with app.test_request_context(headers={"Cookie": cookie}):
        before = [session.accessed, session.modified]
        seen = [dict(session), session.accessed, session.modified]
        session["more"] = 1
        seen += [session.accessed, session.modified]
    return [before, seen, torn]


def _with_counter(app: Flask) -> Any:
    def application(environ: Any, start_response: Any) -> Any:
        with app.request_context(environ):
            session["count"] = session.get("count", 0) + 1
            return app.process_response(*_arguments(app, flask.make_response("counted")))(
                environ, start_response
            )

    return application


def _arguments(app: Flask, response: Any) -> tuple[Any, ...]:
    """From Flask 3.2 on, the method takes the context first."""
    merged = "RequestContext" not in vars(flask.ctx)
    return (vars(flask.globals)["_cv_app"].get(), response) if merged else (response,)


@scenario
def an_exception_leaves_a_with_block(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)

    def leave(context: Any, error: BaseException) -> None:
        with context:
            raise error

    return [
        raised(leave, app.app_context(), ValueError("app")),
        raised(leave, app.test_request_context(), ValueError("request")),
        raised(leave, app.app_context(), GeneratorExit("base")),
        raised(leave, app.test_request_context(), KeyboardInterrupt("base")),
        torn,
    ]


@scenario
def what_pop_is_given(watch: Watch) -> Any:
    """Without an argument, up to 3.1, it is the exception being handled; with ``None`` it is none."""
    app, torn = noting_app()
    watch(app)

    def pop(context: Any, *args: Any, **kwargs: Any) -> Any:
        context.push()
        return raised(context.pop, *args, **kwargs)

    seen = []
    for make in (app.app_context, app.test_request_context):
        seen.append(pop(make()))
        seen.append(pop(make(), None))
        seen.append(pop(make(), ValueError("given")))
        seen.append(pop(make(), exc=ValueError("given by name")))
        try:
            raise LookupError("handled")
        except LookupError:
            seen.append(pop(make()))
            seen.append(pop(make(), None))
            seen.append(pop(make(), ValueError("given while handling")))
            seen.append(sys.exc_info()[1])
        seen.append(pop(make(), 1, 2, 3))
        seen.append(pop(make(), wrong=1))
    return [seen, torn]


@scenario
def a_copy_of_a_context(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    with app.test_request_context("/first") as context:
        g.a = 1
        session["a"] = 1
        copy = context.copy()
        seen = [type(copy), copy is context, copy.request is context.request, sorted(vars(copy))]
        with copy:
            seen.append(state())
            seen.append(dict(session))
        seen.append(state())
    return [seen, torn]


class Quiet(flask.ctx.AppContext):
    """Overrides both without calling what it overrides."""

    def push(self) -> None:
        self.pushed = True

    def pop(self, exc: Any = None) -> None:
        self.popped = True


class Loud(flask.ctx.AppContext):
    """Overrides both and calls what it overrides."""

    calls: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.calls = ["init"]
        super().__init__(*args, **kwargs)

    def push(self) -> None:
        self.calls.append("push")
        super().push()
        self.calls.append("pushed")

    def pop(self, *args: Any) -> None:
        self.calls.append(["pop", len(args)])
        super().pop(*args)
        self.calls.append("popped")


@scenario
def subclasses_of_contexts(watch: Watch) -> Any:
    app, torn = noting_app()
    watch(app)
    quiet = Quiet(app=app)
    with quiet:
        seen: list[Any] = [state(), sorted(vars(quiet))]
    seen.append(sorted(vars(quiet)))
    loud = Loud(app)
    with loud:
        seen.append(state())
    return [seen, loud.calls, torn]


@scenario
def being_watched_from_within_a_context(watch: Watch) -> Any:
    app, torn = noting_app()
    app.add_url_rule("/warm-up", "warm-up", lambda: "warm")
    outer = app.app_context()
    outer.push()
    g.before = 1
    with app.test_request_context("/pushed before") as context:
        session["before"] = 1
        watch(app)
        g.after = 1
        session["after"] = 2
        seen = [state(), g.get("before"), session["after"], session.modified]
        context.push()
        seen.append(state())
        context.pop()
    seen.append(state())
    outer.pop()
    seen.append(state())
    return [seen, torn]


@scenario
def many_contexts_at_once(watch: Watch) -> Any:
    """Addresses are used again by contexts that follow each other: none may be taken for the one before."""
    app, torn = noting_app()
    watch(app)
    seen = []
    for number in range(50):
        with app.app_context():
            seen.append([g.get("number"), len(vars(g))])
            g.number = number
            with app.test_request_context(f"/{number}"):
                seen.append([request.path, session.get("number")])
                session["number"] = number
    return [seen, len(torn)]
