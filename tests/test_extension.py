"""The extension: on where an app is developed, nothing at all elsewhere, and never in the app's way."""

from __future__ import annotations

import gc
import json
import logging
import subprocess
import sys
import weakref
from typing import Any

import pytest
from flask import Flask

import flaskscope
from flaskscope import FlaskScope
from flaskscope.errors import AttachError, SettingError
from flaskscope.extension import Scope


def an_app(**config: Any) -> Flask:
    app = Flask("shop")
    app.config.update(config)

    @app.get("/")
    def index() -> str:
        return "the shop"

    return app


def scope_of(app: Flask) -> Scope:
    scope: Scope = app.extensions["flaskscope"]
    return scope


class TestSwitch:
    @pytest.mark.parametrize(
        ("debug", "setting", "argument", "is_on"),
        [
            (False, None, None, False),
            (True, None, None, True),
            (False, "1", None, True),
            (True, "0", None, False),
            (False, None, True, True),
            (True, "1", False, False),
        ],
    )
    def test_debug_the_setting_and_the_argument_decide_in_this_order(
        self,
        debug: bool,
        setting: str | None,
        argument: bool | None,
        is_on: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        if setting is not None:
            monkeypatch.setenv("FLASKSCOPE_ENABLED", setting)
        app = an_app()
        app.debug = debug

        FlaskScope(app, enabled=argument)

        assert is_on == ("flaskscope" in app.extensions)

    def test_where_it_is_off_it_does_nothing_but_say_so(self, caplog: pytest.LogCaptureFixture) -> None:
        app = an_app(FLASKSCOPE_MAX_EVENTS="a mistake that must not matter")
        before = dict(vars(app))

        with caplog.at_level(logging.INFO):
            FlaskScope(app)

        after = dict(vars(app))
        # What app.run(debug=True) will say is not known yet.
        assert "run" == after.pop("run").__name__
        assert before == after
        assert 404 == app.test_client().get("/_flaskscope/").status_code
        assert [
            "FlaskScope is not mounted: app.debug is off; set FLASKSCOPE_ENABLED=1 to force it."
        ] == caplog.messages

    @pytest.mark.parametrize(("setting", "argument"), [("0", None), (None, False)])
    def test_where_it_is_told_to_be_off_it_does_not_even_wait_for_app_run(
        self, setting: str | None, argument: bool | None
    ) -> None:
        app = an_app(**({} if setting is None else {"FLASKSCOPE_ENABLED": setting}))
        before = dict(vars(app))

        FlaskScope(app, enabled=argument)

        assert before == vars(app)

    def test_an_app_that_is_off_is_not_held(self) -> None:
        app = an_app()
        FlaskScope(app)
        gone = weakref.ref(app)
        gc.disable()
        try:
            del app
            assert gone() is None
        finally:
            gc.enable()

    def test_a_mistake_in_a_setting_stops_the_start_with_its_name(self) -> None:
        with pytest.raises(SettingError, match="FLASKSCOPE_MAX_EVENTS is 'many'"):
            FlaskScope(an_app(FLASKSCOPE_MAX_EVENTS="many"), enabled=True)

    def test_a_second_one_on_the_same_app_is_refused(self) -> None:
        app = an_app()
        FlaskScope(app, enabled=True)
        with pytest.raises(AttachError, match="The app 'shop' already has FlaskScope"):
            FlaskScope(app, enabled=True)
        scope_of(app).recording.detach()


class TestMount:
    def test_the_dashboard_is_beside_the_app_and_not_in_it(self) -> None:
        app = an_app(FLASKSCOPE_URL_PREFIX="/dev/scope", FLASKSCOPE_TOKEN="a-token-for-this-test")
        seen: list[str] = []
        FlaskScope(app, enabled=True)
        config = dict(app.config)

        @app.before_request
        def note() -> None:
            from flask import request

            seen.append(request.path)

        client = app.test_client()
        assert 401 == client.get("/dev/scope/").status_code
        assert b"the shop" == client.get("/").data
        assert 404 == client.get("/dev/scopes").status_code

        assert ["/", "/dev/scopes"] == seen
        assert config == app.config
        assert "/dev/scope" == scope_of(app).url_prefix
        assert ["static", "index"] == [rule.endpoint for rule in app.url_map.iter_rules()]
        scope_of(app).recording.detach()

    def test_its_own_requests_are_not_recorded(self) -> None:
        app = an_app()
        FlaskScope(app, enabled=True)
        client = app.test_client()

        for path in ("/_flaskscope/", "/_flaskscope/events", "/_flaskscope/nothing"):
            client.get(path).close()

        assert [] == scope_of(app).recording.events()
        client.get("/")
        started = [event[7] for event in scope_of(app).recording.events() if event[2] == "request.started"]
        assert ["/"] == started
        scope_of(app).recording.detach()

    def test_middleware_put_on_before_and_after_keeps_its_place(self) -> None:
        app = an_app()
        calls: list[str] = []

        def wrapped(name: str, inner: Any) -> Any:
            def middleware(environ: Any, start_response: Any) -> Any:
                calls.append(name)
                return inner(environ, start_response)

            return middleware

        app.wsgi_app = wrapped("before", app.wsgi_app)  # type: ignore[method-assign]
        FlaskScope(app, enabled=True)
        app.wsgi_app = wrapped("after", app.wsgi_app)  # type: ignore[method-assign]

        assert b"the shop" == app.test_client().get("/").data
        assert ["after", "before"] == calls
        scope_of(app).recording.detach()

    def test_an_app_that_is_let_go_is_gone_at_once(self) -> None:
        """No cycle through the app: it is freed by its reference count, without the garbage collector."""
        gc.collect()
        gc.disable()
        try:
            app = an_app()
            FlaskScope(app, enabled=True)
            app.test_client().get("/")
            recording = scope_of(app).recording
            gone = weakref.ref(app)

            del app

            assert gone() is None
        finally:
            gc.enable()
        recording.detach()

    def test_two_apps_do_not_see_each_other(self) -> None:
        scope = FlaskScope(enabled=True)
        one, other = an_app(), an_app()
        for app in (one, other):
            scope.init_app(app)

        one.test_client().get("/")

        assert scope_of(one).recording.events()
        assert [] == scope_of(other).recording.events()
        for app in (one, other):
            scope_of(app).recording.detach()

    def test_redaction_reaches_the_recorder_and_is_told_to_the_page(self) -> None:
        app = an_app(FLASKSCOPE_REDACT="^shoe")
        FlaskScope(app, enabled=True)

        with app.app_context():
            from flask import g

            g.shoe_size = 43
        lines = app.test_client().get("/_flaskscope/events").data.splitlines()

        value = next(json.loads(line)["value"] for line in lines if b'"g.set"' in line)
        assert "43" not in value["text"]
        assert ("^shoe",) == scope_of(app).settings.redact
        scope_of(app).recording.detach()


class TestPackage:
    def test_importing_it_loads_neither_flask_nor_the_dashboard(self) -> None:
        """An app that is not being developed pays nothing for having FlaskScope installed."""
        code = "import sys, flaskscope; print({'flask', 'werkzeug', 'flask_sock'} & set(sys.modules))"

        written = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )

        assert "set()" == written.stdout.strip()

    @pytest.mark.parametrize("name", flaskscope.__all__)
    def test_every_public_name_is_there(self, name: str) -> None:
        assert getattr(flaskscope, name) is not None

    def test_any_other_name_is_missing_as_python_says_it(self) -> None:
        with pytest.raises(AttributeError, match="module 'flaskscope' has no attribute 'Flaskscope'"):
            _ = flaskscope.Flaskscope
