"""A ``g`` of an app's own class, or of no class at all."""

# mypy: disable-error-code="assignment, index, operator"
# What is called wrongly on purpose cannot be right for a type checker.

from __future__ import annotations

from typing import Any

import flask
from flask import Flask, g

from tests.transparency.scenario import Watch, behind, raised, scenario


class WithProperties(flask.ctx._AppCtxGlobals):
    """A ``g`` with computed names and defaults."""

    default = "from the class"

    @property
    def computed(self) -> int:
        return int(self.get("base", 1)) + 1

    @computed.setter
    def computed(self, value: int) -> None:
        raise AssertionError("g does not call setters")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("auto_"):
            return name
        return super().__getattr__(name)


class CountingEverything(flask.ctx._AppCtxGlobals):
    """A ``g`` that overrides what it can and counts."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            _counted.append(["getattribute", name])
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        _counted.append(["setattr", name])
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        _counted.append(["delattr", name])
        super().__delattr__(name)

    def get(self, name: str, default: Any = None) -> Any:
        _counted.append(["get", name])
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        _counted.append(["pop", name, len(default)])
        return super().pop(name, *default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        _counted.append(["setdefault", name])
        return super().setdefault(name, default)

    def __contains__(self, name: str) -> bool:
        _counted.append(["contains", name])
        return super().__contains__(name)


_counted: list[Any] = []


class Slotted:
    """A ``g`` of no relation to Flask's, without a namespace."""

    __slots__ = ("a", "b")


class Plain:
    """A ``g`` of no relation to Flask's, without any of its methods."""


class OfItems(dict):  # type: ignore[type-arg]
    """A ``g`` that is a mapping."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class Elsewhere:
    """A ``g`` of no relation to Flask's that keeps its names where nobody looks."""

    def __init__(self) -> None:
        object.__setattr__(self, "_names", {})

    def __setattr__(self, name: str, value: Any) -> None:
        self._names[name] = value

    def __delattr__(self, name: str) -> None:
        del self._names[name]

    def __getattr__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise AttributeError(f"nothing is called {name}") from None

    def pop(self, name: str, *default: Any) -> Any:
        return self._names.pop(name, *default)


class Guarded(type):
    """A class of classes on which nothing can be set."""

    def __setattr__(cls, name: str, value: Any) -> None:
        raise TypeError(f"{name} cannot be set")


class OfGuarded(metaclass=Guarded):
    """A ``g`` whose class lets nobody touch it."""


class Wide(dict):  # type: ignore[type-arg]
    """A ``g`` that is a mapping, and whose names are not its keys."""


def _drive_own_class(watch: Watch, kind: Any) -> Any:
    app = Flask("app")
    app.app_ctx_globals_class = kind
    watch(app)
    seen: list[Any] = []
    with app.app_context() as context:
        own = behind(g)
        seen.append([type(own), own is context.g, isinstance(g, type(own))])
        for step in (
            lambda: setattr(g, "a", 1),
            lambda: g.a,
            lambda: g.get("a"),
            lambda: g.get("none", 2),
            lambda: g.setdefault("b", 3),
            lambda: setattr(g, "c", 4),
            lambda: g.c,
            lambda: g.none,
            lambda: hasattr(g, "none"),
            lambda: "a" in g,
            lambda: g.pop("a"),
            lambda: g.pop("a"),
            lambda: g.pop("a", None),
            lambda: delattr(g, "b"),
            lambda: delattr(g, "b"),
            lambda: sorted(g),
            lambda: vars(g),
            lambda: repr(g),
            lambda: getattr(g, "computed", None),
            lambda: setattr(g, "computed", 8),
            lambda: getattr(g, "computed", None),
            lambda: getattr(g, "auto_x", None),
            lambda: getattr(g, "default", None),
        ):
            seen.append(raised(step))
    return seen


@scenario
def own_class_with_properties(watch: Watch) -> Any:
    return _drive_own_class(watch, WithProperties)


@scenario
def own_class_that_counts_everything(watch: Watch) -> Any:
    _counted.clear()
    return [_drive_own_class(watch, CountingEverything), _counted]


@scenario
def own_class_with_slots(watch: Watch) -> Any:
    return _drive_own_class(watch, Slotted)


@scenario
def own_class_of_no_relation(watch: Watch) -> Any:
    return _drive_own_class(watch, Plain)


@scenario
def own_class_that_is_a_mapping(watch: Watch) -> Any:
    return _drive_own_class(watch, OfItems)


@scenario
def own_class_that_keeps_names_elsewhere(watch: Watch) -> Any:
    return _drive_own_class(watch, Elsewhere)


@scenario
def own_class_that_nobody_may_touch(watch: Watch) -> Any:
    return _drive_own_class(watch, OfGuarded)


@scenario
def own_class_whose_keys_are_not_its_names(watch: Watch) -> Any:
    app = Flask("app")
    app.app_ctx_globals_class = Wide
    watch(app)
    seen: list[Any] = [_drive_own_class(watch, Wide)]
    with app.app_context():
        for step in (
            lambda: g.__setitem__("a", 1),
            lambda: g["a"],
            lambda: g["none"],
            lambda: g.__delitem__("a"),
            lambda: g.__delitem__("a"),
            lambda: g.update(b=2),
            lambda: g.popitem(),
            lambda: dict(g),
            lambda: [*g],
        ):
            seen.append(raised(step))
    return seen


@scenario
def own_class_that_is_a_factory(watch: Watch) -> Any:
    """Anything that can be called may stand for the class; it may even hand out the same ``g`` again."""
    shared = flask.ctx._AppCtxGlobals()

    def make() -> Any:
        return shared

    return [_drive_own_class(watch, make), _drive_own_class(watch, make), sorted(shared)]


@scenario
def own_class_of_c(watch: Watch) -> Any:
    return _drive_own_class(watch, dict)


@scenario
def own_class_on_the_class_of_the_app(watch: Watch) -> Any:
    class Own(Flask):
        app_ctx_globals_class: Any = WithProperties

    app = Own("app")
    watch(app)
    with app.app_context():
        g.base = 5
        seen = [g.computed, g.auto_b, type(behind(g))]
    app.app_ctx_globals_class = flask.ctx._AppCtxGlobals
    with app.app_context():
        seen += [raised(lambda: g.computed), type(behind(g))]
    return seen
