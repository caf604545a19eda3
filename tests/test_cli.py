"""The command line, as people use it: real processes, real ports, real requests."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as websocket

from flaskscope.cli import has_browser
from flaskscope.demo.app import ANSWER_KEYS, NO_CONTEXT_KEYS

#: Seconds that a process has to print its address; long, since the machine may be busy.
START_SECONDS = 30

#: Seconds that it has to end after Ctrl+C. This one is a promise.
STOP_SECONDS = 2

_APP = """
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return "the user's app"


def create_app(word: str = "none") -> Flask:
    made = Flask("made")
    made.add_url_rule("/", view_func=lambda: f"made with {word}")
    return made


app.run()
"""


class Command:
    """``flaskscope`` with *arguments*, as a process; its output is kept as it comes."""

    def __init__(self, *arguments: str, folder: Path, module: str = "flaskscope", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env={**os.environ, "FLASKSCOPE_DEMO_INSTANCE": str(folder / "instance"), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self._is_silent = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of *pattern* in what the process printed; fail if it ends without one."""

        def done() -> bool:
            return re.search(pattern, self.output) is not None or self._is_silent

        with self._changed:
            self._changed.wait_for(done, START_SECONDS)
            match = re.search(pattern, self.output)
        assert match is not None, f"no {pattern!r} in:\n{self.output}"
        return match

    def address(self) -> str:
        return self.wait_for(r"http://\S+")[0]

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        """Send a GET to the server; return status, headers and body."""
        parts = urlsplit(self.address())
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()

    def interrupt(self) -> int:
        """Press Ctrl+C; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        return status

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(START_SECONDS)
        self._reader.join(START_SECONDS)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                with self._changed:
                    self.output += line
                    self._changed.notify_all()
        with self._changed:
            self._is_silent = True
            self._changed.notify_all()


Starter = Callable[..., Command]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """A function that starts ``flaskscope`` in a folder of the test's own; all of them are ended afterwards."""
    started: list[Command] = []

    def start_one(*arguments: str, **environment: str) -> Command:
        command = Command(*arguments, folder=tmp_path, **environment)
        started.append(command)
        return command

    yield start_one

    for command in started:
        command.end()
        print(f"--- {command.process.args!r} printed\n{command.output}")


