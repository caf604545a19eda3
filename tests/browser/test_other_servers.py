"""The page under a server that cannot do WebSockets, and with other processes beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage
from tests.browser.watch import Watch

APP = """\
from flask import Flask, g
from flaskscope import FlaskScope

app = Flask(__name__)
app.secret_key = "test"
FlaskScope(app)


@app.get("/")
def index():
    g.user = "ada"
    return "hello"


@app.cli.command("count")
def count():
    g.counted = 3


if __name__ == "__main__":
    from waitress.server import create_server

    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    print(f"http://127.0.0.1:{server.effective_port}/", flush=True)
    server.run()
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(APP)
    return path


def _environment(**more: str) -> dict[str, str]:
    ours = {name: text for name, text in os.environ.items() if not name.startswith("FLASKSCOPE_")}
    return {**ours, "FLASKSCOPE_ENABLED": "1", **more}


@pytest.fixture
def waitress(shop: Path, watch: Watch) -> Iterator[str]:
    """The address of an app under waitress."""
    command = [sys.executable, str(shop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment()) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        watch.end()
        process.kill()


def test_the_page_follows_lines_where_there_is_no_websocket(
    scope: ScopePage, waitress: str, watch: Watch
) -> None:
    watch.allow("WebSocket|503")
    scope.page.goto(f"{waitress}_flaskscope/")
    expect(scope.state).to_contain_text("Live")

    scope.at_real_speed().fire("GET /")

    scope.show_full_table()
    scope.wait_for_rows(["App context pushed, with a new, empty g", "g.user set to 'ada'"], after=0)


def test_a_server_that_cannot_hold_a_stream_says_so_in_the_page(
    scope: ScopePage, shop: Path, watch: Watch
) -> None:
    """The default worker of gunicorn: its only thread stays with the app, and the page says how to start it instead."""
    watch.allow("503")
    command = [sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "--chdir", str(shop.parent), "shop:app"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_environment()) as process:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
        try:
            scope.page.goto(f"{address}/_flaskscope/")

            banner = scope.page.locator(".banner")
            expect(banner).to_contain_text("is 'sync'")
            expect(banner).to_contain_text("--threads 8")
            with urllib.request.urlopen(address, timeout=10) as response:
                assert b"hello" == response.read()
            banner.get_by_role("button", name="Close").click()
            expect(banner).to_be_hidden()
            watch.end()
        finally:
            process.kill()


def test_another_process_has_lanes_of_its_own_on_the_same_axis(
    demo: DemoServer, scope: ScopePage, shop: Path
) -> None:
    scope.open(demo).at_real_speed()
    scope.fire("GET /")
    before = scope.steps()

    done = subprocess.run(
        [sys.executable, "-m", "flask", "count"],
        env=_environment(FLASKSCOPE_HUB_URL=demo.address, FLASK_APP=str(shop)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    scope.show_full_table()
    scope.wait_for_rows(["App context pushed, with a new, empty g", "g.counted set to 3"], after=before)
    scope.row("g.counted set to 3").click()
    expect(scope.sentence).to_contain_text("flask count")
    expect(scope.row("App context pushed").nth(-1)).to_contain_text("flask count")
    scope.fire("GET /")
    expect(scope.table).to_contain_text("Request context pushed for GET /")
