"""The token: exchanged for a cookie once, compared as a whole, never given away."""

from __future__ import annotations

from typing import Any

import pytest

from flaskscope.web.answers import Answer
from flaskscope.web.token import TokenGate

TOKEN = "k3Jf-92_long-enough-to-be-a-token"


def a_request(**changes: Any) -> dict[str, Any]:
    return {
        "HTTP_HOST": "localhost:5000",
        "SCRIPT_NAME": "/_flaskscope",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "wsgi.url_scheme": "http",
        **changes,
    }


def answer(is_page: bool = True, **changes: Any) -> Answer | None:
    return TokenGate(TOKEN).answer(a_request(**changes), is_page=is_page)


def a_cookie(**changes: Any) -> str:
    exchanged = answer(QUERY_STRING=f"token={TOKEN}", **changes)
    assert exchanged is not None
    return dict(exchanged.headers)["Set-Cookie"]


class TestExchange:
    def test_the_token_leaves_the_address_and_a_cookie_comes_back(self) -> None:
        exchanged = answer(QUERY_STRING=f"token={TOKEN}&next=//evil.example")

        assert exchanged is not None
        assert "303 See Other" == exchanged.status
        assert "/_flaskscope/" == dict(exchanged.headers)["Location"]

    def test_the_cookie_is_for_this_port_and_these_paths_and_not_the_token_itself(self) -> None:
        cookie = a_cookie()

        assert cookie.startswith("flaskscope_5000=")
        for flag in ("Path=/_flaskscope;", "HttpOnly", "SameSite=Strict"):
            assert flag in cookie
        assert TOKEN not in cookie
        assert "Secure" not in cookie

    def test_over_tls_the_cookie_stays_on_tls(self) -> None:
        cookie = a_cookie(**{"wsgi.url_scheme": "https", "HTTP_HOST": "localhost"})

        assert cookie.startswith("flaskscope_443=")
        assert cookie.endswith("; Secure")

    def test_whoever_has_the_cookie_comes_in(self) -> None:
        pair = a_cookie().partition(";")[0]

        assert answer(HTTP_COOKIE=f"other=1; {pair}") is None

    def test_a_cookie_of_another_port_or_token_does_not_help(self) -> None:
        pair = a_cookie().partition(";")[0]
        other = TokenGate("another-token-altogether")

        assert answer(HTTP_COOKIE=pair, HTTP_HOST="localhost:5001") is not None
        assert other.answer(a_request(HTTP_COOKIE=pair), is_page=True) is not None


class TestPrograms:
    def test_the_token_in_the_query_lets_in_what_programs_read(self) -> None:
        assert answer(is_page=False, QUERY_STRING=f"after=1&token={TOKEN}") is None

    def test_a_bearer_header_lets_in_everywhere(self) -> None:
        assert answer(HTTP_AUTHORIZATION=f"Bearer {TOKEN}") is None
        assert answer(is_page=False, HTTP_AUTHORIZATION=f"bearer {TOKEN}") is None


class TestRefusals:
    def test_without_anything_the_terminal_is_pointed_to(self) -> None:
        refused = answer()

        assert refused is not None
        assert "401 Unauthorized" == refused.status
        assert "open the address that the terminal printed at start" in refused.sentence

    @pytest.mark.parametrize(
        "query",
        [
            *(
                "token=",
                "token=wrong",
                f"token={TOKEN}x",
                f"token={TOKEN[:-1]}",
                f"token={TOKEN.upper()}",
                "token=%c3%a9",
            ),
            *(
                "token=%00",
                "token=%ff",
                f"token=wrong&token={TOKEN}",
                f"token={TOKEN}&token={TOKEN}",
                "token=" + "x" * 9_000,
            ),
        ],
    )
    def test_a_wrong_one_is_said_to_be_wrong_and_sets_no_cookie(self, query: str) -> None:
        refused = answer(QUERY_STRING=query)

        assert refused is not None
        assert "401 Unauthorized" == refused.status
        assert "Wrong token" in refused.sentence
        assert "Set-Cookie" not in dict(refused.headers)

    @pytest.mark.parametrize(
        "cookie", ["flaskscope_5000=", "flaskscope_5000=1", f"flaskscope_5000={TOKEN}", "\x00;=;", '"', "é=é"]
    )
    def test_a_forged_cookie_is_none(self, cookie: str) -> None:
        assert answer(HTTP_COOKIE=cookie) is not None
