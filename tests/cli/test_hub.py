"""``flaskscope hub``: what it reads, and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import APP, Starter


class TestHubWithDotenv:
    def test_what_the_app_reads_counts_for_its_hub_too(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / ".flaskenv").write_text("FLASKSCOPE_URL_PREFIX=/look\n")
        (tmp_path / ".env").write_text("FLASKSCOPE_TOKEN=a-token-that-is-long-enough\n")

        hub = start("hub", "--port", "0")

        assert hub.address().endswith("/look/?token=a-token-that-is-long-enough")
        assert hub.get("/look/")[0] == 401

    def test_a_file_may_be_named(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "development.env").write_text("FLASKSCOPE_URL_PREFIX=/look\n")

        hub = start("hub", "--env-file", "development.env", "--port", "0")

        assert hub.address().endswith("/look/")


TOKEN = "a-token-that-is-long-enough"


class TestToken:
    @pytest.mark.parametrize(
        "arguments",
        [("hub",), ("run", "--app", "shop"), ("run", "--app", "shop", "--debug"), ("demo", "--no-open")],
    )
    def test_it_is_printed_once_and_no_log_has_it(
        self, start: Starter, tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        (tmp_path / "shop.py").write_text(APP)
        command = start(*arguments, "--port", "0", FLASKSCOPE_TOKEN=TOKEN)

        assert command.get(f"/_flaskscope/?token={TOKEN}")[0] == 303
        assert command.get("/_flaskscope/?token=a-wrong-one")[0] == 401
        command.interrupt()

        assert 1 == command.output.count(TOKEN), command.output
        assert "a-wrong-one" not in command.output

    def test_without_one_the_line_that_starts_others_can_be_copied(self, start: Starter) -> None:
        hub = start("hub", "--port", "0")

        hub.wait_for(r"FLASKSCOPE_ENABLED=1 FLASKSCOPE_HUB_URL=" + hub.address())
