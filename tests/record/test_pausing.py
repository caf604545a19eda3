"""Recording that is paused: nothing of ours is in the app, and what was missed is said."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import flask.ctx
import pytest
import werkzeug.wrappers
from flask import Flask, g, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from flaskscope.events import ContextPopped, ContextPushed, GSet, RecorderResumed, SessionOpened
from flaskscope.record.channel import FAILURES_BEFORE_OFF, channels
from flaskscope.record.passages import passages
from flaskscope.record.recorder import Recording, attach
from tests.record.story import kinds, of


def touched() -> list[Any]:
    """Return what hooks replace."""
    return [
        dict(vars(kind))
        for kind in (
            flask.ctx.AppContext,
            flask.ctx._AppCtxGlobals,
            SecureCookieSession,
            SecureCookieSessionInterface,
            werkzeug.wrappers.Response,
        )
    ] + [object.__getattribute__(flask.globals.g, "_get_current_object")]


class TestPause:
    def test_takes_the_hooks_out(self, app: Flask) -> None:
        before = touched()
        with attach(app) as recording:
            app.test_client().get("/")
            recording.pause()

            assert before == touched()
            assert recording.is_paused

    def test_nothing_is_recorded_meanwhile(self, app: Flask, recording: Recording) -> None:
        recording.pause()
        told = len(recording.events())
        app.test_client().get("/")

        assert told == len(recording.events())

    def test_tells_contexts_that_are_pushed_as_popped(self, app: Flask, recording: Recording) -> None:
        with app.test_request_context():
            recording.pause()

            assert [] == recording.open_contexts()
        pushed, popped = of(recording, ContextPushed), of(recording, ContextPopped)
        assert {event.context for event in pushed} == {event.context for event in popped}
        assert all(event.duration_ns > 0 and event.failure is None for event in popped)

    def test_waits_for_the_other_recording_of_the_app(self, app: Flask, recording: Recording) -> None:
        with attach(app) as other:
            recording.pause()
            app.test_client().get("/")

            assert not recording.is_paused
            assert of(recording, GSet)
            assert of(other, GSet)

    def test_keeps_nothing_alive(self, app: Flask, recording: Recording) -> None:
        client = app.test_client()
        with client:
            client.get("/")
            recording.pause()
            kept = [weakref.ref(session._get_current_object()), weakref.ref(g._get_current_object())]  # type: ignore[attr-defined]
        gc.collect()

        assert [None, None] == [reference() for reference in kept]

    def test_twice_or_after_detaching_is_nothing_more(self, app: Flask) -> None:
        before = touched()
        recording = attach(app)
        recording.pause()
        recording.pause()
        recording.detach()
        recording.resume()

        assert before == touched()


class TestResume:
    def test_says_how_long_nothing_was_recorded(self, app: Flask, recording: Recording) -> None:
        app.test_client().get("/")
        recording.pause()
        app.test_client().get("/")
        recording.resume()
        app.test_client().get("/")

        (resumed,) = of(recording, RecorderResumed)
        assert resumed.paused_ns > 0
        assert 2 == len(of(recording, GSet))
        assert not recording.is_paused

    def test_numbers_go_on_without_a_gap(self, app: Flask, recording: Recording) -> None:
        for _ in range(3):
            app.test_client().get("/")
            recording.pause()
            app.test_client().get("/")
            recording.resume()

        events = recording.events()
        assert list(range(1, len(events) + 1)) == [event.number for event in events]
        assert 0 == recording.dropped

    def test_hooks_the_session_again(self, app: Flask, recording: Recording) -> None:
        recording.pause()
        recording.resume()
        app.test_client().get("/")

        assert ["SecureCookieSessionInterface"] == [event.interface for event in of(recording, SessionOpened)]

    def test_contexts_are_never_taken_for_those_from_before(self, app: Flask, recording: Recording) -> None:
        before = app.app_context()
        before.push()
        recording.pause()
        recording.resume()
        with app.app_context():
            g.inner = 1
        before.pop()

        first, inner = of(recording, ContextPushed)
        assert first.context != inner.context
        assert [inner.context] == [event.context for event in of(recording, GSet)]

    def test_in_the_middle_of_a_request_costs_the_thread_nothing_for_ever(
        self, app: Flask, recording: Recording
    ) -> None:
        """A passage that was begun and never ended would make all later ones of its thread unusual."""

        @app.teardown_request
        def pause(error: BaseException | None) -> None:
            if not recording.is_paused:
                recording.pause()

        app.test_client().get("/")
        recording.resume()
        assert threading.get_ident() not in passages
        del app.teardown_request_funcs[None][:]
        app.test_client().get("/")

        assert "recorder.resumed" in kinds(recording)
        assert [] == recording.open_contexts()

    def test_leaves_out_a_hook_that_had_turned_itself_off(self, app: Flask) -> None:
        bare = flask.ctx._AppCtxGlobals.__setattr__
        with attach(app) as recording:
            channel = channels[id(app)]
            for _ in range(FAILURES_BEFORE_OFF):
                with pytest.raises(TypeError) as ours:
                    channel.is_secret(1)  # type: ignore[arg-type]
                assert channel.absorbs("g.set", ours.value)
            assert bare is flask.ctx._AppCtxGlobals.__setattr__
            recording.pause()
            recording.resume()

            assert bare is flask.ctx._AppCtxGlobals.__setattr__

    def test_by_attaching_once_more(self, app: Flask, recording: Recording) -> None:
        recording.pause()
        with attach(app) as other:
            app.test_client().get("/")

            assert recording.run == other.run
            assert of(other, GSet)
            assert not recording.is_paused

    def test_without_a_pause_nothing_happens(self, app: Flask, recording: Recording) -> None:
        recording.resume()

        assert [] == recording.events()
