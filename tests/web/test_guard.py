"""The guard on a real server: what comes in, what does not, and what every answer carries."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from flaskscope.config import Settings
from flaskscope.web.answers import SECURITY_HEADERS
from flaskscope.web.guard import MAX_BODY_BYTES, Guard
from flaskscope.web.slots import Slots

if TYPE_CHECKING:
    from conftest import Peer, Served  # type: ignore[import-not-found]


def call(settings: Settings | None = None, **changes: Any) -> tuple[str, dict[str, str], bytes]:
    """What the guard, with a dashboard behind it that always says yes, answers to a request."""
    started: list[Any] = []

    def dashboard(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Frame-Options", "ALLOWALL")])
        return [b"yes"]

    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/_flaskscope",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "HTTP_HOST": "localhost:5000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        **changes,
    }

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        started[:] = [status, headers]
        return lambda data: None

    body = b"".join(Guard(dashboard, dashboard, settings or Settings(), Slots())(environ, start_response))
    return started[0], dict(started[1]), body


class TestOrder:
    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({}, "200"),
            ({"HTTP_HOST": "evil.example"}, "403"),
            ({"HTTP_ORIGIN": "null"}, "403"),
            ({"REMOTE_ADDR": "192.168.1.7"}, "403"),
            ({"HTTP_X_FORWARDED_FOR": "192.168.1.7"}, "403"),
            ({"PATH_INFO": ""}, "308"),
            ({"REQUEST_METHOD": "HEAD"}, "200"),
            ({"REQUEST_METHOD": "OPTIONS"}, "405"),
            ({"REQUEST_METHOD": "TRACE"}, "405"),
            ({"REQUEST_METHOD": "POST", "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "2"}, "415"),
            ({"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/jsonx", "CONTENT_LENGTH": "2"}, "415"),
            ({"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json"}, "411"),
            ({"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "-1"}, "411"),
            (
                {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "9" * 30},
                "413",
            ),
            (
                {
                    "REQUEST_METHOD": "POST",
                    "CONTENT_TYPE": "application/json; charset=utf-8",
                    "CONTENT_LENGTH": str(MAX_BODY_BYTES),
                },
                "200",
            ),
        ],
    )
    def test_each_request_gets_its_status_and_the_security_headers(
        self, changes: dict[str, Any], status: str
    ) -> None:
        answered, headers, _ = call(**changes)

        assert status == answered[:3]
        for name, value in SECURITY_HEADERS.items():
            assert value == headers[name]

    def test_a_visitor_from_another_machine_needs_the_token(self) -> None:
        settings = Settings(token="a-token-for-the-others", hosts=("dev.example.com",))
        from_afar = {"REMOTE_ADDR": "192.168.1.7", "HTTP_HOST": "dev.example.com:5000"}

        assert "401" == call(settings, **from_afar)[0][:3]
        assert "200" == call(settings, **from_afar, HTTP_AUTHORIZATION="Bearer a-token-for-the-others")[0][:3]

    def test_with_a_token_this_machine_needs_it_too(self) -> None:
        assert "401" == call(Settings(token="a-token-for-the-others"))[0][:3]


class TestOnAServer:
    def test_a_proxy_that_says_nothing_of_itself_gets_nothing(self, served: Served) -> None:
        """Nginx with a bare ``proxy_pass``: its requests come from here, under our own name, for whoever asks it."""
        for path in ("", "events", "messages", "stream"):
            request = f"GET /_flaskscope/{path} HTTP/1.0\r\nHost: 127.0.0.1:{served.port}\r\nConnection: close\r\n\r\n"
            with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
                connection.sendall(request.encode())
                answer = b"".join(iter(lambda: connection.recv(65_536), b""))

            assert b" 403 " in answer.partition(b"\r\n")[0]
            assert b"FLASKSCOPE_TOKEN" in answer

    def test_the_page_opens_without_a_slash_at_its_end_too(self, served: Served) -> None:
        status, headers, _ = served.get("/_flaskscope")

        assert (308, "/_flaskscope/") == (status, headers["Location"])
        assert 200 == served.get("/_flaskscope/")[0]

    @pytest.mark.parametrize(
        "path", ["/_flaskscope/nothing", "/_flaskscope/fire/index", "/_flaskscope//evil.example/%2f.."]
    )
    def test_errors_carry_the_headers_and_none_of_the_request(self, served: Served, path: str) -> None:
        status, headers, body = served.get(path)

        assert status in {404, 405}
        for name, value in SECURITY_HEADERS.items():
            assert value == headers[name]
        assert "application/json" == headers["Content-Type"]
        assert "error" == json.loads(body)["type"]
        assert b"evil" not in body

    def test_an_absolute_target_is_refused(self, served: Served) -> None:
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
            target = "http://evil.example/_flaskscope/"
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())

            assert b" 40" in connection.recv(15)

    def test_the_apps_own_pages_are_left_alone(self, served: Served) -> None:
        status, headers, body = served.get("/", Host="evil.example", Origin="null")

        assert 200 == status
        assert "Content-Security-Policy" not in headers
        assert {"visits": 1} == json.loads(body)


class TestHandshake:
    @pytest.mark.parametrize(
        ("options", "status"),
        [
            ({}, 101),
            ({"headers": {"Origin": None}}, 101),
            ({"headers": {"Connection": "keep-alive, Upgrade"}}, 101),
            (
                {"headers": {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits=abc"}},
                101,
            ),
            ({"headers": {"Sec-WebSocket-Protocol": ",,,"}}, 101),
            ({"headers": {"Origin": "http://evil.example"}}, 403),
            ({"headers": {"Origin": "null"}}, 403),
            ({"headers": {"Host": "evil.example", "Origin": "http://evil.example"}}, 403),
            ({"headers": {"Sec-Fetch-Site": "cross-site", "Origin": None}}, 403),
            ({"headers": {"Sec-WebSocket-Key": None}}, 400),
            ({"headers": {"Sec-WebSocket-Key": "a"}}, 400),
            ({"headers": {"Sec-WebSocket-Key": "!" * 24}}, 400),
            ({"headers": {"Sec-WebSocket-Version": "8"}}, 426),
            ({"headers": {"Sec-WebSocket-Version": None}}, 426),
            ({"headers": {"Upgrade": None, "Connection": None}}, 426),
            ({"headers": {"Upgrade": "h2c"}}, 426),
            ({"headers": {"Connection": "close"}}, 426),
            ({"method": "HEAD"}, 405),
        ],
    )
    def test_only_a_proper_one_of_our_own_is_answered_101(
        self, served: Served, connect: Callable[..., Peer], options: dict[str, Any], status: int
    ) -> None:
        peer = connect(served, **options)

        assert status == peer.status
        assert "permessage-deflate" not in peer.head
        if status != 101:
            assert "Content-Security-Policy" in peer.head

    def test_the_25th_dashboard_is_asked_to_come_back(
        self, served: Served, connect: Callable[..., Peer], wait: Any
    ) -> None:
        peers = [connect(served) for _ in range(24)]

        refused = connect(served)
        assert 503 == refused.status
        assert "Retry-After: 5" in refused.head
        assert (
            b"24 streams are open already: pages, or processes that send here. Close one." in refused.rest()
        )

        peers[0].socket.close()
        wait(lambda: connect(served).status == 101, "the place was not given back")

    @pytest.mark.parametrize(
        ("changes", "advice"),
        [
            ({"SERVER_SOFTWARE": "gunicorn/27", "gunicorn.socket": None}, "--threads 8"),
            ({"SERVER_SOFTWARE": "Werkzeug/3.1", "werkzeug.socket": None}, "Let it use threads"),
            ({"SERVER_SOFTWARE": "waitress", "wsgi.multithread": True}, "does not hand out its connections"),
        ],
    )
    def test_a_server_that_cannot_hold_a_stream_is_told_what_to_use(
        self, changes: dict[str, Any], advice: str
    ) -> None:
        handshake: dict[str, Any] = {
            "PATH_INFO": "/stream",
            "HTTP_UPGRADE": "websocket",
            "HTTP_CONNECTION": "Upgrade",
            "HTTP_SEC_WEBSOCKET_VERSION": "13",
            "HTTP_SEC_WEBSOCKET_KEY": "AAAAAAAAAAAAAAAAAAAAAA==",
        }

        status, _, body = call(**handshake, **changes)

        assert "503" == status[:3]
        assert advice in body.decode()
