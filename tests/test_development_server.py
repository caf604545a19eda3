"""The socket of a start: which port, which address, and what is said when there is none."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from flaskscope.development_server import PORTS_TRIED, Refusal, is_loopback, listen, reachable_names


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """A socket that listens on a port of 127.0.0.1."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        yield opened


def failing_with(number: int) -> type[socket.socket]:
    """Return a class of sockets that the system refuses to bind, with the error *number*."""

    class Failing(socket.socket):
        def bind(self, address: Any) -> None:
            raise OSError(number, "as the system says it")

    return Failing


class TestListen:
    def test_port_0_is_any_free_one_and_listens_at_once(self) -> None:
        with listen("127.0.0.1", 0) as listening:
            address = listening.getsockname()

            with socket.create_connection(address, timeout=5) as client:
                assert client.getpeername() == address

    def test_a_taken_port_leads_to_a_later_one(self, taken: socket.socket) -> None:
        port = taken.getsockname()[1]

        with listen("127.0.0.1", port) as listening:
            assert port < listening.getsockname()[1] < port + PORTS_TRIED

    def test_two_programs_never_share_a_port(self) -> None:
        with listen("127.0.0.1", 0) as first, listen("127.0.0.1", first.getsockname()[1]) as second:
            assert first.getsockname() != second.getsockname()

    def test_when_all_are_taken_the_ports_are_named(self) -> None:
        with pytest.raises(
            Refusal, match=r"^Ports 5000 to 5019 of 127\.0\.0\.1 are all taken\. .*--port 0\.$"
        ):
            listen("127.0.0.1", 5000, socket_class=failing_with(errno.EADDRINUSE))

    def test_beyond_the_last_port_there_is_none(self) -> None:
        with pytest.raises(Refusal, match=r"^Ports 65530 to 65535 "):
            listen("127.0.0.1", 65530, socket_class=failing_with(errno.EADDRINUSE))

    def test_a_port_that_needs_rights_is_said(self) -> None:
        with pytest.raises(
            Refusal, match=r"^Port 80 may not be used without more rights\. .* --port 5000\.$"
        ):
            listen("127.0.0.1", 80, socket_class=failing_with(errno.EACCES))

    def test_an_address_of_another_machine_is_said(self) -> None:
        with pytest.raises(Refusal, match=r"^--host is '192\.0\.2\.1': not an address of this machine\."):
            listen("192.0.2.1", 0)

    @pytest.mark.parametrize("host", ["nowhere.invalid", "", "a" * 300, "1.2.3.4.5", "exa mple", "x\0y"])
    def test_a_name_that_nobody_knows_is_said(self, host: str) -> None:
        with pytest.raises(Refusal, match=r"^--host is '.*: not a name or address that is known\."):
            listen(host, 0)

    def test_whatever_else_the_system_says_is_passed_on(self) -> None:
        with pytest.raises(Refusal, match=r"127\.0\.0\.1 port 5000 cannot be used: as the system says it\."):
            listen("127.0.0.1", 5000, socket_class=failing_with(errno.ENOBUFS))

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.9"])
    def test_this_machine_is_loopback(self, host: str) -> None:
        with listen(host, 0) as listening:
            assert is_loopback(listening)

    def test_all_addresses_are_not(self) -> None:
        with listen("0.0.0.0", 0) as listening:
            assert not is_loopback(listening)


class TestReachableNames:
    @pytest.mark.parametrize(
        ("host", "name"),
        [("192.168.1.7", "192.168.1.7"), ("Box.Example", "box.example"), ("fd00::7", "[fd00::7]")],
    )
    def test_an_address_is_its_own_name(self, host: str, name: str) -> None:
        assert reachable_names(host) == (name,)

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]"])
    def test_all_addresses_stand_for_the_machines_name(self, host: str) -> None:
        names = reachable_names(host)

        assert socket.gethostname().lower() in names
        assert host not in names


def test_a_socket_that_failed_is_closed() -> None:
    opened: list[socket.socket] = []

    class Remembered(failing_with(errno.EACCES)):  # type: ignore[misc]  # a class made above
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            opened.append(self)

    with ExitStack() as stack, pytest.raises(Refusal):
        stack.enter_context(listen("127.0.0.1", 80, socket_class=Remembered))

    assert [each.fileno() for each in opened] == [-1]
