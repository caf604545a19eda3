"""The stream on a real server: hello, resuming, misbehaving, leaving, and being told the truth."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from simple_websocket import Client, ConnectionClosed
from websockets.sync.client import connect as open_websocket

from flaskscope.web.stream import MAX_BAD_MESSAGES

if TYPE_CHECKING:
    from conftest import Peer, Served  # type: ignore[import-not-found]

Connect = Callable[..., "Peer"]


def rows(messages: list[dict[str, Any]]) -> list[list[Any]]:
    return [row for message in messages if message["type"] == "events" for row in message["rows"]]


def events_to(peer: Peer, last: int) -> list[list[Any]]:
    """The rows up to event *last*."""
    messages = [peer.until("events")]
    while messages[-1]["to"] < last:
        messages.append(peer.until("events"))
    return rows(messages)


class TestHello:
    def test_it_says_what_is_watched_and_what_can_be_fired(self, served: Served, connect: Connect) -> None:
        served.get("/")

        hello = connect(served).message()

        assert "hello" == hello["type"]
        assert {"name": "watched", "root": served.app.root_path, "mount": ""} == hello["app"]
        assert served.scope.recording.run == hello["run"]
        assert (1, len(served.scope.recording.events())) == (hello["first"], hello["last"])
        assert ["index", "by-hand", "broken"] == [scenario["name"] for scenario in hello["scenarios"]]
        assert hello["lanes"]
        assert hello["sites"]

    def test_a_context_whose_push_has_left_the_journal_is_described(
        self, serve: Callable[..., Served], connect: Connect
    ) -> None:
        served = serve({"FLASKSCOPE_MAX_EVENTS": 100})
        with served.app.app_context():
            number = served.scope.recording.events()[0][4]
            assert [] == connect(served).message()["contexts"]
            for _ in range(20):
                served.get("/")

            contexts = connect(served).message()["contexts"]

        assert [number] == [about["id"] for about in contexts]
        assert "by hand" == contexts[0]["how"]


class TestFollowing:
    def test_what_happens_comes_by_itself(self, served: Served, connect: Connect) -> None:
        peer = connect(served)
        peer.until("hello")

        served.get("/")

        kinds = [row[2] for row in events_to(peer, served.scope.hub.journal.last)]
        assert "context.pushed" == kinds[0]
        assert "context.popped" == kinds[-1]

    def test_without_a_follow_the_past_is_not_sent(self, served: Served, connect: Connect) -> None:
        served.get("/")
        peer = connect(served)
        last = peer.until("hello")["last"]

        served.get("/")

        assert last + 1 == peer.until("events")["from"]

    @pytest.mark.parametrize("run", [None, "of another server"])
    def test_a_page_of_another_run_begins_with_the_first_event(
        self, served: Served, connect: Connect, run: str | None
    ) -> None:
        served.get("/")
        peer = connect(served)
        peer.follow(9_000 if run else 0, run)

        assert 1 == peer.until("events")["from"]

    def test_what_left_the_journal_meanwhile_is_told_as_lost(
        self, serve: Callable[..., Served], connect: Connect
    ) -> None:
        served = serve({"FLASKSCOPE_MAX_EVENTS": 100})
        peer = connect(served)
        run = peer.until("hello")["run"]
        for _ in range(20):
            served.get("/")
        late = connect(served)
        hello = late.until("hello")
        late.follow(5, run)

        lost = late.until("lost")

        assert (6, hello["first"] - 1, hello["first"] - 6) == (lost["from"], lost["to"], lost["count"])
        assert hello["first"] == late.until("events")["from"]

    def test_a_number_from_the_future_is_refused_with_the_newest(
        self, served: Served, connect: Connect
    ) -> None:
        peer = connect(served)
        peer.follow(99, peer.until("hello")["run"])

        assert "The newest event has number 0." == peer.until("error")["what"]


class TestMisbehaving:
    def test_a_message_that_is_no_follow_is_answered_with_the_remedy(
        self, served: Served, connect: Connect
    ) -> None:
        peer = connect(served)
        peer.send('{"v":2,"type":"follow","after":0}')

        error = peer.until("error")

        assert ("2", "Reload the page (Ctrl+Shift+R).") == (error["value"], error["remedy"])
        served.get("/")
        assert 1 == peer.until("events")["from"]

    def test_after_twenty_of_them_the_page_is_sent_away(self, served: Served, connect: Connect) -> None:
        peer = connect(served)
        for _ in range(MAX_BAD_MESSAGES):
            peer.send("nonsense")

        assert 1008 == peer.close_code()

    def test_a_message_too_long_closes_with_1009(self, served: Served, connect: Connect) -> None:
        peer = connect(served)
        peer.send_frame(1, b"a" * 65_537)

        assert 1009 == peer.close_code()

    def test_a_flood_is_cut_off(self, served: Served, connect: Connect) -> None:
        peer = connect(served)
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the writes meets the end is left to chance
            end = time.monotonic() + 10
            while time.monotonic() < end:
                peer.send_frame(1, b"x" * 100)

    @pytest.mark.parametrize(
        ("opcode", "payload", "is_last", "code"),
        [
            (1, b"\xff\xfe", True, 1007),
            (3, b"x", True, 1002),
            (0, b"x", True, 1002),
            (9, b"x", False, 1002),
            (8, b"\x03", True, 1002),
        ],
    )
    def test_a_frame_against_the_protocol_closes(
        self, served: Served, connect: Connect, opcode: int, payload: bytes, is_last: bool, code: int
    ) -> None:
        peer = connect(served)
        peer.until("hello")
        peer.send_frame(opcode, payload, is_last=is_last)

        assert code == peer.close_code()


class TestLeaving:
    def test_after_a_clean_close_nothing_but_the_end_follows(self, served: Served, connect: Connect) -> None:
        """A server's own answer after the close frame would be garbage on the WebSocket."""
        peer = connect(served)
        peer.until("hello")
        peer.send_frame(8, (1000).to_bytes(2, "big"))

        assert 1000 == peer.close_code()
        assert b"" == peer.rest()

    @pytest.mark.parametrize("how", ["reset", "half closed", "closed"])
    def test_a_page_that_vanishes_leaves_nothing_behind(
        self, served: Served, connect: Connect, wait: Callable[..., None], how: str
    ) -> None:
        import socket
        import struct

        before = threading.active_count()
        for _ in range(10):
            peer = connect(served)
            peer.until("hello")
            if how == "reset":
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if how == "half closed":
                peer.socket.shutdown(socket.SHUT_WR)
            else:
                peer.socket.close()

        wait(lambda: served.scope.hub.watching == 0, "someone still seems to watch")
        wait(lambda: threading.active_count() <= before, "threads are left")

    def test_a_page_that_stops_reading_is_cut_off_and_nobody_else_notices(
        self, served: Served, connect: Connect, wait: Callable[..., None]
    ) -> None:
        stalled = connect(served, receive_buffer=4096)
        other = connect(served)
        other.until("hello")
        hub, expected = served.scope.hub, 0
        wait(lambda: hub.watching == 2, "both should watch")

        end = time.monotonic() + 30
        while hub.watching == 2:
            assert time.monotonic() < end, "the stalled one is still served"
            hub.publish(json.dumps({"v": 1, "type": "result", "n": expected, "x": "x" * 500_000}).encode())
            assert expected == other.until("result")["n"]
            expected += 1

        assert expected > 3
        stalled.socket.close()

    def test_a_server_that_stops_says_goodbye_to_all(self, served: Served, connect: Connect) -> None:
        peers = [connect(served) for _ in range(3)]
        for peer in peers:
            peer.until("hello")

        begun = time.monotonic()
        served.scope.hub.stop()

        assert [1012, 1012, 1012] == [peer.close_code() for peer in peers]
        assert time.monotonic() - begun < 3


