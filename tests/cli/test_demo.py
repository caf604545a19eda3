"""``flaskscope demo``: real processes, real ports, real requests."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flaskscope.demo.app import ANSWER_KEYS, NO_CONTEXT_KEYS
from tests.cli.command import START_SECONDS, Starter


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
