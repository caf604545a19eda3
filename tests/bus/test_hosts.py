"""Two hosts: networks of their own, clocks of their own, and a Redis between them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

#: Seconds that the wall clock of the other host is ahead.
AHEAD_SECONDS = 3

#: A worker on a host whose wall clock is wrong.
SKEWED = f"""
import time
real, real_ns = time.time, time.time_ns
time.time = lambda: real() + {AHEAD_SECONDS}
time.time_ns = lambda: real_ns() + {AHEAD_SECONDS} * 10**9
exec(open("worker.py").read())
"""


@dataclass
class Hosts:
    """Two hosts, the second of which reaches the first under *address*.

    *prefix* is what a command on the second one begins with. Where the machine forbids namespaces it is empty, and
    *refused* has the reason.
    """

    address: str
    prefix: tuple[str, ...]
    refused: str = ""

    def partition(self) -> None:
        """Cut the cable."""
        _ip("link", "set", self.device, "down")

    def mend(self) -> None:
        """Mend it."""
        _ip("link", "set", self.device, "up")

    @property
    def device(self) -> str:
        return f"fsh{os.getpid() % 100_000}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    number = os.getpid() % 200
    here, there = f"10.213.{number}.1", f"10.213.{number}.2"
    found = Hosts(here, ())
    name = found.device
    try:
        with contextlib.ExitStack() as left:
            _ip("netns", "add", name)
            left.callback(_ip, "netns", "del", name)
            _ip("link", "add", name, "type", "veth", "peer", "name", f"{name}p")
            _ip("link", "set", f"{name}p", "netns", name)
            _ip("addr", "add", f"{here}/24", "dev", name)
            _ip("link", "set", name, "up")
            inside = ("netns", "exec", name)
            _ip(*inside, "ip", "addr", "add", f"{there}/24", "dev", f"{name}p")
            _ip(*inside, "ip", "link", "set", f"{name}p", "up")
            _ip(*inside, "ip", "link", "set", "lo", "up")
            # A monotonic clock of its own as well: a host that was started at another time.
            found.prefix = (
                "ip",
                *inside,
                "unshare",
                "--time",
                "--monotonic",
                "86400",
                "--fork",
                "--kill-child",
            )
            _ip(*inside, *found.prefix[4:], "true")
            yield found
            return
    except (OSError, subprocess.CalledProcessError) as error:
        found = Hosts("127.0.0.1", (), str(getattr(error, "stderr", error)) or str(error))
    yield found


def test_an_app_on_another_host_is_on_the_same_time_axis(
    hosts: Hosts,
    start: Callable[..., Program],
    start_program: Callable[..., Program],
    start_hub: Callable[..., str],
    start_redis: Callable[..., Redis],
    start_worker: Callable[..., Program],
    open_page: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    if not hosts.prefix:
        # Two processes instead of two hosts, then; but only where two hosts are really forbidden.
        assert os.geteuid() != 0 or shutil.which("ip") is None or "ermitted" in hosts.refused, hosts.refused
    server = start_redis("--bind", "0.0.0.0", "--protected-mode", "no")
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=server.url))
    near = start_worker(FLASKSCOPE_REDIS_URL=server.url)
    (tmp_path / "skewed.py").write_text(SKEWED)
    far = start_program(
        *hosts.prefix,
        "python",
        "skewed.py",
        FLASKSCOPE_ENABLED="1",
        FLASKSCOPE_REDIS_URL=server.url.replace("127.0.0.1", hosts.address),
    )
    near.say("1")
    far.say("1")
    page.until(lambda page: len(page.processes) == 2)

    def clock_of(page: Page, by: str) -> dict[str, float] | None:
        clocks = [each["clock"] for each in page.processes.values()]
        return next((clock for clock in clocks if clock["by"] == by), None)

    if not hosts.prefix:
        # One monotonic clock tells where both are, whatever their wall clocks say.
        page.until(
            lambda page: any(abs(each["clock"]["offset_ms"] + 3_000) < 50 for each in page.processes.values())
        )
        return
    measured = page.until(lambda page: clock_of(page, "redis"))
    assert abs(measured["offset_ms"] + AHEAD_SECONDS * 1e3) <= measured["uncertainty_ms"] + 20
    assert 0 < measured["uncertainty_ms"] < 500
    assert clock_of(page, "machine") is not None

    run = next(run for run, each in page.processes.items() if each["clock"]["by"] == "redis")
    hosts.partition()
    far.say("20")
    far.wait_for(r"(?s)done.*done")
    page.until(lambda page: page.processes[run]["state"] == "away")
    hosts.mend()

    page.until(lambda page: page.kinds(run).count("request.finished") == 21)
    page.until(lambda page: page.processes[run]["state"] == "live")
    assert list(range(1, len(page.numbers[run]) + 1)) == page.numbers[run]
    assert not page.lost
