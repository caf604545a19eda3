"""What a page learns of the app's own routes, from real apps on real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Blueprint, Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from flaskscope.extension import FlaskScope
from flaskscope.web.routes import MAX_BUTTONS, buttons_of, routes_of

if TYPE_CHECKING:
    from conftest import Peer  # type: ignore[import-not-found]


def nothing(**_: Any) -> str:
    return ""


@pytest.fixture
def app() -> Iterator[Flask]:
    """An app without scenarios, which gets its routes after FlaskScope."""
    app = Flask("shop", static_folder=None)
    FlaskScope(app, enabled=True)

    @app.get("/")
    def index() -> str:
        """Show what there is to buy.

        More of it.
        """
        return ""

    cart = Blueprint("cart", __name__, url_prefix="/cart")
    cart.add_url_rule("/<int:item>", "change", nothing, methods=["POST", "DELETE"])
    cart.add_url_rule("/all", "all", nothing, defaults={"page": 1})
    cart.add_url_rule("/all/<int(min=1, max=9):page>", "all", nothing)
    app.register_blueprint(cart)
    yield app
    app.extensions["flaskscope"].recording.detach()


def test_each_method_of_each_rule_is_told_with_what_has_to_be_filled_in(app: Flask) -> None:
    told = [(route["method"], route["rule"], route["arguments"]) for route in routes_of(app)]

    assert [
        ("DELETE", "/cart/<int:item>", ["item"]),
        ("GET", "/", []),
        ("GET", "/cart/all", []),
        ("GET", "/cart/all/<int(min=1, max=9):page>", ["page"]),
        ("POST", "/cart/<int:item>", ["item"]),
    ] == sorted(told)
    assert {"index", "cart.change", "cart.all"} == {route["endpoint"] for route in routes_of(app)}


def test_a_get_without_parameters_is_a_button_with_the_first_line_of_its_docstring(app: Flask) -> None:
    buttons = {button.path: button for button in buttons_of(app)}

    assert {"/", "/cart/all"} == set(buttons)
    assert ("get-index", "GET /", "Show what there is to buy.") == (
        buttons["/"].name,
        buttons["/"].title,
        buttons["/"].hint,
    )
    assert "The view cart.all" == buttons["/cart/all"].hint


def test_buttons_have_different_names_and_an_end() -> None:
    app = Flask("many", static_folder=None)
    for number in range(2 * MAX_BUTTONS):
        app.add_url_rule("/a" + "-" * number + "b", f"view{number}", nothing)

    names = [button.name for button in buttons_of(app)]

    assert MAX_BUTTONS == len(names) == len(set(names))


def test_what_is_at_another_host_is_no_button() -> None:
    app = Flask("hosts", static_folder=None)
    app.add_url_rule("/there", "there", nothing, subdomain="api")
    app.add_url_rule("/here", "here", nothing)

    assert ["/here"] == [button.path for button in buttons_of(app)]
    assert {"/here", "/there"} == {route["rule"] for route in routes_of(app)}


@pytest.mark.parametrize("mount", ["", "/outer"])
def test_hello_tells_them_and_where_the_app_is(
    app: Flask, mount: str, connect: Callable[..., Peer], serve_wsgi: Callable[[Any], Any]
) -> None:
    whole = DispatcherMiddleware(Flask("front"), {mount: app}) if mount else app
    peer = connect(serve_wsgi(whole), path=f"{mount}/_flaskscope/stream")

    hello = peer.until("hello")

    assert mount == hello["app"]["mount"]
    assert {f"{mount}/", f"{mount}/cart/all"} == {button["path"] for button in hello["scenarios"]}
    assert routes_of(app) == hello["routes"]
    app.extensions["flaskscope"].hub.stop()


def test_an_app_with_scenarios_of_its_own_keeps_to_them(served: Any, connect: Callable[..., Peer]) -> None:
    hello = connect(served).until("hello")

    assert ["index", "by-hand", "broken"] == [button["name"] for button in hello["scenarios"]]
    assert "/" in {route["rule"] for route in hello["routes"]}


@pytest.fixture
def serve_wsgi() -> Iterator[Callable[[Any], Any]]:
    """Start a server for any WSGI application; its result has a *port*."""
    import threading

    running: list[tuple[Any, threading.Thread]] = []

    def start(application: Any) -> Any:
        server = make_server("127.0.0.1", 0, application, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        return server

    yield start

    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(10)
