"""``flaskscope run`` finds any app, as ``flask run`` does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import APP, START_SECONDS, Starter, run


class TestRun:
    @pytest.mark.parametrize(
        ("app", "body"),
        [
            ("shop:app", "the user's app"),
            ("shop", "the user's app"),
            ("shop.py:app", "the user's app"),
            ("shop:create_app('tea')", "made with tea"),
        ],
    )
    def test_an_app_is_found_as_flask_finds_it(
        self, start: Starter, tmp_path: Path, app: str, body: str
    ) -> None:
        (tmp_path / "shop.py").write_text(APP)

        command = start("run", "--app", app, "--port", "0")

        assert command.get("/")[2] == body
        assert command.get("/_flaskscope/")[0] == 200

    def test_the_app_may_be_named_by_the_environment(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(APP)

        command = start("run", "--port", "0", FLASK_APP="shop:app")

        assert command.get("/")[2] == "the user's app"

    def test_debug_is_set_as_asked(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(APP.replace('"the user\'s app"', "str(app.debug)"))

        assert start("run", "--app", "shop", "--port", "0", "--debug").get("/")[2] == "True"
        assert start("run", "--app", "shop", "--port", "0").get("/")[2] == "False"

    def test_flask_has_the_same_command(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(APP)

        command = start("--app", "shop:create_app('cake')", "scope", "run", "--port", "0", module="flask")

        assert command.get("/")[2] == "made with cake"
        assert command.get("/_flaskscope/")[0] == 200

    def test_an_app_with_flaskscope_in_its_code_keeps_its_own(self, start: Starter, tmp_path: Path) -> None:
        line = "from flaskscope import FlaskScope\napp.config['FLASKSCOPE_URL_PREFIX'] = '/look'\nFlaskScope(app)\n"
        (tmp_path / "shop.py").write_text(APP + line)

        command = start("run", "--app", "shop", "--port", "0")

        assert command.address().endswith("/look/")
        assert command.get("/look/")[0] == 200

    def test_an_app_that_is_not_there_is_one_sentence(self) -> None:
        ended = run("run", "--app", "no_such_module", "--port", "0")

        assert ended.returncode == 2
        assert "no_such_module" in ended.stderr
        assert "Traceback" not in ended.stderr

    @pytest.mark.parametrize("line", ["", "import flaskscope\nflaskscope.FlaskScope(app)\n"])
    def test_a_setting_that_cannot_be_used_is_one_sentence(
        self, start: Starter, tmp_path: Path, line: str
    ) -> None:
        (tmp_path / "shop.py").write_text(APP + line)

        command = start("run", "--app", "shop", "--port", "0", FLASKSCOPE_MAX_EVENTS="many")

        command.wait_for(r"Error: FLASKSCOPE_MAX_EVENTS is 'many': .*")
        assert command.process.wait(START_SECONDS) == 2
        assert "Traceback" not in command.output


class TestRunWithDotenv:
    def test_flaskenv_names_the_app_and_the_port(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(APP)
        (tmp_path / ".flaskenv").write_text(
            "FLASK_APP=shop:create_app('cake')\nFLASK_RUN_PORT=0\nFLASK_DEBUG=0\n"
        )

        command = start("run")

        assert command.get("/")[2] == "made with cake"
        assert not command.address().endswith(":5000/_flaskscope/")

    def test_a_file_may_be_named(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(APP)
        (tmp_path / "development.env").write_text("FLASK_APP=shop\nFLASKSCOPE_URL_PREFIX=/look\n")

        command = start("run", "--env-file", "development.env", "--port", "0")

        assert command.address().endswith("/look/")
        assert command.get("/")[2] == "the user's app"
