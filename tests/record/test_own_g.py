"""A ``g`` of the app's own class: what can be seen is told, and what cannot is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import flask.ctx
import pytest
from flask import Flask, g

from flaskscope.events import ContextPushed, GDeleted, GMissed, GSet
from flaskscope.record.recorder import Recording, attach
from tests.record.story import line_of, of


class Plain:
    """Not related to Flask's."""


class Slotted:
    """Without a namespace."""

    __slots__ = ("a", "b")


class Elsewhere:
    """Keeps its names where nobody would look."""

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
            raise AttributeError(name) from None


class OfItems(dict):  # type: ignore[type-arg]
    """A mapping whose keys are its names."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]


class Past(flask.ctx._AppCtxGlobals):
    """Of Flask's, but sets names past it."""

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)[name] = value


class Through(flask.ctx._AppCtxGlobals):
    """Of Flask's, and passes everything on."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(name)

    def pop(self, name: str, *default: Any) -> Any:
        return super().pop(name, *default)


class Guarded(type):
    """A metaclass that lets nothing be set on its classes."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise AssertionError(f"{name} was set on {cls}")


class OfGuarded(metaclass=Guarded):
    """A class that nobody may touch."""


SEEN = [Plain, Slotted, Elsewhere, OfItems, Past, Through]


def use(app: Flask, kind: Any) -> None:
    app.app_ctx_globals_class = kind
    with app.app_context():
        g.a = 1
        assert 1 == g.a
        del g.a
        with pytest.raises(AttributeError):
            _ = g.a


@pytest.mark.parametrize("kind", SEEN)
def test_names_are_told_once_each_with_their_line(kind: Any, app: Flask, recording: Recording) -> None:
    use(app, kind)

    (put,) = of(recording, GSet)
    assert ("a", "1") == (put.name, put.value.text)
    assert ["a"] == [event.name for event in of(recording, GDeleted)]
    assert [("a", "attribute")] == [(event.name, event.how) for event in of(recording, GMissed)]
    if kind not in (Through, OfItems):  # its own method is the place that calls what is hooked
        assert "g.a = 1" == line_of(recording, put)


@pytest.mark.parametrize("kind", SEEN)
def test_its_class_is_as_it_was_after_detaching(kind: Any, app: Flask) -> None:
    before = dict(vars(kind))
    with attach(app):
        use(app, kind)

    assert before == dict(vars(kind))


def test_entries_of_a_mapping_are_names(app: Flask, recording: Recording) -> None:
    app.app_ctx_globals_class = OfItems  # type: ignore[assignment]
    with app.app_context():
        g["a"] = 1
        assert 1 == g.pop("a")
        assert g.get("a") is None
        assert 2 == g.setdefault("b", 2)
        del g["b"]

    assert ["a", "b"] == [event.name for event in of(recording, GSet)]
    assert ["a", "b"] == [event.name for event in of(recording, GDeleted)]
    assert [("a", "get")] == [(event.name, event.how) for event in of(recording, GMissed)]


@pytest.mark.parametrize("kind", [dict, SimpleNamespace, OfGuarded, OfItems])
def test_what_cannot_be_seen_is_said(kind: Any, app: Flask, recording: Recording) -> None:
    app.app_ctx_globals_class = kind
    with app.app_context():
        pass
    app.test_client().get("/nowhere")

    said = [
        event.about.get("g_unseen")
        for event in of(recording, ContextPushed)
        if event.about["type"] != "request"
    ]
    assert 2 == len(said)
    assert all(text and text.startswith("what ") for text in said)


def test_nothing_is_said_of_a_class_that_is_seen(app: Flask, recording: Recording) -> None:
    use(app, Plain)
    app.app_ctx_globals_class = flask.ctx._AppCtxGlobals
    use(app, flask.ctx._AppCtxGlobals)

    assert all("g_unseen" not in event.about for event in of(recording, ContextPushed))


def test_reads_that_were_asked_for_and_cannot_be_seen_are_said(app: Flask) -> None:
    with attach(app, g_reads=True) as recording:
        use(app, Plain)

        assert "its reads" == of(recording, ContextPushed)[0].about["g_unseen"]


def test_what_is_in_it_when_it_is_pushed_is_told(app: Flask, recording: Recording) -> None:
    app.app_ctx_globals_class = lambda: OfItems(user="ada")  # type: ignore[assignment, return-value]
    with app.app_context():
        assert "ada" == g.user

    (pushed,) = of(recording, ContextPushed)
    assert [("user", "'ada'")] == [(name, value.text) for name, value in pushed.about["g"]]


def test_a_property_that_fails_is_no_miss(app: Flask, recording: Recording) -> None:
    class Computed:
        @property
        def total(self) -> int:
            raise AttributeError("of something else")

    app.app_ctx_globals_class = Computed  # type: ignore[assignment]
    with app.app_context():
        assert not hasattr(g, "total")

    assert [] == of(recording, GMissed)


def test_the_complaint_of_a_name_without_room_is_python_s(app: Flask) -> None:
    def complaint() -> str:
        app.app_ctx_globals_class = Slotted  # type: ignore[assignment]
        with app.app_context(), pytest.raises(AttributeError) as caught:
            g.c = 1
        return str(caught.value)

    bare = complaint()
    with attach(app):
        assert bare == complaint()