class TestManyAtOnce:
    def test_eight_pages_get_the_same_events_of_many_threads(self, served: Served, connect: Connect) -> None:
        peers = [connect(served) for _ in range(8)]
        for peer in peers:
            peer.until("hello")

        threads = [threading.Thread(target=lambda: [served.get("/") for _ in range(10)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        kept = served.scope.recording.events()

        expected = json.loads(json.dumps(kept))
        for peer in peers:
            assert expected == events_to(peer, len(kept))

    def test_a_page_that_is_cut_off_at_any_moment_loses_and_doubles_nothing(self, served: Served) -> None:
        """A real client that reconnects over random cuts while requests keep coming."""
        choose = random.Random(7)
        loading = threading.Event()

        def load() -> None:
            for _ in range(300):
                served.get("/")
            loading.set()

        threading.Thread(target=load, daemon=True).start()
        received: list[int] = []
        run: str | None = None
        end = time.monotonic() + 60
        cuts = 0
        while not (loading.is_set() and received and received[-1] == served.scope.hub.journal.last):
            cuts += 1
            assert time.monotonic() < end, f"only {len(received)} events"
            # Not simple-websocket's own client: what comes along with the handshake's answer waits in there for more.
            url = f"ws://127.0.0.1:{served.port}/_flaskscope/stream?follow=1"
            with open_websocket(url, max_size=None) as client:
                run = json.loads(client.recv(timeout=5))["run"]
                after = received[-1] if received else 0
                client.send(json.dumps({"v": 1, "type": "follow", "after": after, "run": run}))
                until = time.monotonic() + choose.uniform(0.0, 0.08)
                while (left := until - time.monotonic()) > 0:
                    with contextlib.suppress(TimeoutError):
                        text = client.recv(timeout=left)
                        received += [row[0] for row in rows([json.loads(text)])]
                if choose.random() < 0.5:
                    client.socket.shutdown(socket.SHUT_RDWR)

        assert list(range(1, served.scope.hub.journal.last + 1)) == received
        assert cuts > 10

    def test_closing_from_both_sides_at_once_is_harmless(self, served: Served) -> None:
        client = Client.connect(f"ws://127.0.0.1:{served.port}/_flaskscope/stream")
        assert "hello" == json.loads(client.receive(timeout=5))["type"]
        served.scope.hub.stop()

        with pytest.raises(ConnectionClosed) as closed:
            client.receive(timeout=5)

        assert 1012 == closed.value.reason
        client.sock.close()


class TestLines:
    def lines(self, body: bytes) -> list[dict[str, Any]]:
        return [json.loads(line) for line in body.splitlines() if line]

    def test_programs_get_one_object_a_line(self, served: Served) -> None:
        served.get("/")

        status, headers, body = served.get("/_flaskscope/events")

        lines = self.lines(body)
        assert (200, "application/x-ndjson") == (status, headers["Content-Type"])
        assert list(range(1, len(lines) + 1)) == [line["number"] for line in lines]
        assert {"context.pushed", "g.set", "session.changed"} <= {line["kind"] for line in lines}

    def test_they_can_go_on_after_what_they_have(self, served: Served) -> None:
        served.get("/")

        assert 5 == self.lines(served.get("/_flaskscope/events?after=4")[2])[0]["number"]
        assert b"" == served.get("/_flaskscope/events?after=9999")[2]

    def test_what_is_gone_is_a_line_too(self, serve: Callable[..., Served]) -> None:
        served = serve({"FLASKSCOPE_MAX_EVENTS": 100})
        for _ in range(20):
            served.get("/")

        lost, first = self.lines(served.get("/_flaskscope/events?after=3")[2])[:2]

        assert ("lost", 4, first["number"] - 1) == (lost["type"], lost["from"], lost["to"])

    @pytest.mark.parametrize("query", ["after=x", "after=-1", "after=", "follow=yes", "after=" + "9" * 30])
    def test_a_bad_query_is_refused_with_the_remedy(self, served: Served, query: str) -> None:
        status, _, body = served.get(f"/_flaskscope/events?{query}")

        assert 400 == status
        assert "Give" in json.loads(body)["remedy"]

    def test_following_goes_on_until_one_side_leaves(self, served: Served, wait: Callable[..., None]) -> None:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        connection.request("GET", "/_flaskscope/events?follow=1")
        response = connection.getresponse()
        wait(lambda: served.scope.hub.watching == 1, "nobody watches")

        served.get("/")
        assert 1 == json.loads(response.readline())["number"]

        response.close()
        connection.close()
        wait(lambda: served.scope.hub.watching == 0, "the program is still thought to watch")

    def test_a_server_that_stops_ends_them(self, served: Served, wait: Callable[..., None]) -> None:
        bodies: list[bytes] = []
        reading = threading.Thread(
            target=lambda: bodies.append(served.get("/_flaskscope/events?follow=1")[2])
        )
        reading.start()
        wait(lambda: served.scope.hub.watching == 1, "nobody watches")

        served.scope.hub.stop()
        reading.join(10)

        assert [b""] == bodies
