"""The secret key: made once, kept private, shared by all that start at once."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from flaskscope.demo import instance
from flaskscope.demo.instance import FOLDER_VARIABLE, KEY_FILE, instance_folder, read_or_make_key

_CHECKOUT = Path(__file__).resolve().parents[2]


class TestReadOrMakeKey:
    def test_the_key_is_made_once(self, tmp_path: Path) -> None:
        first, first_warning = read_or_make_key(tmp_path / "instance")
        second, second_warning = read_or_make_key(tmp_path / "instance")

        assert first == second
        assert re.fullmatch(r"[0-9a-f]{64}", first)
        assert first_warning is second_warning is None

    def test_two_folders_have_two_keys(self, tmp_path: Path) -> None:
        assert read_or_make_key(tmp_path / "a") != read_or_make_key(tmp_path / "b")

    def test_nobody_else_can_read_it_and_nothing_else_is_left(self, tmp_path: Path) -> None:
        read_or_make_key(tmp_path)

        (file,) = tmp_path.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    @pytest.mark.parametrize("damaged", [b"", b"abc\n", b"\xff" * 64, b"g" * 64])
    def test_a_damaged_file_is_replaced(self, tmp_path: Path, damaged: bytes) -> None:
        (tmp_path / KEY_FILE).write_bytes(damaged)

        key, warning = read_or_make_key(tmp_path)

        assert warning is None
        assert (tmp_path / KEY_FILE).read_text() == key + "\n"
        assert key == read_or_make_key(tmp_path)[0]

    def test_processes_that_start_at_once_get_the_same_key(self, tmp_path: Path) -> None:
        code = (
            "import sys, pathlib; from flaskscope.demo.instance import read_or_make_key; sys.stdin.read();"
            f"print(read_or_make_key(pathlib.Path({str(tmp_path)!r}))[0])"
        )
        started = [
            subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(4)
        ]
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None

        keys = {process.communicate(timeout=30)[0].strip() for process in started}

        assert keys == {read_or_make_key(tmp_path)[0]}

    def test_a_folder_that_cannot_be_written_is_said_with_the_remedy(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        folder = tmp_path / "file" / "instance"

        first, warning = read_or_make_key(folder)
        second, _ = read_or_make_key(folder)

        assert first != second
        assert warning is not None
        assert str(folder) in warning
        assert FOLDER_VARIABLE in warning


class TestInstanceFolder:
    def test_it_is_the_one_that_is_named(self, instance: Path) -> None:
        assert instance_folder() == instance

    def test_in_a_checkout_it_is_the_one_that_git_ignores(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv(FOLDER_VARIABLE)
        package = tmp_path / "server" / "flaskscope" / "demo"
        package.mkdir(parents=True)
        (tmp_path / "pyproject.toml").touch()
        monkeypatch.setattr(instance, "__file__", str(package / "instance.py"))

        assert instance_folder() == tmp_path / "instance"
        assert "instance/" in (_CHECKOUT / ".gitignore").read_text().splitlines()

    @pytest.mark.parametrize(
        ("variable", "value", "expected"),
        [
            ("XDG_STATE_HOME", "/state", Path("/state/flaskscope/demo")),
            ("XDG_STATE_HOME", "relative", Path("/home/ada/.local/state/flaskscope/demo")),
            ("XDG_STATE_HOME", "", Path("/home/ada/.local/state/flaskscope/demo")),
        ],
    )
    def test_installed_it_is_where_the_platform_keeps_state(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str, expected: Path
    ) -> None:
        monkeypatch.delenv(FOLDER_VARIABLE)
        monkeypatch.setenv("HOME", "/home/ada")
        monkeypatch.setenv(variable, value)
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(instance, "__file__", str(tmp_path / "site-packages/flaskscope/demo/instance.py"))

        assert instance_folder() == expected

    def test_on_a_mac_it_is_in_application_support(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv(FOLDER_VARIABLE)
        monkeypatch.setenv("HOME", "/Users/ada")
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr(instance, "__file__", str(tmp_path / "site-packages/flaskscope/demo/instance.py"))

        assert instance_folder() == Path("/Users/ada/Library/Application Support/flaskscope/demo")
