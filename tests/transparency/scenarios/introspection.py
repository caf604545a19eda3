"""What a program sees that looks at Flask's classes and functions, and at an app, from outside."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
import threading
from typing import Any

import flask
import werkzeug.wrappers
from flask import Flask, g, session

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, behind, raised, scenario

#: The functions that a recorder may replace, found along the bases of their classes.
_METHODS: list[tuple[Any, str]] = [
    (owner, name)
    for owner, names in (
        (flask.ctx.AppContext, "__init__ push pop __enter__ __exit__ copy match_request"),
        (
            vars(flask.ctx).get("RequestContext", flask.ctx.AppContext),
            "__init__ push pop copy match_request __exit__",
        ),
        (
            flask.ctx._AppCtxGlobals,
            "get pop setdefault __getattr__ __setattr__ __delattr__ __contains__ __iter__",
        ),
        (flask.sessions.SecureCookieSessionInterface, "open_session save_session make_null_session"),
        (
            flask.sessions.SecureCookieSession,
            "get setdefault __getitem__ __setitem__ pop update clear __contains__",
        ),
        (flask.sessions.NullSession, "get setdefault __getitem__ __setitem__ pop update clear"),
        (
            Flask,
            "ensure_sync wsgi_app full_dispatch_request handle_exception do_teardown_appcontext app_context",
        ),
        (werkzeug.wrappers.Response, "__call__"),
        (flask.Response, "__call__"),
    )
    for name in names.split()
    if hasattr(owner, name)
]


def _app() -> Flask:
    app = Flask("app")
    app.secret_key = "secret"
    app.add_url_rule("/", "index", lambda: session.update(a=1) or g.setdefault("a", "index"))
    return app


def _of_function(owner: Any, name: str, look: Any) -> list[Any]:
    return [owner.__qualname__, name, raised(lambda: look(getattr(owner, name)))]


@scenario
def signatures(watch: Watch) -> Any:
    watch(_app())
    return [
        _of_function(owner, name, lambda method: str(inspect.signature(method))) for owner, name in _METHODS
    ]


@scenario
def names_and_texts_of_functions(watch: Watch) -> Any:
    watch(_app())
    return [
        _of_function(
            owner,
            name,
            lambda method: [
                method.__name__,
                method.__qualname__,
                getattr(method, "__module__", None),
                (method.__doc__ or "")[:60],
            ],
        )
        for owner, name in _METHODS
    ]


@scenario
def annotations_and_defaults_of_functions(watch: Watch) -> Any:
    watch(_app())
    return [
        _of_function(
            owner,
            name,
            lambda method: [
                # A method of C has none, and its stand-in an empty one.
                repr(getattr(method, "__annotations__", None) or {}),
                [repr(value) for value in getattr(inspect.unwrap(method), "__defaults__", None) or ()],
            ],
        )
        for owner, name in _METHODS
    ]


@scenario
def sources_of_functions(watch: Watch) -> Any:
    watch(_app())
    return [
        _of_function(owner, name, lambda method: inspect.getsource(inspect.unwrap(method))[:80])
        for owner, name in _METHODS
    ]


@scenario
def kinds_of_functions(watch: Watch) -> Any:
    watch(_app())
    return [
        _of_function(
            owner,
            name,
            # Not ``isfunction``: what stands in for a method of C can only be a function.
            lambda method: [inspect.isroutine(method), inspect.iscoroutinefunction(method), callable(method)],
        )
        for owner, name in _METHODS
    ]


@scenario
def pickles_of_functions(watch: Watch) -> Any:
    """Of those that a class defines itself: any other is found by its name in a base, where no stand-in is."""
    methods = [(owner, name) for owner, name in _METHODS if inspect.isfunction(vars(owner).get(name))]
    watch(_app())
    return [_of_function(owner, name, pickle.dumps) for owner, name in methods] + [
        _of_function(owner, name, lambda method: pickle.loads(pickle.dumps(method)) == method)
        for owner, name in methods
    ]


@scenario
def classes(watch: Watch) -> Any:
    watch(_app())
    kinds = {owner for owner, _ in _METHODS}
    return [
        [
            kind.__qualname__,
            kind.__mro__,
            dir(kind),
            kind.__doc__ and kind.__doc__[:40],
            inspect.isabstract(kind),
        ]
        for kind in sorted(kinds, key=lambda kind: (kind.__qualname__, kind.__module__))
    ]


@scenario
def an_app_from_outside(watch: Watch) -> Any:
    app = watch(_app())
    send(app.wsgi_app)
    return [
        type(app),
        sorted(vars(app)),
        dir(app),
        {name: str(app.config[name]) for name in app.config},
        sorted(app.extensions),
        sorted(app.jinja_env.globals),
        sorted(app.jinja_env.filters),
        sorted(app.view_functions),
        [str(rule) for rule in app.url_map.iter_rules()],
        {str(key): len(value) for key, value in app.before_request_funcs.items()},
        {str(key): len(value) for key, value in app.after_request_funcs.items()},
        {str(key): len(value) for key, value in app.teardown_request_funcs.items()},
        len(app.teardown_appcontext_funcs),
        len(app.template_context_processors[None]),
        sorted(app.cli.commands),
        repr(app),
        getattr(app.wsgi_app, "__func__", None) is vars(Flask)["wsgi_app"],
        type(app.session_interface),
        "session_interface" in vars(app),
    ]


@scenario
def contexts_from_outside(watch: Watch) -> Any:
    app = watch(_app())
    seen: list[Any] = []
    for context in (app.app_context(), app.test_request_context()):
        seen.append([type(context), sorted(vars(context)), dir(context), repr(context)])
        with context:
            seen.append([sorted(vars(context)), vars(g), repr(context), inspect.ismethod(context.push)])
            seen.append([sorted(vars(behind(session)))] if flask.has_request_context() else None)
        seen.append([sorted(vars(context)), context == context, raised(pickle.dumps, context).get("type")])
        seen.append([type(copy.copy(context)), getattr(context.push, "__self__", None) is context])
    return seen


@scenario
def overriding_after_the_fact(watch: Watch) -> Any:
    """A subclass made while watching, and attributes that others replace and put back."""
    app = watch(_app())
    calls: list[Any] = []

    class Own(flask.ctx.AppContext):
        def push(self) -> None:
            calls.append("own push")
            super().push()

    with Own(app):
        g.a = 1
    original = vars(flask.ctx.AppContext)["push"]

    def push(self: Any) -> Any:
        calls.append("replaced push")
        return original(self)

    flask.ctx.AppContext.push = push  # type: ignore[method-assign]
    try:
        with app.app_context():
            calls.append(sorted(g))
    finally:
        flask.ctx.AppContext.push = original  # type: ignore[method-assign]
    from unittest import mock

    with (
        mock.patch.object(flask.ctx.AppContext, "push", autospec=True) as patched,
        mock.patch.object(flask.ctx.AppContext, "pop"),
    ):
        app.app_context().push()
        calls.append(patched.call_count)
    with mock.patch.object(
        flask.sessions.SecureCookieSessionInterface,
        "open_session",
        autospec=True,
        side_effect=OSError("mock"),
    ):
        calls.append(raised(app.test_request_context().push).get("text"))
    return calls


@scenario
def the_process(watch: Watch) -> Any:
    """What belongs to the process, not to the app: nothing of it is taken."""
    before = [
        sys.gettrace(),
        sys.getprofile(),
        sys.getrecursionlimit(),
        sys.getswitchinterval(),
        sys.excepthook,
    ]
    hooks = [threading.excepthook, sys.displayhook, sys.breakpointhook, sys.unraisablehook]
    app = watch(_app())
    send(app.wsgi_app)
    import gc
    import signal

    return [
        before
        == [
            sys.gettrace(),
            sys.getprofile(),
            sys.getrecursionlimit(),
            sys.getswitchinterval(),
            sys.excepthook,
        ],
        hooks == [threading.excepthook, sys.displayhook, sys.breakpointhook, sys.unraisablehook],
        len(gc.callbacks),
        gc.get_threshold(),
        str(signal.getsignal(signal.SIGALRM)),
        str(signal.getsignal(signal.SIGTERM)),
    ]
