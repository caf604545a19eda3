"""Sessions: opened, read, changed, saved, and whose they are."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from flask import Flask, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from flaskscope.events import (
    REDACTED,
    SessionChanged,
    SessionDeleted,
    SessionOpened,
    SessionRead,
    SessionSaved,
)
from flaskscope.record.recorder import Recording, attach
from tests.record.story import line_of, of


class TestOpened:
    def test_first_without_then_with_the_cookie(self, app: Flask, recording: Recording) -> None:
        client = app.test_client()
        client.get("/")
        client.get("/")

        first, second = of(recording, SessionOpened)
        assert ("new", []) == (first.origin, first.items)
        assert "cookie" == second.origin
        assert [("visits", "1")] == [(key, value.text) for key, value in second.items]

    def test_with_a_cookie_that_is_not_accepted(self, app: Flask, recording: Recording) -> None:
        app.test_client(use_cookies=False).get("/", headers={"Cookie": "session=forged.by.somebody"})

        (opened,) = of(recording, SessionOpened)
        assert ("refused", "signature") == (opened.origin, opened.refusal)

    def test_with_a_cookie_that_no_flask_app_made(self, app: Flask, recording: Recording) -> None:
        app.test_client(use_cookies=False).get("/", headers={"Cookie": "session=blue"})

        (opened,) = of(recording, SessionOpened)
        assert ("refused", "format") == (opened.origin, opened.refusal)

    def test_with_a_cookie_that_has_expired(self, app: Flask, recording: Recording) -> None:
        client = app.test_client()
        client.get("/")
        app.permanent_session_lifetime = timedelta(seconds=-1)
        client.get("/")

        _, opened = of(recording, SessionOpened)
        assert ("refused", "expired") == (opened.origin, opened.refusal)

    def test_with_a_cookie_that_holds_nothing_is_no_refusal(self, app: Flask, recording: Recording) -> None:
        serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert serializer is not None
        cookie = serializer.dumps({})

        app.test_client(use_cookies=False).get("/", headers={"Cookie": f"session={cookie}"})

        (opened,) = of(recording, SessionOpened)
        assert ("cookie", None) == (opened.origin, opened.refusal)

    def test_an_app_with_a_key_of_its_own_making_is_not_asked_for_it(self) -> None:
        """Its property is the app's code, which nothing here may run."""

        class Asked(Flask):
            keys = 0

            @property
            def secret_key(self) -> str:  # type: ignore[override]
                self.keys += 1
                return "key"

        def asked(attached: bool) -> int:
            app = Asked("asked")
            app.add_url_rule("/", view_func=lambda: "")
            with attach(app) if attached else contextlib.nullcontext():
                app.test_client(use_cookies=False).get("/", headers={"Cookie": "session=a.b.c"})
            return app.keys

        assert asked(attached=False) == asked(attached=True)

    def test_without_a_secret_key(self, app: Flask, recording: Recording) -> None:
        app.secret_key = None

        @app.get("/plain")
        def plain() -> str:
            return ""

        app.test_client().get("/plain")

        assert ["null"] == [opened.origin for opened in of(recording, SessionOpened)]


class TestBrowsers:
    def test_keep_their_number_as_their_cookie_changes(self, app: Flask, recording: Recording) -> None:
        ada, grace = app.test_client(), app.test_client()
        for client, page in ((ada, "a-1"), (grace, "g-1"), (ada, "a-2"), (ada, "a-3"), (grace, "g-2")):
            client.get("/", headers={"X-FlaskScope-Fire": page})

        assert [1, 2, 1, 1, 2] == [saved.browser for saved in of(recording, SessionSaved)]
        assert [None, None, 1, 1, 2] == [opened.browser for opened in of(recording, SessionOpened)]

    def test_are_told_apart_by_their_cookies_alone(self, app: Flask, recording: Recording) -> None:
        @app.get("/name/<name>")
        def name(name: str) -> str:
            session["name"] = name
            return ""

        ada, grace = app.test_client(), app.test_client()
        for client, path in ((ada, "/name/ada"), (grace, "/name/grace"), (ada, "/name/ada l"), (grace, "/")):
            client.get(path)

        assert [1, 2, 1, 2] == [saved.browser for saved in of(recording, SessionSaved)]


