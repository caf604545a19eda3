"""``flaskscope doctor``: real programs, a real suite, a real server."""

from __future__ import annotations

import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.command import SECONDS, Running, run


@pytest.fixture
def watcher(folder: Path, dashboard: str) -> Iterator[Running]:
    running = Running(folder, "doctor", "--url", dashboard)
    yield running
    running.kill()


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_a_script_that_forgot_its_context_is_told_where_and_how_to_mend_it(folder: Path) -> None:
    write(folder, "job.py", "import sys\nfrom flask import current_app\nprint(sys.argv)\ncurrent_app.name\n")

    done = run(folder, "doctor", "--", "python", "job.py", "--fast")

    assert 1 == done.returncode
    assert "job.py', '--fast']" in done.stdout
    assert "error: outside-app-context" in done.stdout
    assert f"{folder / 'job.py'}:4 in <module>" in done.stdout
    assert "      with app.app_context():\n          do_the_work()\n" in done.stdout
    assert "RuntimeError: Working outside of application context." in done.stderr
    assert "commands/program.py" not in done.stderr
    assert "\x1b[" not in done.stdout


def test_a_command_of_an_app_is_told_with_its_own_line(folder: Path) -> None:
    write(
        folder,
        "mailer.py",
        "from flask import Flask, url_for\napp = Flask('mailer')\n"
        "@app.cli.command()\ndef mail():\n    url_for('page')\n",
    )

    done = run(folder, "doctor", "--", "python", "-m", "flask", "--app", "mailer", "mail")

    assert "error: url-outside-request" in done.stdout
    assert f"{folder / 'mailer.py'}:5 in mail" in done.stdout
    assert "flaskscope" not in done.stdout.partition("Seen at:")[2].partition("https:")[0]


def test_a_healthy_script_keeps_its_own_exit_status(folder: Path) -> None:
    write(folder, "job.py", "import sys\nfrom shop import app\nwith app.app_context(): pass\nsys.exit(7)\n")

    done = run(folder, "doctor", "--", "python", "job.py")

    assert 7 == done.returncode
    assert re.search(r"Nothing wrong in \d+ events\.", done.stdout)


def test_a_suite_is_examined_with_every_app_it_makes(folder: Path) -> None:
    write(
        folder,
        "test_shop.py",
        "from shop import create_app\n\n"
        "def test_it():\n    client = create_app().test_client()\n    client.get('/login')\n    client.get('/page')\n",
    )

    done = run(folder, "doctor", "-f", "json", "--", "pytest", "-q", "-p", "no:cacheprovider")

    (finding,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert 1 == done.returncode
    assert "g-forgotten" == finding["rule"]
    assert ["login", "page"] == [site["function"].rpartition(".")[2] for site in finding["sites"]]
    assert "1 passed" in done.stderr


def test_an_app_that_fails_while_it_is_imported_is_told_so(folder: Path) -> None:
    write(folder, "early.py", "from flask import Flask, current_app\nSIZE = current_app.config['SIZE']\n")

    done = run(folder, "doctor", "--app", "early")

    assert 1 == done.returncode
    assert "error: outside-context-at-import" in done.stdout


def test_a_rule_that_is_allowed_is_silent(folder: Path) -> None:
    write(folder, "job.py", "from shop import app\napp.app_context().push()\n")

    told = run(folder, "doctor", "--", "python", "job.py")
    silent = run(folder, "doctor", "-W", "context-left-pushed", "--", "python", "job.py")

    assert 1 == told.returncode
    assert 0 == silent.returncode


def test_the_settings_of_the_environment_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        folder,
        "job.py",
        "import time\nfrom flask import session\nfrom shop import app\n"
        "app.app_context().push()\n"
        "with app.test_request_context('/'):\n    time.sleep(0.2)\n    session.get('user')\n",
    )
    monkeypatch.setenv("FLASKSCOPE_ALLOW", "context-left-pushed")
    monkeypatch.setenv("FLASKSCOPE_STALE_SECONDS", "0.1")

    done = run(folder, "doctor", "-f", "json", "--", "python", "job.py")
    silent = run(folder, "doctor", "-W", "stale-request-context", "-f", "json", "--", "python", "job.py")

    assert ["stale-request-context"] == [json.loads(line)["rule"] for line in done.stdout.splitlines()]
    assert "" == silent.stdout
    assert [0, 0] == [done.returncode, silent.returncode]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FLASKSCOPE_ALLOW", "g-forgoten", "did you mean g-forgotten"),
        ("FLASKSCOPE_STALE_SECONDS", "soon", "FLASKSCOPE_STALE_SECONDS is 'soon'"),
    ],
)
def test_a_mistaken_setting_of_the_environment_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)

    done = run(folder, "doctor", "--app", "shop")

    assert 2 == done.returncode
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_suite_in_which_warnings_are_errors_is_run_as_ever(folder: Path) -> None:
    """As in the tutorial of Flask. Its tests import proxies, at which pytest looks while it collects them."""
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    (folder / "test_shop.py").write_text(
        "from flask import g, session\nfrom shop import app\n\n"
        "def test_login():\n    with app.test_client() as client:\n        client.get('/login')\n",
        encoding="utf-8",
    )
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:flask", "test_shop.py"]

    done = run(folder, "doctor", "--", "python", "-m", "pytest", *options)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "Nothing wrong in" in done.stdout


