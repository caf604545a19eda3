"""Each use of a session: what it returns, what it sets, and what the browser gets for it."""

# mypy: disable-error-code="call-overload, func-returns-value, list-item, dict-item"
# What is called wrongly on purpose cannot be right for a type checker.

from __future__ import annotations

from typing import Any

import flask
from flask import Flask, session

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, behind, misused, raised, scenario
from tests.transparency.scenarios.session import signing_app

#: Each way to use a session, by name.
_USES: dict[str, Any] = {
    "nothing": lambda s: None,
    "touch": lambda s: s._get_current_object() and None,
    "getitem": lambda s: s["a"],
    "getitem missing": lambda s: _briefly(raised(lambda: s["none"])),
    "get": lambda s: s.get("a"),
    "get missing": lambda s: s.get("none", 5),
    "in": lambda s: "a" in s,
    "not in": lambda s: "none" in s,
    "len": lambda s: len(s),
    "bool": lambda s: bool(s),
    "iter": lambda s: list(s),
    "keys": lambda s: list(s.keys()),
    "items": lambda s: list(s.items()),
    "values": lambda s: list(s.values()),
    "dict": lambda s: dict(s),
    "unpack": lambda s: {**s},
    "copy": lambda s: s.copy(),
    "repr": lambda s: repr(s),
    "equal": lambda s: s == {"a": 1, "n": [1]},
    "or": lambda s: s | {"z": 1},
    "ror": lambda s: {"z": 1} | s,
    "reversed": lambda s: list(reversed(s)),
    "setitem": lambda s: s.__setitem__("b", 1),
    "setitem same": lambda s: s.__setitem__("a", 1),
    "delitem": lambda s: s.__delitem__("a"),
    "delitem missing": lambda s: _briefly(raised(s.__delitem__, "none")),
    "pop": lambda s: s.pop("a"),
    "pop missing": lambda s: _briefly(raised(s.pop, "none")),
    "pop missing default": lambda s: s.pop("none", 3),
    "popitem": lambda s: s.popitem(),
    "setdefault": lambda s: s.setdefault("a", 2),
    "setdefault missing": lambda s: s.setdefault("b"),
    "update": lambda s: s.update({"b": 2}, c=3),
    "update pairs": lambda s: s.update([("b", 2)]),
    "update nothing": lambda s: s.update(),
    "update same": lambda s: s.update(a=1),
    "ior": lambda s: s.__ior__({"b": 2}) is s._get_current_object(),
    "ior pairs": lambda s: s.__ior__([("b", 2)]) is s._get_current_object(),
    "clear": lambda s: s.clear(),
    "fromkeys": lambda s: s.fromkeys(["k"]) and None,
    "nested": lambda s: s["n"].append(2),
    "nested and said": lambda s: [s["n"].append(2), setattr(s, "modified", True)],
    "permanent": lambda s: setattr(s, "permanent", True),
    "is permanent": lambda s: s.permanent,
    "new": lambda s: [s.new, s.modified, s.accessed],
    "set then delete": lambda s: [s.__setitem__("b", 1), s.__delitem__("b")],
    "flash": lambda s: flask.flash("message"),
}


@scenario
def every_use(watch: Watch) -> Any:
    """What a use returns, what it sets, and whether the answer has a cookie and ``Vary: Cookie``."""
    app = signing_app()

    @app.get("/prepare")
    def prepare() -> str:
        session["a"] = 1
        session["n"] = [1]
        return "prepared"

    app.add_url_rule("/<use>", "use", lambda use: {"returned": repr(_USES[use](session))})

    @app.after_request
    def after(response: flask.Response) -> flask.Response:
        # Past the proxy, which would set what is looked at.
        attributes = _session_of_request().__dict__
        response.headers["X-Session"] = repr([attributes.get("modified"), attributes.get("accessed")])
        return response

    watch(app)
    cookie = send(app.wsgi_app, "/prepare").cookie
    return [[use, send(app.wsgi_app, f"/{use}", cookie=cookie).plain] for use in _USES] + [
        [use, send(app.wsgi_app, f"/{use}").plain]
        for use in ("nothing", "get missing", "bool", "setdefault missing")
    ]


def _briefly(found: Any) -> Any:
    """Leave out the frames of what `raised` returned: what becomes part of an answer must not hold any."""
    return [found["type"], found["text"]] if "frames" in found else found["returned"]


def _session_of_request() -> Any:
    context = vars(flask.globals).get("_cv_request", vars(flask.globals)["_cv_app"]).get()
    return vars(context).get("_session", vars(context).get("session"))


#: More, fewer and other arguments than any method of a session takes.
_WRONG_ARGUMENTS: tuple[tuple[Any, ...], ...] = (
    (),
    ("a", 1, 2),
    ("a", 1, 2, 3),
    (1,),
    ([],),
    ({}, 2),
    (None,),
)


@scenario
def methods_called_wrongly(watch: Watch) -> Any:
    app = signing_app()
    watch(app)
    seen: list[Any] = []
    with app.test_request_context():
        session["a"] = 1
        own = behind(session)
        for method in (
            "__getitem__",
            "get",
            "__contains__",
            "__setitem__",
            "setdefault",
            "update",
            "__ior__",
        ):
            for args in _WRONG_ARGUMENTS:
                seen.append([method, repr(args), misused(lambda m=method, a=args: repr(getattr(own, m)(*a)))])
            seen.append([method, misused(getattr(own, method), wrong=1) if method != "update" else None])
            seen.append([method, misused(getattr(own, method), key="a")])
        for method in ("__delitem__", "pop", "popitem", "clear"):
            for args in _WRONG_ARGUMENTS:
                seen.append([method, repr(args), misused(lambda m=method, a=args: repr(getattr(own, m)(*a)))])
            seen.append([method, misused(getattr(own, method), wrong=1)])
            seen.append([method, misused(getattr(own, method), default=1)])
        seen.append(repr(own))
    return seen


@scenario
def without_a_secret_key(watch: Watch) -> Any:
    app = Flask("app")

    @app.get("/<use>")
    def use(use: str) -> dict[str, Any]:
        own = behind(session)
        return {
            "type": type(own).__name__,
            "read": [session.get("a"), "a" in session, len(session), _briefly(raised(lambda: session["a"]))],
            "write": _briefly(raised(_USES[use], session)),
        }

    watch(app)
    uses = (
        "setitem",
        "delitem",
        "pop",
        "popitem",
        "setdefault",
        "update",
        "ior",
        "clear",
        "permanent",
        "flash",
    )
    return [send(app.wsgi_app, f"/{use}").plain for use in uses]