class TestChanged:
    def test_tells_key_value_and_line(self, app: Flask, recording: Recording) -> None:
        with app.test_request_context():
            session["cart"] = [1, 2]

        (event,) = of(recording, SessionChanged)
        assert ("cart", "[1, 2]") == (event.key, event.value.text)
        assert 'session["cart"] = [1, 2]' == line_of(recording, event)

    def test_by_update_setdefault_pop_and_clear(self, app: Flask, recording: Recording) -> None:
        with app.test_request_context():
            session.update(a=1, b=2)
            session.setdefault("c", 3)
            session.pop("a")
            del session["b"]
            session.clear()

        assert ["a", "b", "c"] == [event.key for event in of(recording, SessionChanged)]
        assert ["a", "b", "*"] == [event.key for event in of(recording, SessionDeleted)]

    def test_secret_looking_keys_keep_their_values(self, app: Flask, recording: Recording) -> None:
        with app.test_request_context():
            session["csrf_token"] = "hunter2"

        assert REDACTED == of(recording, SessionChanged)[0].value.flags
        assert "hunter2" not in repr(recording.events())


class TestMethodsOfTheApp:
    def test_may_be_called_by_keyword(self, app: Flask, recording: Recording) -> None:
        """A class of sessions may name its parameters; what we record of such a call must not fail it."""

        class Named(SecureCookieSession):
            def __setitem__(self, key: str, value: object) -> None:
                super().__setitem__(key, value)

            def __delitem__(self, key: str) -> None:
                super().__delitem__(key)

        class NamedInterface(SecureCookieSessionInterface):
            session_class = Named

        app.session_interface = NamedInterface()
        with app.test_request_context():
            plain = session._get_current_object()  # type: ignore[attr-defined]
            plain.__setitem__(key="a", value=1)
            assert 1 == plain["a"]
            plain.__delitem__(key="a")


class TestRead:
    def test_tells_whether_the_key_was_there(self, app: Flask, recording: Recording) -> None:
        with app.test_request_context():
            session["a"] = 1
            assert 1 == session["a"]
            assert session.get("b") is None
            assert "c" not in session

        assert [("a", True), ("b", False), ("c", False)] == [
            (event.key, event.found) for event in of(recording, SessionRead)
        ]


class TestSaved:
    def test_tells_what_changed_and_how_long_the_cookie_is(self, app: Flask, recording: Recording) -> None:
        response = app.test_client().get("/")

        (saved,) = of(recording, SessionSaved)
        value = response.headers["Set-Cookie"]
        assert (True, ["visits"], len(value)) == (saved.written, saved.changed, saved.cookie_bytes)

    def test_tells_why_nothing_was_written(self, app: Flask, recording: Recording) -> None:
        @app.get("/reading")
        def reading() -> str:
            return str(session.get("visits"))

        @app.get("/plain")
        def plain() -> str:
            return ""

        client = app.test_client()
        client.get("/reading")
        client.get("/plain")

        read, untouched = of(recording, SessionSaved)
        assert (False, "it was read, not modified") == (read.written, read.why)
        assert (False, "nobody touched it") == (untouched.written, untouched.why)

    def test_tells_when_it_was_emptied(self, app: Flask, recording: Recording) -> None:
        @app.get("/out")
        def out() -> str:
            session.clear()
            return ""

        client = app.test_client()
        client.get("/")
        client.get("/out")

        assert "emptied" in of(recording, SessionSaved)[1].why

    def test_looking_does_not_mark_the_session_as_accessed(self, app: Flask, recording: Recording) -> None:
        @app.get("/plain")
        def plain() -> str:
            return ""

        client = app.test_client()
        client.get("/")

        assert "Vary" not in client.get("/plain").headers
