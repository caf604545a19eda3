"""A process with many apps, such as a test run whose fixture makes one for each test."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.deadlines import stop_seconds

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

Start = Callable[..., "Program"]
StartHub = Callable[..., str]
OpenPage = Callable[[str], "Page"]

TESTS = 80

#: Of one request of the shop.
EVENTS = 9

SUITE = """
import time

import pytest
from flask import Flask, g
from flaskscope import FlaskScope

kept = []


def create_app():
    app = Flask("shop")
    FlaskScope(app)

    @app.get("/")
    def index():
        g.user = "ada"
        return "the shop"

    return app


@pytest.fixture
def client():
    app = create_app()
    KEEP
    return app.test_client()


@pytest.mark.parametrize("number", range(TESTS))
def test_the_shop_answers(client, number):
    assert client.get("/").text == "the shop"


def test_it_is_about_to_end(pytestconfig):
    pytestconfig.add_cleanup(lambda: print("ends at", time.time()))
"""


@pytest.mark.parametrize("way", ["hub", "redis"])
@pytest.mark.parametrize("keeps", ["its apps die", "its apps stay"])
def test_each_app_of_a_test_run_is_told_or_counted(
    start: Start,
    start_hub: StartHub,
    start_redis: Callable[..., Redis],
    open_page: OpenPage,
    tmp_path: Path,
    way: str,
    keeps: str,
) -> None:
    keep = "kept.append(app)" if keeps == "its apps stay" else "pass"
    (tmp_path / "test_shop.py").write_text(SUITE.replace("KEEP", keep).replace("TESTS", str(TESTS)))
    if way == "redis":
        settings = {"FLASKSCOPE_REDIS_URL": start_redis().url}
        address = start_hub(**settings)
    else:
        address = start_hub()
        settings = {"FLASKSCOPE_HUB_URL": address}

    suite = start(
        *("-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "test_shop.py"),
        FLASKSCOPE_ENABLED="1",
        **settings,
    )

    assert 0 == suite.wait(), suite.output
    assert time.time() - float(suite.wait_for(r"ends at (\S+)")[1]) < stop_seconds()
    assert f"{TESTS + 1} passed" in suite.output
    assert "FlaskScope" not in suite.output
    assert "not sent" not in suite.output
    page = open_page(address)
    page.until(lambda page: page.forgotten + sum(map(len, page.rows.values())) == TESTS * EVENTS)
    assert not page.lost
    page.until(lambda page: {"ended"} == {each["state"] for each in page.processes.values()})


MANY = """
import os, sys, threading
from test_shop import create_app

apps = [create_app() for _ in range(12)]
for app in apps:
    app.test_client().get("/")
print("begun", flush=True)
for line in sys.stdin:
    for app in apps:
        app.test_client().get("/")
    print("answered", threading.active_count(), flush=True)
END
"""


def test_an_app_that_made_way_for_others_is_told_of_again(
    start: Start, start_hub: StartHub, open_page: OpenPage, tmp_path: Path
) -> None:
    """There are more apps than connections: each has one when it needs one."""
    (tmp_path / "test_shop.py").write_text(SUITE.replace("TESTS", "1"))
    (tmp_path / "many.py").write_text(MANY.replace("END", ""))
    address = start_hub()
    page = open_page(address)
    many = start("many.py", FLASKSCOPE_ENABLED="1", FLASKSCOPE_HUB_URL=address)
    page.until(lambda page: len(page.processes) == 12)
    for round_ in (2, 3):
        many.say("more")
        page.until(lambda page: all(page.is_whole(run, round_) for run in page.processes))  # noqa: B023

    assert many.process.stdin is not None
    many.process.stdin.close()
    assert 0 == many.wait()

    page.until(lambda page: {"ended"} == {each["state"] for each in page.processes.values()})
    for run in page.processes:
        page.assert_gapless(run)
    assert not page.lost
    assert "FlaskScope" not in many.output


def test_a_hub_that_comes_late_is_told_of_all_apps_and_the_log_has_one_line(
    start: Start, start_hub: StartHub, open_page: OpenPage, tmp_path: Path, free_port: int
) -> None:
    (tmp_path / "test_shop.py").write_text(SUITE.replace("TESTS", "1"))
    (tmp_path / "many.py").write_text(MANY.replace("END", ""))
    many = start(
        "many.py", FLASKSCOPE_ENABLED="1", FLASKSCOPE_HUB_URL=f"http://127.0.0.1:{free_port}/_flaskscope/"
    )
    many.wait_for("cannot send its events")
    many.say("more")
    threads = int(many.wait_for(r"answered (\d+)")[1])

    page = open_page(start_hub("--port", str(free_port)))

    page.until(lambda page: len(page.processes) == 12)
    page.until(lambda page: all(page.is_whole(run, 2) for run in page.processes))
    many.wait_for("sends its events to the hub at .* again")
    for line in ("cannot send", "again"):
        assert 1 == many.output.count(line), many.output
    # The main one, one that looks, and who tries, with a connection, its reader and its pump.
    assert threads <= 2 + 3 * 8


@pytest.mark.parametrize("end", ["", "os._exit(0)"])
def test_all_apps_end_together_and_say_what_was_not_sent(
    start: Start, start_hub: StartHub, open_page: OpenPage, tmp_path: Path, end: str
) -> None:
    """The hub is frozen: what it is sent is taken by the kernel, but nobody answers."""
    (tmp_path / "test_shop.py").write_text(SUITE.replace("TESTS", "1"))
    (tmp_path / "many.py").write_text(MANY.replace("END", end))
    address = start_hub()
    page = open_page(address)
    many = start("many.py", FLASKSCOPE_ENABLED="1", FLASKSCOPE_HUB_URL=address)
    page.until(lambda page: len(page.processes) == 12)
    start_hub.programs[address].process.send_signal(signal.SIGSTOP)  # type: ignore[attr-defined]
    many.say("more")
    many.wait_for("answered")

    begun = time.monotonic()
    assert many.process.stdin is not None
    many.process.stdin.close()

    assert 0 == many.wait()
    assert time.monotonic() - begun < stop_seconds()
    many.wait_for(r"\d+ events were not sent to the hub at ws://\S+ before the process ended\.")


HUB = """
from flaskscope.config import read_settings
from flaskscope.web.standalone import create_hub

hub = create_hub(read_settings({}))
"""


def test_a_full_hub_is_said_once_and_what_it_did_not_take_is_counted(
    start: Start, start_worker: Start, tmp_path: Path, free_port: int
) -> None:
    """Of four threads gunicorn leaves two to the app, so two processes can send."""
    (tmp_path / "hub.py").write_text(HUB)
    hub = start("-m", "gunicorn", "-b", f"127.0.0.1:{free_port}", "--threads", "4", "hub:hub")
    hub.wait_for("Booting worker")
    settings = {"FLASKSCOPE_HUB_URL": f"http://127.0.0.1:{free_port}"}
    workers = [start_worker(**settings) for _ in range(2)]
    for worker in workers:
        worker.say("1")
        worker.wait_for("done")
    refused = start_worker(**settings)
    refused.say("1")

    refused.wait_for(r"cannot send its events to the hub at \S+ \(it is full: end other processes")
    assert refused.process.stdin is not None
    refused.process.stdin.close()

    assert 0 == refused.wait()
    assert f"{EVENTS} events were not sent to the hub" in refused.output
    assert 1 == refused.output.count("cannot send")
