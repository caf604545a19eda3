"""A hub behind TLS: ``https://`` or ``wss://`` in its address."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

CERTIFICATE = Path(__file__).with_name("localhost.pem")


def pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@pytest.fixture
def in_front_of() -> Iterator[Callable[[int], int]]:
    """Put something that speaks TLS in front of a port of this machine, and return its own port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    listening: list[socket.socket] = []

    def accept(server: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = server.accept()
                with contextlib.suppress(OSError):
                    visitor = context.wrap_socket(plain, server_side=True)
                    hub = socket.create_connection(("127.0.0.1", port))
                    for pair in ((visitor, hub), (hub, visitor)):
                        threading.Thread(target=pass_on, args=pair, daemon=True).start()

    def start(port: int) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)
        threading.Thread(target=accept, args=(server, port), daemon=True).start()
        own: int = server.getsockname()[1]
        return own

    yield start

    for server in listening:
        server.close()


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_a_process_reaches_it_if_it_trusts_the_certificate(
    scheme: str,
    start_hub: Callable[..., str],
    start_worker: Callable[..., Program],
    open_page: Callable[[str], Page],
    in_front_of: Callable[[int], int],
) -> None:
    address = start_hub()
    page = open_page(address)
    port = urlsplit(address).port
    assert port is not None
    secure = f"{scheme}://localhost:{in_front_of(port)}/_flaskscope"
    stranger = start_worker(FLASKSCOPE_HUB_URL=secure)
    friend = start_worker(FLASKSCOPE_HUB_URL=secure, SSL_CERT_FILE=str(CERTIFICATE))
    for worker in (stranger, friend):
        worker.say("200")

    run = page.until(lambda page: next(iter(page.processes), None))
    page.until(lambda page: page.kinds(run).count("request.finished") == 200)
    stranger.wait_for("cannot send its events to the hub at wss://localhost:.*certificate")

    assert [friend.process.pid] == [each["process"]["pid"] for each in page.processes.values()]
    assert list(range(1, len(page.numbers[run]) + 1)) == page.numbers[run]


def test_redis_behind_tls_is_reached_with_name_and_password(
    start_hub: Callable[..., str],
    start_redis: Callable[..., Redis],
    start_worker: Callable[..., Program],
    open_page: Callable[[str], Page],
    in_front_of: Callable[[int], int],
) -> None:
    server = start_redis("--user", "ada", "on", ">secret", "~flaskscope:*", "+@all")
    secure = f"rediss://ada:secret@localhost:{in_front_of(server.port)}/0"
    trusted = f"{secure}?ssl_ca_certs={CERTIFICATE}"
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=trusted))
    stranger = start_worker(FLASKSCOPE_REDIS_URL=secure)
    friend = start_worker(FLASKSCOPE_REDIS_URL=trusted)
    for worker in (stranger, friend):
        worker.say("5")

    run = page.until(lambda page: next(iter(page.processes), None))
    page.until(lambda page: page.kinds(run).count("request.finished") == 5)
    stranger.wait_for("cannot send its events to Redis at rediss://localhost:.*certificate")

    assert friend.process.pid == page.processes[run]["process"]["pid"]
    assert "secret" not in stranger.output
