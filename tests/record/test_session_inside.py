"""Changes inside the values of a session, and changes that come when the response has left."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, session, stream_with_context
from flask.sessions import SecureCookieSessionInterface

from flaskscope.events import SessionChanged, SessionDeleted, SessionSaved
from flaskscope.record.channel import session_owners
from flaskscope.record.recorder import Recording, attach
from flaskscope.record.session_kept import kept_sessions
from tests.record.story import line_of, of


@pytest.fixture
def cart(app: Flask) -> Flask:
    @app.get("/fill")
    def fill() -> str:
        session["cart"] = [{"tea": 1}]
        session["private_notes"] = ["a"]
        return ""

    @app.get("/look")
    def look() -> str:
        return str(session["cart"])

    @app.get("/add")
    def add() -> str:
        session["cart"][0]["tea"] += 1
        session["private_notes"].append("b")
        return ""

    @app.get("/add-and-say")
    def add_and_say() -> str:
        session["cart"].append("milk")
        session.modified = True
        return ""

    return app


def nested(saved: SessionSaved) -> list[tuple[str, str]]:
    return [(key, value.text) for key, value in saved.nested]


class TestChangedInside:
    def test_is_told_with_what_is_in_it_now_and_that_it_is_lost(
        self, cart: Flask, recording: Recording
    ) -> None:
        client = cart.test_client()
        client.get("/fill")
        client.get("/add")

        filled, added = of(recording, SessionSaved)
        assert ([], None) == (nested(filled), filled.lost)
        assert ([("cart", "[{'tea': 2}]")], True) == (nested(added), added.lost)
        assert "b" not in [value.text for _, value in added.nested]

    def test_is_saved_when_the_session_was_told(self, cart: Flask, recording: Recording) -> None:
        client = cart.test_client()
        client.get("/fill")
        client.get("/add-and-say")

        assert ([("cart", "[{'tea': 1}, 'milk']")], False) == (
            nested(of(recording, SessionSaved)[1]),
            of(recording, SessionSaved)[1].lost,
        )

    def test_is_not_said_of_a_session_that_was_only_read(self, cart: Flask, recording: Recording) -> None:
        client = cart.test_client()
        for path in ("/fill", "/look", "/look"):
            client.get(path)

        assert [([], None)] * 3 == [(nested(saved), saved.lost) for saved in of(recording, SessionSaved)]

    def test_is_not_said_of_a_key_that_was_given_a_new_value(self, app: Flask, recording: Recording) -> None:
        @app.get("/again")
        def again() -> str:
            session["cart"] = [*session.get("cart", ()), "tea"]
            return ""

        client = app.test_client()
        client.get("/again")
        client.get("/again")

        assert [[], []] == [nested(saved) for saved in of(recording, SessionSaved)]

    def test_that_another_interface_may_keep_elsewhere_is_not_called_lost(
        self, cart: Flask, recording: Recording
    ) -> None:
        class Elsewhere(SecureCookieSessionInterface):
            def save_session(self, app: Flask, session: Any, response: Any) -> None:
                if session.modified:
                    super().save_session(app, session, response)

        cart.session_interface = Elsewhere()
        client = cart.test_client()
        client.get("/fill")
        client.get("/add")

        assert (["cart"], None) == (
            [key for key, _ in of(recording, SessionSaved)[1].nested],
            of(recording, SessionSaved)[1].lost,
        )

    def test_leaves_the_events_of_the_request_in_order(self, cart: Flask, recording: Recording) -> None:
        client = cart.test_client()
        client.get("/fill")
        client.get("/add")

        told = [event.kind for event in recording.events()]
        last = len(told) - told[::-1].index("session.saved")
        assert ["request.finished", "context.popped"] == list(dict.fromkeys(told[last:]))


class TestLate:
    def test_in_a_streamed_response(self, app: Flask, recording: Recording) -> None:
        @app.get("/stream")
        def stream() -> Response:
            session["before"] = 1

            def rows() -> Iterator[str]:
                session["during"] = 2
                del session["before"]
                yield "a row"

            return Response(stream_with_context(rows()))

        app.test_client().get("/stream").get_data()

        assert [("before", False), ("during", True)] == [
            (event.key, event.late) for event in of(recording, SessionChanged)
        ]
        assert [("before", True)] == [(event.key, event.late) for event in of(recording, SessionDeleted)]
        assert [False] == [saved.late for saved in of(recording, SessionSaved)]

    def test_in_a_teardown_function(self, app: Flask, recording: Recording) -> None:
        @app.teardown_request
        def note(error: BaseException | None) -> None:
            session["seen"] = True

        app.test_client().get("/")

        assert [("visits", False), ("seen", True)] == [
            (event.key, event.late) for event in of(recording, SessionChanged)
        ]

    def test_by_code_that_kept_it(self, app: Flask, recording: Recording) -> None:
        kept = []

        @app.get("/keep")
        def keep() -> str:
            kept.append(session._get_current_object())  # type: ignore[attr-defined]
            return ""

        app.test_client().get("/keep")
        kept[0]["late"] = 1

        (event,) = of(recording, SessionChanged)
        assert ("late", True) == (event.key, event.late)
        assert 'kept[0]["late"] = 1' == line_of(recording, event)
        assert of(recording, SessionSaved)[0].context == event.context

    def test_is_not_said_of_what_another_request_changes(self, app: Flask, recording: Recording) -> None:
        client = app.test_client()
        client.get("/")
        client.get("/")

        assert [False, False] == [event.late for event in of(recording, SessionChanged)]

    def test_is_not_said_of_a_context_that_is_pushed_by_hand_again(
        self, app: Flask, recording: Recording
    ) -> None:
        context = app.test_request_context()
        for _ in range(2):
            with context:
                session["a"] = 1

        assert [False, False] == [event.late for event in of(recording, SessionChanged)]

    def test_a_save_by_hand_after_the_response_is_late(self, app: Flask, recording: Recording) -> None:
        @app.teardown_request
        def save(error: BaseException | None) -> None:
            real = session._get_current_object()  # type: ignore[attr-defined]
            app.session_interface.save_session(app, real, Response())

        app.test_client().get("/")

        assert [False, True] == [saved.late for saved in of(recording, SessionSaved)]


class TestKept:
    def test_a_session_that_nobody_has_is_not_remembered(self, app: Flask, recording: Recording) -> None:
        before = len(kept_sessions)
        client = app.test_client()
        for path in ("/", "/nested", "/boom"):
            client.get(path)

        assert before == len(kept_sessions)

    def test_one_that_somebody_kept_goes_when_he_lets_go(self, app: Flask, recording: Recording) -> None:
        kept: list[Any] = []

        @app.get("/keep")
        def keep() -> str:
            kept.append(session._get_current_object())  # type: ignore[attr-defined]
            return ""

        app.test_client().get("/keep")
        reference = weakref.ref(kept[0])
        gc.disable()
        try:
            kept.clear()
            assert reference() is None
        finally:
            gc.enable()

    def test_is_forgotten_after_detaching(self, app: Flask) -> None:
        kept: list[Any] = []

        @app.get("/keep")
        def keep() -> str:
            kept.append(session._get_current_object())  # type: ignore[attr-defined]
            return ""

        with attach(app):
            app.test_client().get("/keep")
            assert id(kept[0]) in kept_sessions
        assert id(kept[0]) not in kept_sessions
        assert id(kept[0]) not in session_owners
