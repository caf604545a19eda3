"""The dashboard in the apps people have, under the servers they use."""

from __future__ import annotations

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
from typing import TYPE_CHECKING, Any

import pytest

from tests.deadlines import stop_seconds
from tests.web.programs import FACTORY, GEVENT, OWN_RUN, TWO_APPS, WAITRESS

if TYPE_CHECKING:
    from conftest import Peer  # type: ignore[import-not-found]

START_SECONDS = 30.0


class Server:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def open(self, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        if connection.sock is not None:  # of a server that does not say that it will close it
            connection.sock.close()
        return response

    def get(self, path: str) -> str:
        with self.open(path) as response:
            return response.read().decode()

    @property
    def output(self) -> str:
        return self.log.read_text()

    def files(self) -> int:
        """Open files of the server."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Run a program that serves on the port it is given, and end it afterwards."""
    (tmp_path / "shop.py").write_text(FACTORY)
    started: list[Server] = []

    def run(program: str, *arguments: str, path: str = "/shop/") -> Server:
        (tmp_path / "program.py").write_text(program)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        log = tmp_path / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "program.py", str(port), *arguments],
                cwd=tmp_path,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        server = Server(process, port, log)
        started.append(server)
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                server.get(path)
                return server
            except OSError:
                assert time.monotonic() < end, server.output
                assert process.poll() is None, server.output
                threading.Event().wait(0.02)

    yield run

    for server in started:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(10)


