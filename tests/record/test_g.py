"""Names that come into ``g``, leave it, or are not there."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from flask import Flask, g

from flaskscope.events import REDACTED, GDeleted, GMissed, GRead, GSet
from flaskscope.record.recorder import Recording, attach
from tests.record.story import kinds, line_of, of


class TestSet:
    def test_tells_name_value_context_and_line(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            g.user = "ada"

        (event,) = of(recording, GSet)
        assert ("user", "'ada'", "str", 1) == (event.name, event.value.text, event.value.type, event.context)
        assert 'g.user = "ada"' == line_of(recording, event)

    def test_setdefault_is_a_set_only_when_it_sets(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            assert 1 == g.setdefault("n", 1)
            assert 1 == g.setdefault("n", 2)

        assert ["1"] == [event.value.text for event in of(recording, GSet)]

    @pytest.mark.parametrize("name", ["password", "api_key", "session_token", "Authorization", "dbPassword"])
    def test_a_secret_looking_name_keeps_its_value(self, app: Flask, recording: Recording, name: str) -> None:
        with app.app_context():
            setattr(g, name, "hunter2")

        (event,) = of(recording, GSet)
        assert REDACTED == event.value.flags
        assert "hunter2" not in repr(recording.events())

    def test_a_secret_inside_a_dict_keeps_its_value_too(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            g.user = {"name": "ada", "password": "hunter2"}

        assert "hunter2" not in repr(recording.events())
        assert "'ada'" in of(recording, GSet)[0].value.text

    def test_a_value_is_never_asked_to_describe_itself(self, app: Flask, recording: Recording) -> None:
        asked: list[str] = []

        class Shy:
            def __repr__(self) -> str:
                asked.append("repr")
                return "shy"

            def __getattribute__(self, name: str) -> object:
                asked.append(name)
                return object.__getattribute__(self, name)

        with app.app_context():
            g.shy = Shy()

        assert "Shy at 0x" in of(recording, GSet)[0].value.text
        assert [] == asked


class TestHostileNames:
    @pytest.mark.parametrize("g_reads", [False, True])
    def test_of_a_class_of_their_own_are_never_asked(self, app: Flask, g_reads: bool) -> None:
        asked: list[str] = []

        class Name(str):
            def __hash__(self) -> int:
                asked.append("hash")
                return str.__hash__(self)

            def startswith(self, *args: Any) -> bool:
                asked.append("startswith")
                return False

        def use() -> list[str]:
            asked.clear()
            with app.app_context():
                with pytest.raises(AttributeError):
                    getattr(g, Name("nothing"))
                g.get(Name("nothing"))
            return list(asked)

        bare = use()
        with attach(app, g_reads=g_reads) as recording:
            attached = use()
        if sys.version_info < (3, 11):
            # Python 3.10 itself asks for the hash once more in a class that a method was set on.
            bare.append("hash")
        assert bare == attached
        assert [] == of(recording, GMissed)


class TestDeleted:
    def test_del_and_pop_tell_the_name(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            g.a = g.b = 1
            del g.a
            g.pop("b")

        assert ["a", "b"] == [event.name for event in of(recording, GDeleted)]


class TestMissed:
    def test_tells_how_the_name_was_asked_for(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            with pytest.raises(AttributeError, match="user"):
                _ = g.user
            assert g.get("user") is None
            assert g.pop("user", None) is None

        assert [("user", "attribute"), ("user", "get"), ("user", "pop")] == [
            (event.name, event.how) for event in of(recording, GMissed)
        ]
        assert "_ = g.user" == line_of(recording, of(recording, GMissed)[0])

    def test_asking_whether_it_is_there_is_no_miss(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            assert "user" not in g
            assert not hasattr(g._get_current_object(), "__length_hint__")

        assert ["context.pushed", "context.popped"] == kinds(recording)

    def test_reads_like_flask_s_own_error(self, app: Flask) -> None:
        def message() -> tuple[str, bool]:
            with app.app_context(), pytest.raises(AttributeError) as caught:
                _ = g.user
            return str(caught.value), caught.value.__suppress_context__

        bare = message()
        with attach(app):
            assert bare == message()


class TestReads:
    def test_are_not_recorded_unless_asked_for(self, app: Flask, recording: Recording) -> None:
        with app.app_context():
            g.a = 1
            assert 1 == g.a == g.get("a")

        assert [] == of(recording, GRead)

    def test_are_recorded_when_asked_for(self, app: Flask) -> None:
        with attach(app, g_reads=True) as recording, app.app_context():
            g.a = 1
            assert 1 == g.a == g.get("a")

        assert ["a", "a"] == [event.name for event in of(recording, GRead)]
