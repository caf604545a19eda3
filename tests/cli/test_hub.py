"""``flaskscope hub``: what it reads, and what it prints."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import Starter


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
