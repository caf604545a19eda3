"""A Redis that is far away: each of its answers takes a while. The app does not notice, and all of it arrives."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.deadlines import stop_seconds

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

DELAY_SECONDS = 0.3


def pass_on(source: socket.socket, target: socket.socket, delay_seconds: float) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            # No condition to wait for: time is what is tested.
            threading.Event().wait(delay_seconds)
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@pytest.fixture
def far_away() -> Iterator[Callable[[int], int]]:
    """Return the port of a way to a port of this machine on which all that comes back takes `DELAY_SECONDS`."""
    listening: list[socket.socket] = []

    def accept(server: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                visitor, _ = server.accept()
                redis = socket.create_connection(("127.0.0.1", port))
                for source, target, delay in ((visitor, redis, 0.0), (redis, visitor, DELAY_SECONDS)):
                    threading.Thread(target=pass_on, args=(source, target, delay), daemon=True).start()

    def start(port: int) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)
        threading.Thread(target=accept, args=(server, port), daemon=True).start()
        own: int = server.getsockname()[1]
        return own

    yield start

    for server in listening:
        server.close()


def test_redis_that_is_slow_slows_no_request_and_loses_nothing(
    start_redis: Callable[..., Redis],
    start_hub: Callable[..., str],
    start_worker: Callable[..., Program],
    open_page: Callable[[str], Page],
    far_away: Callable[[int], int],
) -> None:
    url = f"redis://127.0.0.1:{far_away(start_redis().port)}/0"
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))
    worker = start_worker(FLASKSCOPE_REDIS_URL=url)
    worker.say("1")
    run = page.one_run()
    page.until(lambda page: page.is_whole(run, 1))

    for round_ in (1, 2, 3):
        worker.say("100")
        worker.wait_for(rf"(?s)(done.*){{{round_ + 1}}}\n")
    for total in [float(line.split()[1]) for line in worker.output.splitlines()]:
        assert total < 100 * DELAY_SECONDS / 4, worker.output
    page.until(lambda page: page.is_whole(run, 301))
    begun = time.monotonic()
    assert worker.process.stdin is not None
    worker.process.stdin.close()

    assert 0 == worker.wait()
    assert time.monotonic() - begun < stop_seconds()
    # Whether it could say in time that it ends is a matter of what was under way.
    page.until(lambda page: page.state_of(run) != "live")
    page.assert_gapless(run)
    assert not page.lost
    assert "FlaskScope" not in worker.output
