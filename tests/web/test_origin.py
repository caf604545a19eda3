"""Hosts and origins: the look-alikes, the malformed, and the ones that are really ours."""

from __future__ import annotations

from typing import Any

import pytest

from flaskscope.web.origin import is_allowed, is_from_here, parse_host, refuse_host, refuse_origin


def a_request(**changes: Any) -> dict[str, Any]:
    environ = {
        "HTTP_HOST": "127.0.0.1:5000",
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "127.0.0.1",
        **changes,
    }
    return {name: value for name, value in environ.items() if value is not None}


class TestParseHost:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("localhost", ("localhost", None)),
            ("LocalHost:5000", ("localhost", 5000)),
            ("127.0.0.1:80", ("127.0.0.1", 80)),
            ("[::1]:5000", ("[::1]", 5000)),
            ("[::1]", ("[::1]", None)),
            ("my_app:5000", ("my_app", 5000)),
            ("a.b-c.example", ("a.b-c.example", None)),
        ],
    )
    def test_names_and_ports_are_told_apart(self, text: str, expected: tuple[str, int | None]) -> None:
        assert expected == parse_host(text)

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "",
                ":",
                "[",
                "]",
                "[::1",
                "::1",
                "[::1]x",
                "a b",
                "localhost:",
                "localhost:abc",
                "localhost:65536",
            ),
            *("evil@localhost", "localhost:5000#x", "localhost/x", "localhost\\x", "127.0.0.1, evil.example"),
            *(
                "evil.example,127.0.0.1",
                "%6cocalhost",
                "locälhost",
                "-a",
                "a-",
                ".a",
                "localhost\x00",
                "localhost\n",
            ),
            "x" * 300,
        ],
    )
    def test_anything_else_is_not_a_host(self, text: str) -> None:
        assert parse_host(text) is None


class TestIsAllowed:
    @pytest.mark.parametrize("name", ["localhost", "app.localhost", "127.0.0.1", "[::1]"])
    def test_this_machine_is(self, name: str) -> None:
        assert is_allowed(name, ())

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "evil-localhost",
                "xlocalhost",
            ),
            *("0.0.0.0", "169.254.169.254", "127.0.0.2.nip.io", "[::ffff:7f00:1]"),
        ],
    )
    def test_look_alikes_are_not(self, name: str) -> None:
        assert not is_allowed(name, ())

    def test_names_from_the_settings_are_exactly(self) -> None:
        allowed = ("dev.example.com", "*.apps.example.com")

        assert is_allowed("dev.example.com", allowed)
        assert is_allowed("one.apps.example.com", allowed)
        assert not is_allowed("x.dev.example.com", allowed)
        assert not is_allowed("apps.example.com", allowed)
        assert not is_allowed("evilapps.example.com", allowed)


class TestRefuseHost:
    def test_our_own_passes(self) -> None:
        assert refuse_host(a_request(RAW_URI="/_flaskscope/"), ()) is None

    def test_a_foreign_one_is_told_how_to_be_let_in(self) -> None:
        answer = refuse_host(a_request(HTTP_HOST="dev.example.com:5000"), ())

        assert answer is not None
        assert "403 Forbidden" == answer.status
        assert "FLASKSCOPE_HOSTS=dev.example.com" in answer.sentence

    @pytest.mark.parametrize(
        "changes",
        [
            {"HTTP_HOST": None},
            {"HTTP_HOST": "[::1"},
            {"RAW_URI": "http://127.0.0.1:5000/_flaskscope/"},
            {"REQUEST_URI": "http://evil.example/_flaskscope/"},
        ],
    )
    def test_what_is_missing_or_malformed_is_a_bad_request(self, changes: dict[str, Any]) -> None:
        answer = refuse_host(a_request(**changes), ())

        assert answer is not None
        assert "400 Bad Request" == answer.status


class TestRefuseOrigin:
    @pytest.mark.parametrize(
        "origin",
        [
            *(
                "null",
                "",
                "https://evil.example",
                "http://evil.example:5000",
                "http://127.0.0.1",
                "http://127.0.0.1:5001",
            ),
            *(
                "https://127.0.0.1:5000",
                "file://",
                "http://127.0.0.1:5000.evil.example",
                "http://127.0.0.1:5000@evil.example",
            ),
            *(
                "xhttp://127.0.0.1:5000",
                "http://127.0.0.1:5000,http://evil.example",
                "http://[::1",
                "http://localhost:5000",
            ),
            "http://127.0.0.1:5000/",
        ],
    )
    @pytest.mark.parametrize("is_unsafe", [True, False])
    def test_any_other_than_our_own_is_refused(self, origin: str, is_unsafe: bool) -> None:
        answer = refuse_origin(a_request(HTTP_ORIGIN=origin), is_unsafe=is_unsafe)

        assert answer is not None
        assert "403 Forbidden" == answer.status
        assert "Origin is not this dashboard's" in answer.sentence

    @pytest.mark.parametrize(
        ("changes", "is_unsafe", "is_refused"),
        [
            ({"HTTP_ORIGIN": "http://127.0.0.1:5000"}, True, False),
            ({}, True, False),  # not a browser: those always say where they come from
            ({"HTTP_SEC_FETCH_SITE": "same-origin"}, True, False),
            ({"HTTP_SEC_FETCH_SITE": "same-site"}, True, True),
            ({"HTTP_SEC_FETCH_SITE": "cross-site"}, True, True),
            ({"HTTP_SEC_FETCH_SITE": "none"}, True, True),
            ({"HTTP_SEC_FETCH_SITE": "none"}, False, False),
            ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "navigate"}, False, False),
            ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "navigate"}, True, True),
            ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "no-cors"}, False, True),
        ],
    )
    def test_what_the_browser_says_of_the_sender_counts(
        self, changes: dict[str, str], is_unsafe: bool, is_refused: bool
    ) -> None:
        assert is_refused == (refuse_origin(a_request(**changes), is_unsafe=is_unsafe) is not None)


class TestIsFromHere:
    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
    def test_a_loopback_address_is(self, address: str) -> None:
        assert is_from_here(a_request(REMOTE_ADDR=address))

    @pytest.mark.parametrize(
        "address", ["192.168.1.7", "172.17.0.1", "::ffff:10.0.0.1", "2001:db8::1", "", "unix", None]
    )
    def test_any_other_is_not(self, address: str | None) -> None:
        assert not is_from_here(a_request(REMOTE_ADDR=address))

    @pytest.mark.parametrize(
        "header",
        ["X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "FORWARDED", "VIA", "X_REAL_IP"],
    )
    def test_one_that_came_through_a_proxy_is_not(self, header: str) -> None:
        assert not is_from_here(a_request(**{f"HTTP_{header}": "127.0.0.1"}))

    def test_one_of_a_proxy_that_says_nothing_is_not(self) -> None:
        """``proxy_pass`` of nginx without any further line."""
        assert not is_from_here(a_request(SERVER_PROTOCOL="HTTP/1.0"))
        assert is_from_here(a_request(SERVER_PROTOCOL="HTTP/1.1"))
