"""An app as its author runs it, with ``flaskscope run --debug``: any request, and a page that outlives reloads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage
from tests.browser.watch import Watch

APP = """\
from flask import Flask, g, request

app = Flask(__name__)


@app.get("/")
def index():
    g.user = "ada"
    return "hello"


@app.post("/echo")
def echo():
    return {
        "form": request.form.to_dict(flat=False),
        "json": request.get_json(silent=True),
        "args": request.args.to_dict(flat=False),
        "agent": request.headers.get("X-Agent"),
        "accept": request.headers.get("Accept"),
    }
"""

ANOTHER_ROUTE = """

@app.get("/new")
def new():
    g.release = 2
    return "new"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(APP)
    return path


@pytest.fixture
def server(shop: Path, watch: Watch) -> Iterator[DemoServer]:
    server = DemoServer(shop.parent, ("run", "--app", shop.name, "--debug"))
    server.start()
    yield server
    watch.end()
    server.stop()


@pytest.fixture
def builder(server: DemoServer, scope: ScopePage) -> Locator:
    page = scope.open(server).at_real_speed().page
    page.get_by_role("button", name="Build a request").click()
    card = page.get_by_role("region", name="Build a request")
    card.get_by_label("Route").select_option(label="POST /echo")
    return card


def answer(card: Locator) -> dict[str, object]:
    card.get_by_role("button", name="Send", exact=True).click()
    expect(card.get_by_role("status")).to_contain_text("200 OK")
    found: dict[str, object] = json.loads(card.get_by_role("group", name="Answer").inner_text())
    return found


def test_a_form_and_headers_reach_the_view_as_they_were_written(builder: Locator) -> None:
    builder.get_by_role("button", name="Form").click()
    builder.get_by_label("Form").fill("name=Grace Hopper\nname=Ada\nwhat=a=b&c\n\nempty=")
    builder.get_by_label("Headers").fill("X-Agent: 7\nAccept: text/plain")
    builder.get_by_label("Query").fill("page=1\npage=2 3")

    assert {
        "form": {"name": ["Grace Hopper", "Ada"], "what": ["a=b&c"], "empty": [""]},
        "json": None,
        "args": {"page": ["1", "2 3"]},
        "agent": "7",
        "accept": "text/plain",
    } == answer(builder)


def test_json_reaches_the_view_and_a_bad_header_is_refused(builder: Locator) -> None:
    builder.get_by_role("button", name="JSON").click()
    builder.get_by_label("JSON").fill('{"cart": ["tea", 2]}')
    builder.get_by_label("Headers").fill("no header at all")
    builder.get_by_role("button", name="Send", exact=True).click()
    expect(builder.get_by_role("alert")).to_contain_text("no header at all")

    builder.get_by_label("Headers").fill("")
    assert {"cart": ["tea", 2]} == answer(builder)["json"]


def test_the_page_goes_on_when_the_code_was_changed(
    server: DemoServer, shop: Path, scope: ScopePage, watch: Watch
) -> None:
    watch.allow("WebSocket|ERR_CONNECTION_REFUSED")
    scope.open(server).at_real_speed()
    scope.fire("GET /")
    scope.show_full_table()
    scope.wait_for_rows(["g.user set to 'ada'"], after=0)
    before = scope.steps()
    scope.page.evaluate("window.isTheSamePage = true")

    shop.write_text(APP + ANOTHER_ROUTE)

    # The button is of the new code, and what it does comes after the divider, in the page that was open all the time.
    scope.fire("GET /new")
    scope.wait_for_rows(["g.release set to 2"], after=before)
    assert scope.page.evaluate("window.isTheSamePage")
    scope.row("restarted").first.click()
    expect(scope.sentence).to_contain_text("The server restarted here.")
    scope.row("g.user set to 'ada'").click()
    expect(scope.sentence).to_contain_text("puts user = 'ada' into g")
