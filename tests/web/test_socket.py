"""The hardened connection: whole frames, one after the other, to a peer that may not read."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from flaskscope.web.socket import MAX_UNREAD, Inbox, Listener, StreamSocket, harden


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection over TCP: the server's end and the peer's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname(), timeout=10)
        server, _ = listener.accept()
    yield server, peer
    server.close()
    peer.close()


def read(peer: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        chunk = peer.recv(65536)
        assert chunk, f"the end came after {len(data)} of {length} bytes"
        data += chunk
    return data


class TestSending:
    @pytest.mark.parametrize(
        ("length", "head"),
        [
            (0, b"\x81\x00"),
            (125, b"\x81\x7d"),
            (126, b"\x81\x7e\x00\x7e"),
            (65_535, b"\x81\x7e\xff\xff"),
            (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        ],
    )
    def test_a_message_becomes_one_text_frame(
        self, pair: tuple[socket.socket, socket.socket], length: int, head: bytes
    ) -> None:
        server, peer = pair

        StreamSocket(server).send_text(b"x" * length)

        assert head + b"x" * length == read(peer, len(head) + length)

    @pytest.mark.parametrize("can_skip_waiting", [True, False])
    def test_a_large_frame_arrives_whole_though_the_peer_reads_slowly(
        self,
        pair: tuple[socket.socket, socket.socket],
        monkeypatch: pytest.MonkeyPatch,
        can_skip_waiting: bool,
    ) -> None:
        monkeypatch.setattr("flaskscope.web.socket._CAN_SKIP_WAITING", can_skip_waiting)
        server, peer = pair
        payload = bytes(range(256)) * 40_000
        sender = threading.Thread(target=StreamSocket(server).send_text, args=(payload,))
        sender.start()

        received = b""
        while len(received) < len(payload) + 10:
            received += peer.recv(200_000)
        sender.join(10)

        assert payload == received[10:]

    def test_frames_of_several_threads_do_not_mix(self, pair: tuple[socket.socket, socket.socket]) -> None:
        server, peer = pair
        stream = StreamSocket(server)
        size, count = 30_000, 40

        def send(letter: bytes) -> None:
            for _ in range(count):
                stream.send_text(letter * size)

        threads = [threading.Thread(target=send, args=(letter,)) for letter in (b"a", b"b", b"c")]
        for thread in threads:
            thread.start()
        data = read(peer, (size + 4) * 3 * count)
        for thread in threads:
            thread.join(10)

        for at in range(0, len(data), size + 4):
            assert struct.pack("!BBH", 0x81, 126, size) == data[at : at + 4]
            assert 1 == len(set(data[at + 4 : at + 4 + size]))

    @pytest.mark.parametrize("can_skip_waiting", [True, False])
    def test_a_peer_that_reads_nothing_does_not_hold_up_the_end_of_the_server(
        self,
        pair: tuple[socket.socket, socket.socket],
        monkeypatch: pytest.MonkeyPatch,
        can_skip_waiting: bool,
    ) -> None:
        monkeypatch.setattr("flaskscope.web.socket._CAN_SKIP_WAITING", can_skip_waiting)
        server, _ = pair
        ending = threading.Event()
        stream = StreamSocket(server, stall_seconds=60, is_ending=ending.is_set)
        ended = threading.Event()

        def send() -> None:
            with contextlib.suppress(TimeoutError):
                stream.send_text(b"x" * 30_000_000)
            ended.set()

        threading.Thread(target=send, daemon=True).start()
        assert not ended.wait(0.3)
        ending.set()

        assert ended.wait(5)

    @pytest.mark.parametrize("can_skip_waiting", [True, False])
    def test_a_peer_that_reads_nothing_is_cut_off_in_time(
        self,
        pair: tuple[socket.socket, socket.socket],
        monkeypatch: pytest.MonkeyPatch,
        can_skip_waiting: bool,
    ) -> None:
        monkeypatch.setattr("flaskscope.web.socket._CAN_SKIP_WAITING", can_skip_waiting)
        server, _ = pair
        stream = StreamSocket(server, stall_seconds=0.3)

        begun = time.monotonic()
        with pytest.raises(TimeoutError, match="read nothing"):
            stream.send_text(b"x" * 30_000_000)

        assert 0.3 <= time.monotonic() - begun < 3
        with pytest.raises(BrokenPipeError):
            stream.send(b"more")

    def test_a_peer_that_stops_reading_is_noticed_before_the_kernels_buffers_are_full(self) -> None:
        """On Linux, that is: no other system says how much its peer has not taken."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            peer = socket.socket()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(listener.getsockname())
            server, _ = listener.accept()
        stream = StreamSocket(server, stall_seconds=0.3)

        end = time.monotonic() + 5
        with peer, server, pytest.raises(TimeoutError, match="read nothing"):  # noqa: PT012
            while time.monotonic() < end:
                stream.send_text(b"x" * 500)
                stream.check()
                threading.Event().wait(0.01)

    def test_a_peer_that_reads_or_has_nothing_to_read_is_left_alone(
        self, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        server, peer = pair
        stream = StreamSocket(server, stall_seconds=0.1)
        end = time.monotonic() + 0.4
        sent = 0

        while time.monotonic() < end:
            stream.check()
            if sent < 10:
                stream.send_text(b"x" * 500)
                read(peer, 504)
                sent += 1
            threading.Event().wait(0.01)

        assert 10 == sent

    def test_the_end_of_the_talk_frees_one_who_waits_to_send(
        self, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        server, _ = pair
        stream = StreamSocket(server)
        threading.Timer(0.1, stream.close).start()

        begun = time.monotonic()
        with pytest.raises(OSError):
            stream.send_text(b"x" * 30_000_000)

        assert time.monotonic() - begun < 3


class TestClosing:
    def test_the_servers_socket_stays_the_servers_to_close(
        self, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        server, peer = pair
        stream = StreamSocket(server)
        stream.send(b"last words")

        stream.close()
        stream.close()

        assert -1 != server.fileno() == stream.fileno()
        assert b"last words" == read(peer, 10)
        assert b"" == peer.recv(1)
        assert b"" == stream.recv(1)
        with pytest.raises(BrokenPipeError):
            server.sendall(b"HTTP/1.1 200 OK")


class TestKeepalive:
    @pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="this system has other options")
    @pytest.mark.parametrize(
        "hold",
        [StreamSocket, lambda connection: Listener({"gunicorn.socket": connection})],
        ids=["stream", "lines"],
    )
    def test_a_peer_whose_network_vanished_is_asked_whether_it_is_there(
        self, pair: tuple[socket.socket, socket.socket], hold: Any
    ) -> None:
        """Nothing is sent while nothing happens in the app, so that nothing else would find out."""
        server, _ = pair

        hold(server)

        assert 1 == server.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        assert [15, 10, 3] == [server.getsockopt(socket.IPPROTO_TCP, option) for option in options]

    def test_one_that_did_not_answer_has_left(self, pair: tuple[socket.socket, socket.socket]) -> None:
        """Where the system says so, and not a timeout of ours."""
        server, _ = pair
        stream = StreamSocket(Unanswered(server))  # type: ignore[arg-type]

        with pytest.raises(TimeoutError):
            stream.recv(1)


class Unanswered:
    """A connection whose system has given up the peer."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def recv(self, size: int) -> bytes:
        raise OSError(errno.ETIMEDOUT, "Connection timed out")


class TestListener:
    def test_a_peer_that_has_left_is_seen(self, pair: tuple[socket.socket, socket.socket]) -> None:
        server, peer = pair
        listener = Listener({"werkzeug.socket": server})
        assert not listener.is_gone()

        peer.sendall(b"x")
        assert not listener.is_gone()
        server.recv(1)
        peer.close()

        end = time.monotonic() + 5
        while not listener.is_gone():
            assert time.monotonic() < end

    def test_without_a_connection_nobody_is_gone(self) -> None:
        assert not Listener({}).is_gone()


class TestOffering:
    def test_what_fits_leaves_at_once_as_one_frame(self, pair: tuple[socket.socket, socket.socket]) -> None:
        server, peer = pair
        stream = StreamSocket(server)

        assert stream.offer(b"x" * 126, lambda: True)

        assert b"\x81\x7e\x00\x7e" + b"x" * 126 == read(peer, 130)
        assert not stream.is_behind

    def test_what_does_not_fit_comes_before_anything_else(
        self, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        server, peer = pair
        stream = StreamSocket(server)
        payload = bytes(range(256)) * 80_000

        begun = time.monotonic()
        assert stream.offer(payload, lambda: True)
        assert time.monotonic() - begun < 1
        assert stream.is_behind
        assert not stream.offer(b"next", lambda: True), "the frame before is not whole yet"
        sender = threading.Thread(target=stream.send_text, args=(b"last",))
        sender.start()
        received = read(peer, len(payload) + 10 + 6)
        sender.join(10)

        assert payload == received[10:-6]
        assert b"\x81\x04last" == received[-6:]
        assert not stream.is_behind

    def test_it_is_seen_off_by_one_who_may_wait(self, pair: tuple[socket.socket, socket.socket]) -> None:
        server, peer = pair
        stream = StreamSocket(server)
        payload = b"x" * 20_000_000
        stream.offer(payload, lambda: True)

        sender = threading.Thread(target=stream.see_off)
        sender.start()
        read(peer, len(payload) + 10)
        sender.join(10)

        assert not stream.is_behind

    def test_a_peer_that_takes_nothing_more_is_cut_off(
        self, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        server, _ = pair
        stream = StreamSocket(server, stall_seconds=0.1)
        stream.offer(b"x" * 20_000_000, lambda: True)

        with pytest.raises(TimeoutError):
            stream.see_off()

    def test_nothing_is_taken_that_could_not_be_sent(self, pair: tuple[socket.socket, socket.socket]) -> None:
        server, peer = pair
        stream = StreamSocket(server)

        assert not stream.offer(b"x", lambda: False), "a close frame may have been sent"
        stream.close()
        assert not stream.offer(b"x", lambda: True)
        assert b"" == peer.recv(10)

    def test_one_who_is_sending_is_not_waited_for(self, pair: tuple[socket.socket, socket.socket]) -> None:
        server, peer = pair
        stream = StreamSocket(server)
        payload = b"y" * 20_000_000
        sender = threading.Thread(target=stream.send_text, args=(payload,))
        sender.start()
        begun = peer.recv(1)

        assert not stream.offer(b"x", lambda: True), "the frame of the other thread is not whole yet"
        assert payload == (begun + read(peer, len(payload) + 10 - 1))[10:]
        sender.join(10)


class TestInbox:
    def test_one_message_too_many_breaks_the_connection(self) -> None:
        inbox = Inbox()
        for number in range(MAX_UNREAD):
            inbox.append(number)

        with pytest.raises(OSError, match="too many unread messages"):
            inbox.append("one more")


def test_hardening_takes_the_place_of_the_servers_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    environ: dict[str, Any] = {"gunicorn.socket": pair[0]}

    stream = harden(environ)

    assert stream is environ["gunicorn.socket"]
    assert pair[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
