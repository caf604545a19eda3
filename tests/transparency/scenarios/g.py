"""``g``: each of its methods, its oddities, and what hostile values in it notice."""

# mypy: disable-error-code="assignment, index, operator"
# What is called wrongly on purpose cannot be right for a type checker.

from __future__ import annotations

import copy
import pickle
from typing import Any

import flask
from flask import Flask, g

from tests.transparency.driving import send
from tests.transparency.hostile import Hostile, HostileMeta, HostileName, LyingClass, calls_of_hostile_values
from tests.transparency.scenario import Watch, behind, raised, scenario

#: More, fewer and other arguments than any method of ``g`` takes.
_WRONG_ARGUMENTS: tuple[tuple[Any, ...], ...] = ((), ("a", 1, 2), (1,), (None, 2), ([],), ({},), (b"x", 1))


def _inside(watch: Watch, call: Any) -> Any:
    """Return what *call* returns inside a context of an app that is watched."""
    app = Flask("app")
    watch(app)
    with app.app_context():
        return call()


@scenario
def every_method(watch: Watch) -> Any:
    def call() -> Any:
        seen: list[Any] = []
        g.a = 1
        g.b = [1, 2]
        seen.append(
            [g.a, g.get("a"), g.get("none"), g.get("none", 3), g.setdefault("a", 5), g.setdefault("c", 6)]
        )
        seen.append([g.setdefault("d"), "a" in g, "none" in g, list(g), len(vars(g)), repr(g), bool(g)])
        seen.append([g.pop("a"), g.pop("a", None), g.pop("a", 9), raised(g.pop, "a")])
        del g.b
        seen.append(
            [raised(lambda: g.b), raised(delattr, g, "b"), raised(getattr, g, "none"), hasattr(g, "none")]
        )
        seen.append([getattr(g, "none", "default"), sorted(g), vars(g), dir(g)])
        g["x"] if False else None
        seen.append(
            [
                raised(lambda: g["x"]),
                raised(lambda: len(g)),
                raised(lambda: g(1)),
                hash(g) == hash(behind(g)),
            ]
        )
        return seen

    return _inside(watch, call)


@scenario
def methods_called_wrongly(watch: Watch) -> Any:
    def call() -> Any:
        seen = []
        for method in ("get", "pop", "setdefault", "__contains__", "__iter__"):
            bound = getattr(g, method)
            for args in _WRONG_ARGUMENTS:
                seen.append(
                    [method, repr(args), raised(lambda bound=bound, args=args: repr(bound(*args))[:20])]
                )
            seen.append(raised(bound, name="a"))
            seen.append(raised(bound, name="a", default=2))
            seen.append(raised(bound, wrong="a"))
        seen.append(raised(setattr, g, 1, 2))
        seen.append(raised(setattr, g, "a"))
        seen.append(raised(type(behind(g)).__setattr__, behind(g), 1, 2))
        seen.append(raised(type(behind(g)).__delattr__, behind(g), 3))
        seen.append(sorted(map(repr, g)))
        return seen

    return _inside(watch, call)


@scenario
def names_that_mean_something(watch: Watch) -> Any:
    """Names of the class and of Python itself are names like any other when they are set."""

    def call() -> Any:
        seen: list[Any] = []
        for name in (
            "__class__",
            "__dict__",
            "__init__",
            "get",
            "pop",
            "__iter__",
            "_x",
            "",
            "ä b",
            "__getattr__",
        ):
            seen.append([name, raised(setattr, g, name, "value")])
            seen.append([name, raised(lambda name=name: type(getattr(g, name)).__name__)])
        own = behind(g)
        seen.append(
            [
                type(own),
                isinstance(own, flask.ctx._AppCtxGlobals),
                sorted(object.__getattribute__(own, "__dict__")),
            ]
        )
        seen.append(
            [
                raised(lambda: g.get("__class__")),
                raised(delattr, g, "__class__"),
                raised(delattr, g, "__class__"),
            ]
        )
        return seen

    return _inside(watch, call)


