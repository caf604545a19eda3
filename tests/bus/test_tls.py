"""A hub behind TLS: ``https://`` or ``wss://`` in its address."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.bus.relays import relays

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

CERTIFICATE = Path(__file__).with_name("localhost.pem")


@pytest.fixture
def in_front_of() -> Iterator[Callable[[int], int]]:
    """Put something that speaks TLS in front of a port of this machine, and return its own port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with relays(lambda visitor: context.wrap_socket(visitor, server_side=True)) as open_way:
        yield open_way


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
