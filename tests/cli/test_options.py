"""What is refused, what is shown, and when there is a browser to open."""

from __future__ import annotations

import re

import pytest

from flaskscope.cli import has_browser
from tests.cli.command import run


class TestBadOptions:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (
                ("--port", "70000"),
                "Error: --port is 70000: out of range. Give one from 1 to 65535, or 0 for any.",
            ),
            (("--port", "-1"), "Error: --port is -1: out of range. Give one from 1 to 65535, or 0 for any."),
            (
                ("--port", "http"),
                "Error: --port is 'http': not a number. Give one from 1 to 65535, or 0 for any.",
            ),
            (
                ("--host", "nowhere.invalid"),
                "Error: --host is 'nowhere.invalid': not a name or address that is known. Use 127.0.0.1.",
            ),
            (
                ("--host", "192.0.2.1"),
                "Error: --host is '192.0.2.1': not an address of this machine. Use 127.0.0.1.",
            ),
        ],
    )
    def test_a_value_that_cannot_be_is_one_sentence(self, arguments: tuple[str, ...], sentence: str) -> None:
        ended = run("demo", *arguments)

        assert (ended.returncode, ended.stderr.strip(), ended.stdout) == (2, sentence, "")

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            (("--prot", "80"), "--prot"),
            (("demo", "--prot", "80"), "--prot"),
            (("dmo",), "dmo"),
            (("demo", "shop:app"), "shop:app"),
        ],
    )
    def test_what_is_unknown_is_named_with_a_way_on(self, arguments: tuple[str, ...], named: str) -> None:
        ended = run(*arguments)

        assert ended.returncode == 2
        assert named in ended.stderr
        assert "--help' for help." in ended.stderr
        assert "Traceback" not in ended.stderr


class TestHelp:
    def test_versions_are_shown(self) -> None:
        ended = run("--version")

        assert ended.returncode == 0
        assert re.fullmatch(
            r"flaskscope \d\S* \(Python 3\.\S+, Flask \d\S+, Werkzeug \d\S+\)\n", ended.stdout
        )

    @pytest.mark.parametrize("option", ["--help", "-h"])
    def test_the_commands_are_listed(self, option: str) -> None:
        ended = run(option)

        assert ended.returncode == 0
        assert re.search(r"^  demo  +Start the demo app", ended.stdout, re.MULTILINE)
        assert re.search(r"^  run  +Run any Flask app", ended.stdout, re.MULTILINE)


class TestHasBrowser:
    @pytest.mark.parametrize("system", ["darwin", "win32"])
    def test_a_desktop_system_has_one(self, system: str) -> None:
        assert has_browser({}, system)

    @pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"])
    def test_elsewhere_a_display_or_a_name_tells(self, variable: str) -> None:
        assert has_browser({variable: ":0"}, "linux")
        assert not has_browser({variable: ""}, "linux")

    def test_a_server_without_a_display_has_none(self) -> None:
        """Python would find a text browser there, which takes over the terminal."""
        assert not has_browser({"TERM": "xterm"}, "linux")