@scenario
def its_identity_and_type(watch: Watch) -> Any:
    app = Flask("app")
    watch(app)
    with app.app_context() as context:
        own = behind(g)
        return [
            own is context.g,
            type(own),
            type(own) is app.app_ctx_globals_class is flask.ctx._AppCtxGlobals,
            isinstance(g, flask.ctx._AppCtxGlobals),
            type(g),
            g.__class__,
            type(own).__mro__,
            vars(own),
            dir(own),
            sorted(vars(context)),
            own == context.g,
            g == own,
            repr(g),
            repr(own),
            str(g),
        ]


@scenario
def copies_and_pickles(watch: Watch) -> Any:
    def call() -> Any:
        g.a = [1, {"b": 2}]
        own = behind(g)
        seen: list[Any] = []
        for made in (copy.copy(own), copy.deepcopy(own), pickle.loads(pickle.dumps(own)), copy.copy(g)):
            seen.append([type(made), vars(made), made is own, made.a is own.a])
            made.b = 1
            del made.b
        seen.append([pickle.dumps(own), raised(pickle.dumps, g), own.__reduce_ex__(4)[1:3], sorted(own)])
        return seen

    return _inside(watch, call)


@scenario
def hostile_values_are_left_alone(watch: Watch) -> Any:
    """No code of a value in ``g`` runs because somebody watches, however it pretends."""

    def call() -> Any:
        calls_of_hostile_values.clear()
        values = [Hostile(), LyingClass(), HostileMeta("Made", (), {})(), HostileMeta("Made", (), {})]
        for number, value in enumerate(values):
            setattr(g, f"value{number}", value)
            g.setdefault(f"other{number}", value)
            g.get(f"value{number}")
            getattr(g, f"value{number}")
            g.pop(f"value{number}")
            setattr(g, f"kept{number}", [value, {"key": value}, (value,)])
            delattr(g, f"kept{number}")
        del values, value
        return list(calls_of_hostile_values)

    return _inside(watch, call)


@scenario
def hostile_names_are_left_alone(watch: Watch) -> Any:
    def call() -> Any:
        calls_of_hostile_values.clear()
        name = HostileName("name")
        steps: list[Any] = []
        for step in (
            lambda: setattr(g, name, 1),
            lambda: getattr(g, name),
            lambda: g.get(name),
            lambda: g.setdefault(name, 2),
            lambda: name in g,
            lambda: g.pop(name),
            lambda: raised(lambda: getattr(g, HostileName("none"))),
            lambda: g.get(HostileName("none")),
            lambda: raised(lambda: delattr(g, HostileName("none"))),
            lambda: setattr(g, HostileName("again"), 1),
            lambda: delattr(g, HostileName("again")),
        ):
            steps.append([raised(step), list(calls_of_hostile_values)])
            calls_of_hostile_values.clear()
        return steps

    return _inside(watch, call)


@scenario
def within_a_request(watch: Watch) -> Any:
    app = Flask("app")
    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append(g.pop("connection", None)))

    @app.before_request
    def before() -> None:
        g.user = "user"

    @app.get("/")
    def index() -> dict[str, Any]:
        if "connection" not in g:
            g.connection = "open"
        g.counter = g.get("counter", 0) + 1
        return {"names": sorted(g), "missing": getattr(g, "missing", None), "counter": g.counter}

    watch(app)
    return [[send(app.wsgi_app).plain for _ in range(2)], torn]


@scenario
def one_that_outlives_its_context(watch: Watch) -> Any:
    app = Flask("app")
    watch(app)
    with app.app_context():
        g.a = 1
        kept = behind(g)
    kept.b = 2
    return [kept.a, kept.get("b"), sorted(kept), raised(lambda: kept.none), raised(lambda: g.a)]
