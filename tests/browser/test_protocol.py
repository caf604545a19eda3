"""A server that is newer than the page, or that talks nonsense: one clear sentence, and the page stays whole."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ('{"v":2,"type":"hello"}', "Server speaks protocol 2, this page 1: reload the page (Ctrl+Shift+R)."),
        (
            '{"type":"hello"}',
            "Server speaks protocol undefined, this page 1: reload the page (Ctrl+Shift+R).",
        ),
        ("<html>", "The server sent something that is not JSON: '<html>'. Reload the page."),
        ("[1]", "The server sent something that is not a message: '[1]'. Reload the page."),
    ],
)
def test_what_the_page_cannot_take_is_said_in_one_sentence(
    shared_demo: DemoServer, scope: ScopePage, page: Page, sent: str, said: str
) -> None:
    opened: list[WebSocketRoute] = []

    def answer(socket: WebSocketRoute) -> None:
        opened.append(socket)
        socket.send(sent)

    page.route_web_socket("**/_flaskscope/stream*", answer)

    page.goto(shared_demo.address)

    expect(scope.state).to_have_text(said, use_inner_text=True)
    expect(scope.sentence).to_have_text("No context is pushed right now.")
    assert len(opened) == 1, "to try again is of no use"


def test_a_server_that_changes_its_protocol_stops_the_page_and_takes_nothing_away(
    shared_demo: DemoServer, scope: ScopePage, page: Page
) -> None:
    """As after an upgrade under an open page: what was recorded stays, and the page says what to do."""
    changed = False

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def forward(text: str | bytes) -> None:
            message = json.loads(text)
            if changed:
                message["v"] = 2
            socket.send(json.dumps(message))

        server.on_message(forward)

    page.route_web_socket("**/_flaskscope/stream*", relay)
    scope.open(shared_demo).at_real_speed()
    scope.fire("GET /hello/ada")
    scope.expect_step(12, 12)

    changed = True
    scope.fire("GET /hello/ada")

    expect(scope.state).to_contain_text(
        "Server speaks protocol 2, this page 1: reload the page (Ctrl+Shift+R)."
    )
    scope.expect_step(12, 12)
    page.keyboard.press("Home")
    scope.expect_step(1, 12)


def test_a_message_of_an_unknown_type_is_passed_over(demo: DemoServer, scope: ScopePage, page: Page) -> None:
    """A newer server of the same protocol may send more."""

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def forward(text: str | bytes) -> None:
            socket.send(text)
            socket.send('{"v":1,"type":"weather","sky":"blue"}')

        server.on_message(forward)

    page.route_web_socket("**/_flaskscope/stream*", relay)
    scope.open(demo).at_real_speed()
    before = scope.steps()

    scope.fire("GET /hello/ada")

    scope.expect_step(before + 12, before + 12)
    expect(scope.state).to_contain_text("Live")
