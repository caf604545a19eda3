"""``flaskscope run --debug``: the code changes, and the dashboard stays."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as websocket

from tests.cli.command import APP, START_SECONDS, Command, Starter
from tests.deadlines import stop_seconds


class TestRunAndReload:
    def test_a_change_is_served_at_the_same_address_with_the_same_token(
        self, start: Starter, tmp_path: Path
    ) -> None:
        shop = tmp_path / "shop.py"
        shop.write_text(APP)
        command = start("run", "--app", "shop", "--debug", "--port", "0", "--host", "0.0.0.0")
        query = urlsplit(command.address()).query
        hello = _hello(command, query)
        assert command.get("/")[2] == "the user's app"

        with websocket(_stream_address(command, query)) as page:
            shop.write_text(APP.replace("the user's app", "the new one"))
            _wait_for_end(page)

        _wait_for(lambda: command.get("/")[2] == "the new one", "the change was not served")
        later = _hello(command, query)
        assert later["run"] != hello["run"]
        assert later["process"]["pid"] != hello["process"]["pid"]
        assert command.output.count("FlaskScope watches shop.") == 1
        command.wait_for(r"Debugger PIN: \S+")

    def test_code_that_is_broken_for_a_while_ends_nothing(self, start: Starter, tmp_path: Path) -> None:
        shop = tmp_path / "shop.py"
        shop.write_text(APP)
        command = start("run", "--app", "shop", "--debug", "--port", "0")
        command.get("/")

        shop.write_text("this is no Python")
        command.wait_for("SyntaxError")
        status, _, body = command.get("/")
        assert status == 500
        assert "SyntaxError" in body
        status, _, body = command.get("/_flaskscope/messages")
        assert (503, "error") == (status, json.loads(body)["type"])
        assert re.search(
            r"The app cannot be loaded\. SyntaxError: .*shop\.py, line 1", json.loads(body)["what"]
        )
        assert command.get("/_flaskscope/messages", Host="evil.example")[0] == 500
        shop.write_text(APP)

        _wait_for(lambda: command.get("/")[2] == "the user's app", "it was not mended")
        assert command.get("/_flaskscope/")[0] == 200

    def test_the_debugger_shows_what_a_view_raised_and_the_stream_goes_on(
        self, start: Starter, tmp_path: Path
    ) -> None:
        (tmp_path / "shop.py").write_text(APP.replace('return "the user\'s app"', "return str(1 // 0)"))
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
        (tmp_path / "shop.py").write_text(APP)
        command = start("run", "--app", "shop", "--port", "0", *options)
        with contextlib.ExitStack() as pages:
            for _ in range(3):
                page = pages.enter_context(websocket(_stream_address(command)))
                assert json.loads(page.recv(timeout=10))["type"] == "hello"

            os.killpg(command.process.pid, signal.SIGINT)  # as a terminal does: to all of them

            assert command.process.wait(stop_seconds()) == 0
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