LEAKY_SUITE = """
from shop import create_app

def test_one():
    create_app().app_context().push()

def test_two():
    pass
"""


class TestWhatIsNotExamined:
    """It is no all-clear, neither for a person nor for who asks for the exit status."""

    @pytest.mark.parametrize("where", ["command line", "pytest.ini"])
    @pytest.mark.parametrize("form", ["text", "json"])
    def test_tests_that_xdist_runs_elsewhere_are_none_that_were_examined(
        self, folder: Path, where: str, form: str
    ) -> None:
        write(folder, "test_shop.py", LEAKY_SUITE)
        if where == "pytest.ini":
            write(folder, "pytest.ini", "[pytest]\naddopts = -n 2\n")
        command = ["pytest", "-q", "-p", "no:cacheprovider"]

        done = run(
            folder, "doctor", "-f", form, "--", *command, *(["-n", "2"] if where != "pytest.ini" else [])
        )
        advised = run(folder, "doctor", "--", *command, "-n", "0")

        assert 2 == done.returncode, done.stdout + done.stderr
        said = done.stdout if form == "text" else done.stderr
        assert "Nothing was examined: no app did anything in this process." in said
        assert "give pytest -n 0 as well" in said
        assert "Nothing wrong" not in done.stdout
        assert 1 == advised.returncode
        assert "error: context-left-pushed" in advised.stdout

    def test_an_app_that_does_something_before_xdist_shares_out_the_tests_is_not_taken_for_all(
        self, folder: Path
    ) -> None:
        write(folder, "conftest.py", "from shop import app\nwith app.app_context(): pass\n")
        write(folder, "test_shop.py", LEAKY_SUITE)

        done = run(folder, "doctor", "--", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2")

        assert 2 == done.returncode, done.stdout + done.stderr
        assert "pytest-xdist ran the tests in processes of its own, which are not examined" in done.stdout
        assert "Nothing w" not in done.stdout

    def test_a_suite_that_cannot_begin_keeps_its_own_exit_status(self, folder: Path) -> None:
        write(folder, "conftest.py", "import no_such_module\n")
        write(folder, "test_shop.py", LEAKY_SUITE)

        done = run(folder, "doctor", "--", "pytest", "-q", "-p", "no:cacheprovider")

        assert 4 == done.returncode
        assert "Nothing was examined: no app did anything in this process." in done.stdout

    def test_a_program_whose_apps_are_in_other_processes_is_told_so(self, folder: Path) -> None:
        write(
            folder,
            "job.py",
            "import subprocess, sys\n"
            "subprocess.run([sys.executable, '-c', 'from shop import app; app.app_context().push()'])\n",
        )

        done = run(folder, "doctor", "--", "python", "job.py")

        assert 2 == done.returncode
        assert "Processes that it starts are not examined." in done.stdout

    def test_loading_an_app_alone_may_be_what_is_asked_for(self, folder: Path) -> None:
        done = run(folder, "doctor", "--app", "shop")

        assert 0 == done.returncode
        assert "Nothing was examined but how the app is loaded." in done.stdout

    def test_an_app_that_did_nothing_while_it_was_watched_is_told_so(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            watcher = Running(folder, "doctor", "--url", f"http://127.0.0.1:{server.getsockname()[1]}/")
            server.settimeout(SECONDS)
            with server.accept()[0] as connection:
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
            status = watcher.wait()

        assert 2 == status
        assert "Nothing was examined: no app did anything while it was watched." in watcher.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--", "ls"], "'ls' cannot be watched"),
        (["--", "python", "missing.py"], "'missing.py' is no file"),
        (["-W", "g-forgoten", "--", "pytest"], "did you mean g-forgotten"),
        ([], "There is nothing to examine"),
        (["--url", "nowhere"], "no address"),
        (["--url", "http://127.0.0.1:9/_flaskscope/"], "nothing answers there"),
        (["--url", "http://127.0.0.1:9/", "--", "pytest"], "not both"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(folder: Path, arguments: list[str], says: str) -> None:
    done = run(folder, "doctor", *arguments)

    assert 2 == done.returncode
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_running_app_is_watched_until_ctrl_c(watcher: Running, dashboard: str) -> None:
    origin = dashboard.partition("/_flaskscope")[0]
    for path in ("/login", "/page"):
        try:
            urllib.request.urlopen(origin + path, timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()

    watcher.wait_for("error: g-forgotten")
    assert watcher.output.startswith("FlaskScope tells what it finds as it happens.")
    status = watcher.interrupt()

    assert 1 == status
    assert "1 error in" in watcher.output
    assert "Traceback" not in watcher.output
