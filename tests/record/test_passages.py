"""What else happens while the context of a request is on its way onto the stack."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from flask import Flask, g, session
from flask.ctx import AppContext

from flaskscope.events import ContextPopped, ContextPushed, GSet
from flaskscope.record.recorder import attach
from tests.record.story import MERGED, OF_A_REQUEST, of


class PushesInABlock(Flask):
    """Uses a context of its own to make one."""

    def app_context(self) -> AppContext:
        with AppContext(self):
            g.odd = 1
        return super().app_context()


class PushesByHand(Flask):
    def app_context(self) -> AppContext:
        context = AppContext(self)
        context.push()
        g.odd = 1
        context.pop()
        return super().app_context()


class Destroyed:
    """Uses a context when it is let go of."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __del__(self) -> None:
        context = AppContext(self.app)
        context.push()
        g.odd = 1
        context.pop()


class LetsGo(Flask):
    def app_context(self) -> AppContext:
        Destroyed(self)
        return super().app_context()


@pytest.mark.parametrize("kind", [PushesInABlock, PushesByHand, LetsGo])
def test_a_context_that_the_app_pushes_meanwhile_is_one_of_its_own(kind: type[Flask]) -> None:
    app = kind("odd")

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        return ""

    with attach(app) as recording:
        for _ in range(2):
            app.test_client().get("/")

        pushed = {event.context: event.about for event in of(recording, ContextPushed)}
        popped = {event.context for event in of(recording, ContextPopped)}
        of_requests = {number for number, about in pushed.items() if about["how"] == "test client"}
        implicit = {number for number, about in pushed.items() if "implicit" in about}
        by_hand = {number for number, about in pushed.items() if about["how"] == "by hand"}
        assert set(pushed) == popped
        assert 2 == len(of_requests)
        assert 2 * (OF_A_REQUEST - 1) == len(implicit)
        assert 0 == recording.failures
        # From 3.2 on a request needs no app context, and so nobody makes one.
        assert (0 if MERGED else 2) == len(by_hand)
        for event in of(recording, GSet):
            assert event.context in (by_hand if event.name == "odd" else implicit or of_requests)


def test_a_tool_that_wraps_pushing_later_changes_nothing_of_what_is_told(app: Flask) -> None:
    with attach(app) as recording:
        ours: Any = AppContext.push

        def push(self: Any) -> None:
            ours(self)

        AppContext.push = push  # type: ignore[method-assign]
        try:
            app.test_client().get("/")
        finally:
            AppContext.push = ours  # type: ignore[method-assign]

        pushed = [event.about for event in of(recording, ContextPushed)]
        assert OF_A_REQUEST - 1 == sum("implicit" in about for about in pushed)
        assert OF_A_REQUEST == len(of(recording, ContextPopped))


class CannotBegin(Flask):
    """Fails before the context of a request is on the stack."""

    def app_context(self) -> AppContext:
        raise ZeroDivisionError("no context today")


def test_an_app_that_cannot_push_its_context_is_not_mistaken_for_the_app_around_it() -> None:
    """What Flask does for the one then happens in the context of the other, and with its session."""
    inner, outer = CannotBegin("inner"), Flask("outer")
    inner.secret_key = outer.secret_key = "for the tests only"

    @outer.get("/")
    def index() -> str:
        session["a"] = 1
        # Up to 3.1 Flask pops what it has not pushed.
        with suppress(IndexError):
            inner.test_client().get("/")
        return ""

    with attach(inner) as of_inner, attach(outer) as of_outer:
        outer.test_client().get("/")
        outer.test_client().get("/")

        for recording in (of_inner, of_outer):
            known = {event.context for event in of(recording, ContextPushed)} | {None}
            assert 0 == recording.failures
            for event in recording.events():
                # One that was never on the stack is told by the pop of it, which fails.
                assert event.context in known or isinstance(event, ContextPopped), event
        assert 2 * OF_A_REQUEST == len(of(of_outer, ContextPushed))
        assert {"outer"} == {event.about["app"] for event in of(of_outer, ContextPushed)}
