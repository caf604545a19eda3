"""Describers: code of the user's that shows his types, and cannot break what it describes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, g, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

import flaskscope
from flaskscope.describers import FAILURES_BEFORE_OFF, being_described, describers
from flaskscope.events import OPAQUE, REDACTED, TRUNCATED, GSet, SessionChanged
from flaskscope.record.recorder import attach
from flaskscope.redaction import secret_names
from flaskscope.snapshot import MAX_TEXT, snapshot


class User:
    def __init__(self, name: str = "ada", **fields: object) -> None:
        self.name = name
        self.fields = fields


class Admin(User):
    pass


@pytest.fixture(autouse=True)
def _only_those_of_the_test() -> Iterator[None]:
    before = dict(describers)
    yield
    describers.clear()
    describers.update(before)


def shown(value: object) -> tuple[str, int]:
    told = snapshot(value, secret_names())
    return told.text, told.flags


class TestRegistering:
    def test_leaves_the_function_as_it_is(self) -> None:
        def describe_user(user: User) -> str:
            return user.name

        assert describe_user is flaskscope.describe(User)(describe_user)

    @pytest.mark.parametrize("kind", [str, dict, list, int, type(None)])
    def test_refuses_types_that_are_shown_anyway(self, kind: type[Any]) -> None:
        with pytest.raises(TypeError, match="shown as they are"):
            flaskscope.describe(kind)

    def test_refuses_what_is_no_class(self) -> None:
        with pytest.raises(TypeError, match="wants a class"):
            flaskscope.describe(User())  # type: ignore[arg-type]


class TestDescribing:
    def test_a_text_is_shown_as_it_is(self) -> None:
        flaskscope.describe(User)(lambda user: f"User {user.name}")

        assert ("User ada", 0) == shown(User())
        assert snapshot(User()).type.endswith("User")

    def test_anything_else_as_usual_without_secrets(self) -> None:
        flaskscope.describe(User)(lambda user: {"name": user.name, "password": "hunter2"})

        assert ("{'name': 'ada', 'password': redacted}", REDACTED) == shown(User())

    def test_inside_of_a_container(self) -> None:
        flaskscope.describe(User)(lambda user: {"name": user.name, "password": "hunter2"})

        assert ("[{'name': 'ada', 'password': redacted}]", REDACTED) == shown([User()])

    def test_a_long_text_is_cut(self) -> None:
        flaskscope.describe(User)(lambda user: "a" * 10_000)

        text, flags = shown(User())
        assert (MAX_TEXT, TRUNCATED) == (len(text), flags)
        assert TRUNCATED == shown([User()])[1]

    def test_only_of_exactly_that_type(self) -> None:
        flaskscope.describe(User)(lambda user: "a user")

        assert OPAQUE == shown(Admin())[1]

    def test_what_it_returns_of_an_own_type_is_not_looked_into(self) -> None:
        flaskscope.describe(User)(lambda user: Admin())

        text, flags = shown(User())
        assert OPAQUE == flags
        assert "Admin at 0x" in text

    def test_one_that_shows_itself_ends(self) -> None:
        flaskscope.describe(User)(lambda user: [user])

        text, _ = shown(User())
        assert text.startswith("[<")
        assert not being_described


class TestFailing:
    def test_is_said_counted_and_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        @flaskscope.describe(User)
        def describe_user(user: User) -> str:
            raise LookupError("no such row")

        with caplog.at_level(logging.ERROR):
            texts = [shown(User())[0] for _ in range(3)]

        assert all("whose describer raised LookupError" in text for text in texts)
        assert 3 == describers[id(User)].failures
        assert 1 == len(caplog.records)
        assert "LookupError: no such row" in caplog.text

    def test_too_often_is_not_asked_any_more(self) -> None:
        asked = []

        @flaskscope.describe(User)
        def describe_user(user: User) -> str:
            asked.append(user)
            raise LookupError

        for _ in range(FAILURES_BEFORE_OFF + 5):
            text, _ = shown(User())

        assert FAILURES_BEFORE_OFF == len(asked)
        assert "raised" not in text

    def test_for_ever_is_a_failure_like_any_other(self) -> None:
        @flaskscope.describe(User)
        def describe_user(user: User) -> str:
            return snapshot(User()).text

        assert shown(User())[0].startswith("<")
        assert describers[id(User)].failures
        assert not being_described

    def test_what_ends_the_program_is_passed_on(self) -> None:
        @flaskscope.describe(User)
        def describe_user(user: User) -> str:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            snapshot(User())
        assert not being_described


def test_values_in_g_and_in_the_session_are_described() -> None:
    class Elsewhere(SecureCookieSessionInterface):
        """Keeps sessions in memory, and so anything in them."""

        def open_session(self, app: Flask, request: Any) -> SecureCookieSession:
            return SecureCookieSession({"owner": User("grace")})

        def save_session(self, app: Flask, session: Any, response: Any) -> None:
            pass

    flaskscope.describe(User)(lambda user: f"User {user.name}")
    app = Flask("app")
    app.session_interface = Elsewhere()

    @app.get("/")
    def index() -> str:
        g.user = User()
        g.password_of = User("a secret")
        session["user"] = User()
        return ""

    with attach(app) as recording:
        app.test_client().get("/")
        events = recording.events()

    assert ["User ada", "redacted"] == [event.value.text for event in events if isinstance(event, GSet)]
    assert ["User ada"] == [event.value.text for event in events if isinstance(event, SessionChanged)]
    (opened,) = [event for event in events if event.kind == "session.opened"]
    assert ["User grace"] == [value.text for _, value in opened.items]