def lines_of(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """The messages in an answer that goes on; empty lines mean nothing."""
    for line in response:
        if line.strip():
            yield json.loads(line)


class TestWaitress:
    def test_there_is_no_websocket_and_the_sentence_says_what_there_is(
        self, start: Callable[..., Server], connect: Callable[..., Peer]
    ) -> None:
        refused = connect(start(WAITRESS))

        assert 503 == refused.status
        # waitress leaves the connection open for the next request.
        while b"\n" not in refused.pending:
            refused.pending += refused.socket.recv(4096)
        assert b"there can be no WebSocket: read the same messages as lines" in refused.pending

    def test_a_page_gets_the_same_messages_as_lines_at_once(self, start: Callable[..., Server]) -> None:
        server = start(WAITRESS)
        with server.open("/_flaskscope/messages") as response:
            messages = lines_of(response)
            hello = next(messages)
            assert ("hello", "made") == (hello["type"], hello["app"]["name"])

            begun = time.monotonic()
            server.get("/shop/")
            events = next(messages)

            assert time.monotonic() - begun < 1
            assert ("events", hello["last"] + 1) == (events["type"], events["from"])

        run, last = hello["run"], events["to"]
        with server.open(f"/_flaskscope/messages?after={last - 2}&run={run}") as response:
            messages = lines_of(response)
            next(messages)
            assert last - 1 == next(messages)["from"]

    def test_a_program_gets_events_at_once(self, start: Callable[..., Server]) -> None:
        server = start(WAITRESS)
        with server.open("/_flaskscope/events?follow=1&after=0") as response:
            events = lines_of(response)
            assert "context.pushed" == next(events)["kind"]
            server.get("/shop/")
            begun = time.monotonic()
            while next(events)["kind"] != "context.popped":
                pass
            assert time.monotonic() - begun < 1

    def test_readers_who_left_give_their_place_back(
        self, start: Callable[..., Server], wait: Callable[..., None]
    ) -> None:
        """Nothing happens in the app meanwhile: only the empty lines find out."""
        server = start(WAITRESS)
        for _ in range(2):
            readers: list[http.client.HTTPResponse] = []
            wait(
                lambda readers=readers: has_opened_two(server, readers), "the places were not given back", 20
            )
            refused = server.open("/_flaskscope/messages")
            assert 503 == refused.status
            assert "2 streams are open already" in (said := refused.read().decode())
            assert "Close one, or start waitress with threads=8 or more." in said
            assert "the shop" == server.get("/shop/")
            for reader in (*readers, refused):
                reader.close()

    def test_ctrl_c_does_not_wait_for_readers(self, start: Callable[..., Server]) -> None:
        server = start(WAITRESS)
        readers = [server.open("/_flaskscope/messages") for _ in range(2)]

        begun = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(10)

        assert time.monotonic() - begun < stop_seconds()
        assert "Traceback" not in server.output
        for reader in readers:
            reader.close()


def has_opened_two(server: Server, readers: list[http.client.HTTPResponse]) -> bool:
    """Open one more if there is a place, and return whether there are two now."""
    reader = server.open("/_flaskscope/messages")
    if reader.status == 200:
        readers.append(reader)
    else:
        reader.close()
    return len(readers) == 2


class TestGevent:
    """Its own server, of one thread, in which each request is a greenlet."""

    def test_pages_get_what_happens_while_the_app_goes_on(
        self, start: Callable[..., Server], connect: Callable[..., Peer]
    ) -> None:
        server = start(GEVENT)
        peers = [connect(server) for _ in range(10)]
        hellos = [peer.until("hello") for peer in peers]

        assert "the shop" == server.get("/shop/")
        for peer, hello in zip(peers, hellos, strict=True):
            assert hello["last"] + 1 == peer.until("events")["from"]

    def test_a_program_gets_lines(self, start: Callable[..., Server]) -> None:
        server = start(GEVENT)
        with server.open("/_flaskscope/messages") as response:
            messages = lines_of(response)
            hello = next(messages)

            server.get("/shop/")

            assert hello["last"] + 1 == next(messages)["from"]

    def test_pages_that_come_and_go_leave_nothing_behind(
        self, start: Callable[..., Server], connect: Callable[..., Peer], wait: Callable[..., None]
    ) -> None:
        server = start(GEVENT)
        connect(server).until("hello")
        files = server.files()

        for number in range(30):
            with connect(server) as peer:
                assert 101 == peer.status
                peer.until("hello")
                if number % 2:
                    peer.send_frame(8, (1000).to_bytes(2, "big"))
                    assert 1000 == peer.close_code()
                    assert b"" == peer.rest()

        wait(lambda: server.files() <= files, f"files {files} -> {server.files()}")
        assert "the shop" == server.get("/shop/")
        assert "Traceback" not in server.output, server.output

    def test_ctrl_c_does_not_wait_for_pages(
        self, start: Callable[..., Server], connect: Callable[..., Peer]
    ) -> None:
        server = start(GEVENT)
        peers = [connect(server) for _ in range(3)]
        for peer in peers:
            peer.until("hello")

        begun = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(10)

        assert time.monotonic() - begun < stop_seconds()

    def test_without_its_patches_it_would_stand_still_and_says_so(
        self, start: Callable[..., Server], connect: Callable[..., Peer]
    ) -> None:
        server = start(GEVENT, "bare")

        refused = connect(server)

        assert 503 == refused.status
        while b"patch_all" not in refused.pending:
            refused.pending += refused.socket.recv(4096)
        assert b"This gevent server waits for nobody but itself" in refused.pending
        with server.open("/_flaskscope/messages") as lines:
            assert 503 == lines.status
            assert "monkey.patch_all()" in json.load(lines)["remedy"]
        assert "the shop" == server.get("/shop/")


class TestOwnServer:
    def test_app_run_in_debug_mode_shows_the_dashboard(
        self, start: Callable[..., Server], connect: Callable[..., Peer]
    ) -> None:
        server = start(OWN_RUN, path="/")
        peer = connect(server)
        hello = peer.until("hello")

        assert "its own server" == server.get("/")
        assert hello["last"] + 1 == peer.until("events")["from"]

    def test_app_run_finds_debug_mode_where_flask_finds_it(
        self, start: Callable[..., Server], tmp_path: Path
    ) -> None:
        (tmp_path / ".flaskenv").write_text("FLASK_DEBUG=1\n")
        server = start(OWN_RUN, "as-it-is", path="/")

        with server.open("/_flaskscope/") as page:
            assert 200 == page.status

    @pytest.mark.parametrize(
        ("arguments", "setting"), [(("as-it-is",), None), ((), "0")], ids=["not in debug mode", "told not to"]
    )
    def test_app_run_shows_nothing_where_it_is_off(
        self,
        start: Callable[..., Server],
        monkeypatch: pytest.MonkeyPatch,
        arguments: tuple[str, ...],
        setting: str | None,
    ) -> None:
        if setting is not None:
            monkeypatch.setenv("FLASKSCOPE_ENABLED", setting)
        server = start(OWN_RUN, *arguments, path="/")

        with server.open("/_flaskscope/") as refused:
            assert 404 == refused.status

    def test_app_run_with_the_reloader_ends_at_once(
        self, start: Callable[..., Server], connect: Callable[..., Peer]
    ) -> None:
        server = start(OWN_RUN, "reload", path="/")
        peers = [connect(server) for _ in range(3)]
        for peer in peers:
            peer.until("hello")

        begun = time.monotonic()
        os.killpg(server.process.pid, signal.SIGINT)
        server.process.wait(10)

        assert time.monotonic() - begun < stop_seconds()
        assert not re.search("Traceback", server.output), server.output


class TestSeveralApps:
    def test_two_apps_of_one_process_do_not_see_each_other(
        self, start: Callable[..., Server], connect: Callable[..., Peer]
    ) -> None:
        server = start(TWO_APPS)
        one, two = connect(server), connect(server, path="/two/_flaskscope/stream")
        hellos = [one.until("hello"), two.until("hello")]
        assert ["one", "two"] == [hello["app"]["name"] for hello in hellos]
        assert hellos[0]["run"] != hellos[1]["run"]
        assert 0 == hellos[1]["last"]

        server.get("/two/shop/")
        server.get("/shop/")

        assert {"two"} == apps_of(two.until("events"))
        assert {"one"} == apps_of(one.until("events"))


def apps_of(message: dict[str, Any]) -> set[str]:
    return {row[6]["app"] for row in message["rows"] if row[2] == "context.pushed"}