def run(*arguments: str, module: str = "flaskscope", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that is to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def answer_of(got: tuple[int, http.client.HTTPMessage, str]) -> dict[str, Any]:
    status, headers, body = got
    assert status == 200, body
    assert headers["Content-Type"] == "application/json"
    answer = json.loads(body)
    assert isinstance(answer, dict)
    return answer


class TestDemo:
    def test_it_prints_the_address_of_a_page_that_is_there(self, start: Starter) -> None:
        demo = start("demo", "--no-open", "--port", "0")

        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/_flaskscope/", demo.address())
        status, headers, body = demo.get("/_flaskscope/")
        assert status == 200
        assert headers["Content-Type"].startswith("text/html")
        assert "<!doctype html>" in body.lower()

    def test_without_a_command_it_is_the_demo(self, start: Starter) -> None:
        demo = start("--port", "0", "--no-open")

        assert set(answer_of(demo.get("/"))) == ANSWER_KEYS

    def test_the_three_routes_answer_the_documented_keys(self, start: Starter) -> None:
        demo = start("demo", "--no-open", "--port", "0")

        assert set(answer_of(demo.get("/"))) == ANSWER_KEYS
        assert set(answer_of(demo.get("/call-function-directly"))) == ANSWER_KEYS
        no_context = answer_of(demo.get("/call-function-no-context"))
        assert set(no_context) == NO_CONTEXT_KEYS
        assert no_context["error"] == "Working outside of application context."

    def test_a_browser_goes_on_counting_after_a_restart(self, start: Starter) -> None:
        counts: list[int] = []
        cookie = ""

        for visits in (2, 1):
            demo = start("demo", "--no-open", "--port", "0")
            for _ in range(visits):
                got = demo.get("/", **({"Cookie": cookie} if cookie else {}))
                counts.append(answer_of(got)["session_visit_count"])
                cookie = str(got[1]["Set-Cookie"]).partition(";")[0]
            demo.interrupt()

        assert counts == [1, 2, 3]

    def test_faults_of_the_demo_are_500_and_the_server_goes_on(self, start: Starter) -> None:
        demo = start("demo", "--no-open", "--port", "0")

        assert demo.get("/boom")[0] == 500
        assert demo.get("/stream-bare")[0] == 500
        demo.wait_for(r"RuntimeError: Working outside of request context\.")
        assert answer_of(demo.get("/"))["session_visit_count"] == 1

    def test_requests_are_not_logged(self, start: Starter) -> None:
        """A line for each would bury the address, and the page shows them."""
        demo = start("demo", "--no-open", "--port", "0")

        demo.get("/hello/nobody-logs-me")
        demo.interrupt()

        assert "nobody-logs-me" not in demo.output

    def test_ctrl_c_ends_it_at_once_without_a_traceback(self, start: Starter) -> None:
        demo = start("demo", "--no-open", "--port", "0")
        demo.get("/")

        status = demo.interrupt()

        assert status == 0
        assert "Traceback" not in demo.output

    def test_ctrl_c_does_not_wait_for_requests_or_pages(self, start: Starter) -> None:
        """One connection that sends half a request, and one that has sent nothing."""
        demo = start("demo", "--no-open", "--port", "0")
        parts = urlsplit(demo.address())
        place = (parts.hostname, parts.port or 0)
        with socket.create_connection(place, timeout=5) as half, socket.create_connection(place, timeout=5):
            half.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            demo.get("/")

            assert demo.interrupt() == 0

    def test_a_taken_port_leads_to_the_next_and_is_said(self, start: Starter) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            demo = start("demo", "--no-open", "--port", str(port))

            used = urlsplit(demo.address()).port
            demo.wait_for(rf"Port {port} is taken by another program: {used} is used instead\.")
            assert used != port
            assert demo.get("/")[0] == 200

    def test_a_second_demo_takes_the_port_after_the_first(self, start: Starter) -> None:
        first = start("demo", "--no-open", "--port", "0")
        port = urlsplit(first.address()).port

        second = start("demo", "--no-open", "--port", str(port))

        assert urlsplit(second.address()).port != port
        assert {first.get("/")[0], second.get("/")[0]} == {200}

    def test_a_host_on_the_network_needs_the_token_of_its_address(self, start: Starter) -> None:
        demo = start("demo", "--no-open", "--port", "0", "--host", "0.0.0.0")
        parts = urlsplit(demo.address())

        assert re.fullmatch(r"token=[\w-]{32}", parts.query)
        assert demo.get("/_flaskscope/")[0] == 401
        status, headers, _ = demo.get(f"/_flaskscope/?{parts.query}")
        assert status == 303
        cookie = str(headers["Set-Cookie"]).partition(";")[0]
        assert demo.get("/_flaskscope/", Cookie=cookie)[0] == 200

    def test_an_instance_folder_that_cannot_be_written_is_a_warning(
        self, start: Starter, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()

        demo = start(
            "demo", "--no-open", "--port", "0", FLASKSCOPE_DEMO_INSTANCE=str(tmp_path / "file" / "instance")
        )

        demo.wait_for(r"The secret key cannot be kept in .*Make the folder writable")
        assert answer_of(demo.get("/"))["session_visit_count"] == 1

    def test_it_opens_the_browser_that_is_named(self, start: Starter, tmp_path: Path) -> None:
        opened = tmp_path / "opened"
        browser = tmp_path / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" > "{opened}.part" && mv "{opened}.part" "{opened}"\n')
        browser.chmod(0o700)

        demo = start("demo", "--port", "0", BROWSER=str(browser))

        address = demo.address()
        deadline = time.monotonic() + START_SECONDS
        while not opened.exists():
            assert time.monotonic() < deadline, "no browser was opened"
            demo.get("/")
        assert opened.read_text().strip() == address

    def test_a_browser_that_fails_or_hangs_harms_nothing(self, start: Starter, tmp_path: Path) -> None:
        browser = tmp_path / "browser"
        browser.write_text("#!/bin/sh\nsleep 60\n")
        browser.chmod(0o700)

        for name in (str(browser), str(tmp_path / "missing")):
            demo = start("demo", "--port", "0", BROWSER=name)
            assert demo.get("/")[0] == 200
            assert demo.interrupt() == 0


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
        (tmp_path / "shop.py").write_text(_APP)

        command = start("run", "--app", app, "--port", "0")

        assert command.get("/")[2] == body
        assert command.get("/_flaskscope/")[0] == 200

    def test_the_app_may_be_named_by_the_environment(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(_APP)

        command = start("run", "--port", "0", FLASK_APP="shop:app")

        assert command.get("/")[2] == "the user's app"

    def test_debug_is_set_as_asked(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(_APP.replace('"the user\'s app"', "str(app.debug)"))

        assert start("run", "--app", "shop", "--port", "0", "--debug").get("/")[2] == "True"
        assert start("run", "--app", "shop", "--port", "0").get("/")[2] == "False"

    def test_flask_has_the_same_command(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(_APP)

        command = start("--app", "shop:create_app('cake')", "scope", "run", "--port", "0", module="flask")

        assert command.get("/")[2] == "made with cake"
        assert command.get("/_flaskscope/")[0] == 200

    def test_an_app_with_flaskscope_in_its_code_keeps_its_own(self, start: Starter, tmp_path: Path) -> None:
        line = "from flaskscope import FlaskScope\napp.config['FLASKSCOPE_URL_PREFIX'] = '/look'\nFlaskScope(app)\n"
        (tmp_path / "shop.py").write_text(_APP + line)

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
        (tmp_path / "shop.py").write_text(_APP + line)

        command = start("run", "--app", "shop", "--port", "0", FLASKSCOPE_MAX_EVENTS="many")

        command.wait_for(r"Error: FLASKSCOPE_MAX_EVENTS is 'many': .*")
        assert command.process.wait(START_SECONDS) == 2
        assert "Traceback" not in command.output


class TestRunWithDotenv:
    def test_flaskenv_names_the_app_and_the_port(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(_APP)
        (tmp_path / ".flaskenv").write_text(
            "FLASK_APP=shop:create_app('cake')\nFLASK_RUN_PORT=0\nFLASK_DEBUG=0\n"
        )

        command = start("run")

        assert command.get("/")[2] == "made with cake"
        assert not command.address().endswith(":5000/_flaskscope/")

    def test_a_file_may_be_named(self, start: Starter, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(_APP)
        (tmp_path / "development.env").write_text("FLASK_APP=shop\nFLASKSCOPE_URL_PREFIX=/look\n")

        command = start("run", "--env-file", "development.env", "--port", "0")

        assert command.address().endswith("/look/")
        assert command.get("/")[2] == "the user's app"


class TestRunAndReload:
    def test_a_change_is_served_at_the_same_address_with_the_same_token(
        self, start: Starter, tmp_path: Path
    ) -> None:
        shop = tmp_path / "shop.py"
        shop.write_text(_APP)
        command = start("run", "--app", "shop", "--debug", "--port", "0", "--host", "0.0.0.0")
        query = urlsplit(command.address()).query
        hello = _hello(command, query)
        assert command.get("/")[2] == "the user's app"

        with websocket(_stream_address(command, query)) as page:
            shop.write_text(_APP.replace("the user's app", "the new one"))
            _wait_for_end(page)

        _wait_for(lambda: command.get("/")[2] == "the new one", "the change was not served")
        later = _hello(command, query)
        assert later["run"] != hello["run"]
        assert later["process"]["pid"] != hello["process"]["pid"]
        assert command.output.count("FlaskScope watches shop.") == 1
        command.wait_for(r"Debugger PIN: \S+")

    def test_code_that_is_broken_for_a_while_ends_nothing(self, start: Starter, tmp_path: Path) -> None:
        shop = tmp_path / "shop.py"
        shop.write_text(_APP)
        command = start("run", "--app", "shop", "--debug", "--port", "0")
        command.get("/")

        shop.write_text("this is no Python")
        command.wait_for("SyntaxError")
        status, _, body = command.get("/")
        assert status == 500
        assert "SyntaxError" in body
        shop.write_text(_APP)

        _wait_for(lambda: command.get("/")[2] == "the user's app", "it was not mended")
        assert command.get("/_flaskscope/")[0] == 200

    def test_the_debugger_shows_what_a_view_raised_and_the_stream_goes_on(
        self, start: Starter, tmp_path: Path
    ) -> None:
        (tmp_path / "shop.py").write_text(_APP.replace('return "the user\'s app"', "return str(1 // 0)"))
        command = start("run", "--app", "shop", "--debug", "--no-reload", "--port", "0")

        with websocket(_stream_address(command)) as page:
            assert json.loads(page.recv(timeout=10))["type"] == "hello"
            status, _, body = command.get("/")
            assert status == 500
            assert "Werkzeug Debugger" in body
            assert json.loads(page.recv(timeout=10))["type"] == "events"

    @pytest.mark.parametrize("options", [(), ("--debug",)])
    def test_ctrl_c_ends_it_at_once_with_pages_connected(
        self, start: Starter, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        (tmp_path / "shop.py").write_text(_APP)
        command = start("run", "--app", "shop", "--port", "0", *options)
        with contextlib.ExitStack() as pages:
            for _ in range(3):
                page = pages.enter_context(websocket(_stream_address(command)))
                assert json.loads(page.recv(timeout=10))["type"] == "hello"

            os.killpg(command.process.pid, signal.SIGINT)  # as a terminal does: to all of them

            assert command.process.wait(STOP_SECONDS) == 0
        assert "Traceback" not in command.output
        _wait_for(lambda: not _group_is_alive(command.process.pid), "a process was left behind")


def _stream_address(command: Command, query: str = "") -> str:
    parts = urlsplit(command.address())
    return f"ws://127.0.0.1:{parts.port}/_flaskscope/stream?{query}"


def _hello(command: Command, query: str = "") -> dict[str, Any]:
    with websocket(_stream_address(command, query)) as page:
        hello = json.loads(page.recv(timeout=10))
        assert isinstance(hello, dict)
        return hello


def _wait_for_end(page: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            page.recv(timeout=START_SECONDS)  # raises TimeoutError if the end does not come


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if condition():
                return
        assert time.monotonic() < end, what
        threading.Event().wait(0.05)


def _group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


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
