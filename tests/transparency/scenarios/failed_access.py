"""The four proxies with nothing behind them; and the looks at them that are no failure."""

from __future__ import annotations

import copy
import operator
import pickle
import weakref
from contextlib import suppress
from typing import Any

import flask
from flask import Flask, current_app, g, request, session
from werkzeug.local import LocalProxy

from tests.transparency.scenario import Watch, raised, scenario

_PROXIES: dict[str, Any] = {"current_app": current_app, "g": g, "request": request, "session": session}

#: Every way to use a proxy that must fail without a context.
_USES: dict[str, Any] = {
    "read": lambda p: p.name,
    "write": lambda p: setattr(p, "name", 1),
    "delete": lambda p: delattr(p, "name"),
    "object": lambda p: p._get_current_object(),
    "call": lambda p: p(),
    "item": lambda p: p["a"],
    "set item": lambda p: operator.setitem(p, "a", 1),
    "delete item": lambda p: operator.delitem(p, "a"),
    "contains": lambda p: "a" in p,
    "iterate": lambda p: list(p),
    "length": lambda p: len(p),
    "str": lambda p: str(p),
    "format": lambda p: f"{p:>3}",
    "equal": lambda p: p == 1,
    "not equal": lambda p: p != 1,
    "less": lambda p: p < 1,
    "hash": lambda p: hash(p),
    "add": lambda p: p + 1,
    "or": lambda p: p | {},
    "or in place": lambda p: p.__ior__({}),
    "int": lambda p: int(p),
    "index": lambda p: [1][p],
    "with": lambda p: p.__enter__(),
    "copy": lambda p: copy.copy(p),
    "deepcopy": lambda p: copy.deepcopy(p),
    "pickle": lambda p: pickle.dumps(p),
    "await": lambda p: p.__await__(),
    "method": lambda p: p.get("a"),
    "dunder": lambda p: p.__wrapped__,
    "vars": lambda p: vars(p),
    "fspath": lambda p: __import__("os").fspath(p),
}

#: Looks that Werkzeug answers without the object: no failure.
_LOOKS: dict[str, Any] = {
    "bool": lambda p: bool(p),
    "repr": lambda p: repr(p),
    "dir": lambda p: dir(p),
    "doc": lambda p: (p.__doc__ or "")[:40],
    "class": lambda p: p.__class__.__name__,
    "isinstance": lambda p: [isinstance(p, LocalProxy), isinstance(p, dict), isinstance(p, int)],
    "type": lambda p: type(p).__name__,
    "hasattr": lambda p: hasattr(p, "__class__"),
    "if": lambda p: 1 if p else 2,
    "wrapped": lambda p: type(object.__getattribute__(p, "_get_current_object")).__name__,
    "identity": lambda p: p is p,
    "hasattr dunder": lambda p: raised(hasattr, p, "__html__"),
    "callable": lambda p: callable(p),
    "annotations": lambda p: raised(lambda: p.__annotations__),
}


class _Local:
    """What a function has in a variable of its own."""


@scenario
def variables_of_the_one_who_asked(watch: Watch) -> Any:
    """What a function lets go of after it met no context is gone, though the function goes on."""
    watch(Flask("app"))
    seen = []
    for name, proxy in _PROXIES.items():
        for use in ("object", "read", "write", "contains", "len"):
            local = _Local()
            gone = weakref.ref(local)
            with suppress(RuntimeError):
                # Written out, since it is the frame of this function that matters.
                if use == "object":
                    proxy._get_current_object()
                elif use == "read":
                    proxy.name  # noqa: B018
                elif use == "write":
                    proxy.name = 1
                elif use == "contains":
                    "a" in proxy  # noqa: B015
                else:
                    len(proxy)
            del local
            seen.append([name, use, gone() is None])
    return seen


@scenario
def without_any_context(watch: Watch) -> Any:
    watch(Flask("app"))
    return [
        [name, use, raised(call, proxy)] for name, proxy in _PROXIES.items() for use, call in _USES.items()
    ]


@scenario
def looks_without_any_context(watch: Watch) -> Any:
    watch(Flask("app"))
    return [
        [name, use, raised(call, proxy)] for name, proxy in _PROXIES.items() for use, call in _LOOKS.items()
    ]


@scenario
def with_an_app_context_only(watch: Watch) -> Any:
    app = Flask("app")
    watch(app)
    with app.app_context():
        g.name = "g"
        return [
            [name, use, raised(call, _PROXIES[name])]
            for name in ("request", "session")
            for use, call in {**_USES, **_LOOKS}.items()
        ]


@scenario
def looks_with_a_request(watch: Watch) -> Any:
    app = Flask("app")
    app.secret_key = "secret"
    watch(app)
    with app.test_request_context():
        seen = [
            [name, use, raised(call, proxy)]
            for name, proxy in _PROXIES.items()
            for use, call in _LOOKS.items()
            if (name, use) != ("session", "repr")
        ]
        return [seen, session.accessed]


@scenario
def swallowed(watch: Watch) -> Any:
    watch(Flask("app"))
    seen: list[Any] = []
    try:
        request.path  # noqa: B018
    except RuntimeError as error:
        seen.append(error)
        try:
            g.a  # noqa: B018
        except RuntimeError as second:
            seen.append(second)
    seen.append(getattr(g, "name", None) if flask.has_app_context() else "none")
    seen.append(raised(getattr, g, "name", None))
    seen.append(raised(hasattr, request, "path"))
    return seen


@scenario
def functions_that_want_a_context(watch: Watch) -> Any:
    app = Flask("app")
    watch(app)
    seen = [
        raised(flask.url_for, "index"),
        raised(flask.after_this_request, lambda response: response),
        raised(flask.copy_current_request_context, lambda: None),
        raised(flask.render_template_string, "{{ 1 }}"),
        raised(lambda: flask.jsonify(1)),
        raised(flask.flash, "message"),
        raised(flask.get_flashed_messages),
        raised(flask.abort, 404),
        flask.has_app_context(),
        flask.has_request_context(),
    ]
    with app.app_context():
        seen += [
            raised(flask.url_for, "index"),
            raised(flask.after_this_request, lambda response: response),
            raised(flask.copy_current_request_context, lambda: None),
            raised(flask.render_template_string, "{{ 1 }}{{ request }}{{ session }}"),
            raised(flask.flash, "message"),
        ]
    return seen


@scenario
def proxies_of_the_apps_own(watch: Watch) -> Any:
    app = Flask("app")
    watch(app)
    own: Any = LocalProxy(lambda: g.user)
    seen = [raised(lambda: own.name), bool(own), repr(own)]
    with app.app_context():
        seen.append(raised(lambda: own.name))
        g.user = "user"
        seen += [own.upper(), own == "user", isinstance(own, str)]
    return seen


@scenario
def while_a_module_is_imported(watch: Watch) -> Any:
    import importlib
    import sys
    import tempfile
    from pathlib import Path

    watch(Flask("app"))
    with tempfile.TemporaryDirectory() as parent:
        folder = str(Path(parent, "modules"))
        Path(folder).mkdir()
        Path(folder, "needs_a_context.py").write_text(
            "from flask import current_app\nname = current_app.name\n"
        )
        sys.path.insert(0, folder)
        try:
            found = raised(importlib.import_module, "needs_a_context")
        finally:
            sys.path.remove(folder)
    return found
