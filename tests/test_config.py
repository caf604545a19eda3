"""The settings: where they come from, and what each refuses, with the value and the remedy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from flaskscope.config import DEFAULT_MAX_EVENTS, Settings, is_enabled, read_settings
from flaskscope.editors import NO_EDITORS
from flaskscope.errors import FlaskScopeError, SettingError

ROOT = Path(__file__).parent.parent


def read(**config: Any) -> Settings:
    return read_settings({f"FLASKSCOPE_{name}": value for name, value in config.items()}, {})


class TestSources:
    def test_nothing_set_gives_the_defaults(self) -> None:
        settings = read_settings({}, {})

        assert Settings() == settings
        assert ("/_flaskscope", DEFAULT_MAX_EVENTS, None) == (
            settings.url_prefix,
            settings.max_events,
            settings.token,
        )

    def test_the_apps_config_wins_over_the_environment(self) -> None:
        settings = read_settings(
            {"FLASKSCOPE_MAX_EVENTS": 500}, {"FLASKSCOPE_MAX_EVENTS": "900", "FLASKSCOPE_RECORD": "watched"}
        )

        assert 500 == settings.max_events
        assert "watched" == settings.record

    def test_an_empty_variable_counts_as_not_set(self) -> None:
        assert Settings() == read_settings({}, {"FLASKSCOPE_TOKEN": "", "FLASKSCOPE_MAX_EVENTS": ""})

    def test_a_misspelt_setting_is_pointed_out_with_the_right_name(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        read_settings({}, {"FLASKSCOPE_MAXEVENTS": "5"})

        assert "did you mean FLASKSCOPE_MAX_EVENTS?" in caplog.text


class TestIsEnabled:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("1", True),
            ("yes", True),
            (" On ", True),
            (True, True),
            ("0", False),
            ("false", False),
            (False, False),
            (None, None),
        ],
    )
    def test_yes_no_and_nothing_are_told_apart(self, value: Any, expected: bool | None) -> None:
        assert is_enabled({"FLASKSCOPE_ENABLED": value}, {}) is expected

    def test_anything_else_is_refused(self) -> None:
        with pytest.raises(SettingError, match=r"FLASKSCOPE_ENABLED is 'maybe': .* Write 1 or 0\."):
            is_enabled({}, {"FLASKSCOPE_ENABLED": "maybe"})

    def test_no_other_setting_is_looked_at(self) -> None:
        """Where FlaskScope is off, a mistake in another setting must not stop the app."""
        assert is_enabled({"FLASKSCOPE_MAX_EVENTS": "many"}, {}) is None


class TestValues:
    def test_lists_may_be_lists_or_texts_with_commas(self) -> None:
        expected = ("dev.example.com", "192.168.1.7")

        assert expected == read(HOSTS="dev.example.com, 192.168.1.7").hosts
        assert expected == read(HOSTS=["Dev.example.com", "192.168.1.7"]).hosts

    def test_a_prefix_may_end_with_a_slash_and_have_parts(self) -> None:
        assert "/dev/scope" == read(URL_PREFIX="/dev/scope/").url_prefix

    def test_an_editor_known_by_name_becomes_its_address(self) -> None:
        assert "vscode://file/{path}:{line}" == read(EDITOR="vscode").editor
        assert "x-mine://{path}" == read(EDITOR="x-mine://{path}").editor

    @pytest.mark.parametrize(
        ("environ", "scheme"),
        [
            ({"EDITOR": "code --wait"}, "vscode"),
            ({"VISUAL": "/usr/bin/codium -w", "EDITOR": "vim"}, "vscodium"),
            (
                {"VISUAL": "vim", "EDITOR": '"C:\\Program Files\\Microsoft VS Code\\Code.exe" --wait'},
                "vscode",
            ),
            ({"VISUAL": "subl -n -w"}, "subl"),
            ({"EDITOR": "/opt/pycharm/bin/pycharm64"}, "pycharm"),
            ({"EDITOR": "mate -w"}, "txmt"),
            ({"EDITOR": "nano", "VISUAL": " "}, None),
            ({"EDITOR": "code", "FLASKSCOPE_EDITOR": "zed"}, "zed"),
        ],
    )
    def test_without_one_it_is_what_the_usual_variables_start(
        self, environ: dict[str, str], scheme: str | None
    ) -> None:
        """Unless that is an editor of the terminal, which no link opens."""
        editor = read_settings({}, environ).editor

        assert scheme == (editor and editor.split("://")[0])

    def test_the_page_links_to_what_the_setting_may_be_and_no_more(self) -> None:
        page = (ROOT / "static" / "js" / "source.js").read_text(encoding="utf-8")
        refused = re.search(r"NO_EDITORS = new Set\(\[(.*?)\]\)", page, re.DOTALL)

        assert refused is not None
        assert set(re.findall(r"'([^']+)'", refused[1])) == NO_EDITORS

    def test_numbers_may_be_text(self) -> None:
        assert 250_000 == read(MAX_EVENTS="250_000").max_events
        assert 1.5 == read(STALE_SECONDS="1.5").stale_seconds

    def test_patterns_and_paths_are_kept_as_given(self) -> None:
        settings = read(REDACT="iban,^tax_", EXCLUDE="/static/,/health")

        assert ("iban", "^tax_") == settings.redact
        assert ("/static", "/health") == settings.exclude

    def test_a_short_token_is_taken_but_said_to_be_weak(self, caplog: pytest.LogCaptureFixture) -> None:
        assert "short" == read(TOKEN="short").token
        assert "it can be guessed" in caplog.text

    @pytest.mark.parametrize(
        ("name", "value", "problem", "remedy"),
        [
            ("RECORD", "sometimes", "no such way", "'always'"),
            ("URL_PREFIX", "scope", "not a path", "/_flaskscope"),
            ("URL_PREFIX", "/", "not a path", "/_flaskscope"),
            ("URL_PREFIX", "//evil.example", "not a path", "/_flaskscope"),
            ("URL_PREFIX", "/a/../b", "not a path", "/_flaskscope"),
            ("URL_PREFIX", 7, "not a path", "/_flaskscope"),
            ("HOSTS", "http://dev.example.com", "not a host name", "without http://"),
            ("HOSTS", "dev.example.com:5000", "not a host name", "without a port"),
            ("HOSTS", "*", "not a host name", "Write names"),
            ("HOSTS", 7, "not a list", "commas"),
            ("STALE_SECONDS", "soon", "not a number of seconds", "above 0"),
            ("STALE_SECONDS", 0, "not a number of seconds", "above 0"),
            ("STALE_SECONDS", "nan", "not a number of seconds", "above 0"),
            ("MAX_EVENTS", "many", "not a number of events", "from 100 to"),
            ("MAX_EVENTS", 99, "not a number of events", "from 100 to"),
            ("MAX_EVENTS", True, "not a number of events", "from 100 to"),
            ("MAX_EVENTS", 1e5, "not a number of events", "from 100 to"),
            ("REDACT", "(", "not a regular expression", "Write words"),
            ("EXCLUDE", "static", "not a path of the app", "slash"),
            ("EDITOR", "notepad", "neither an editor", "vscode"),
            ("EDITOR", "javascript:alert('{path}')", "javascript: opens no editor", "vscode"),
            ("EDITOR", "HTTPS://example.com/{path}", "HTTPS: opens no editor", "vscode"),
            ("EDITOR", "file://{path}", "file: opens no editor", "vscode"),
            ("EDITOR", "java\nscript:{path}", "neither an editor", "vscode"),
            ("EDITOR", "C:\\{path}", "neither an editor", "vscode"),
            ("EDITOR", "code -g {path}:{line}", "neither an editor", "vscode"),
            ("EDITOR", 7, "neither an editor", "vscode"),
            ("REDIS_URL", "redis//localhost", "no scheme redis", "redis://host:port/number"),
            ("REDIS_URL", "redis://", "no host", "redis://host:port/number"),
            ("REDIS_URL", "redis://localhost:port", "not one", "redis://host:port/number"),
            ("HUB_URL", "localhost:5000", "no scheme http", "http://host:port"),
            ("HUB_URL", "redis://localhost:5000", "no scheme http", "http://host:port"),
            ("HUB_URL", 7, "not an address", "http://host:port"),
        ],
    )
    def test_a_value_that_cannot_be_used_is_refused_by_name_with_the_remedy(
        self, name: str, value: Any, problem: str, remedy: str
    ) -> None:
        with pytest.raises(SettingError) as caught:
            read(**{name: value})

        message = str(caught.value)
        assert message.startswith(f"FLASKSCOPE_{name} is {value!r}: ")
        assert problem in message
        assert remedy in message
        assert isinstance(caught.value, FlaskScopeError)

    @pytest.mark.parametrize("token", ["two words", "ümlaut", "a&b", "\n", 7])
    def test_a_bad_token_is_refused_without_being_repeated(self, token: Any) -> None:
        with pytest.raises(SettingError, match="FLASKSCOPE_TOKEN") as caught:
            read(TOKEN=token)

        assert repr(token) not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLASKSCOPE_REDIS_URL", "redis:/ada:hunter2@example.com"),
        ("FLASKSCOPE_REDIS_URL", "http://ada:hunter2@example.com/0"),
        ("FLASKSCOPE_REDIS_URL", "redis://ada:hunter2@with@an@at@example.com:x/0"),
        ("FLASKSCOPE_HUB_URL", "ftp://example.com/?token=hunter2"),
        ("FLASKSCOPE_HUB_URL", "http://ada:hunter2@/?token=hunter2"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_secrets(name: str, value: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({name: value}, {})

    assert name in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_settings_that_are_printed_tell_no_secret() -> None:
    settings = read_settings(
        {
            "FLASKSCOPE_TOKEN": "hunter2-hunter2-hunter2",
            "FLASKSCOPE_REDIS_URL": "redis://ada:hunter2@example.com/0",
            "FLASKSCOPE_HUB_URL": "http://example.com/?token=hunter2",
        },
        {},
    )

    assert "hunter2" not in repr(settings)
