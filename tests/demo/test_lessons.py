"""What each of the small routes shows."""

from __future__ import annotations

import pytest
from flask import Flask

from flaskscope.demo.lessons import ROUTES


def test_hello_finds_in_g_what_its_view_put_there(app: Flask) -> None:
    assert app.test_client().get("/hello/grace").get_json() == {"message": "Hello, grace!"}


def test_the_context_that_report_pushes_has_a_g_of_its_own(app: Flask) -> None:
    answer = app.test_client().get("/report").get_json()

    assert answer == {"title": "Sales", "title_inside": None, "rows_after": None}


def test_login_puts_a_user_and_a_secret_in_the_session_and_logout_empties_it(app: Flask) -> None:
    client = app.test_client()

    client.post("/login")
    with client.session_transaction() as session:
        assert session["user"] == "ada"
        assert len(session["api_token"]) == 16
    client.post("/logout")

    with client.session_transaction() as session:
        assert not session


def test_a_nested_request_is_another_request(app: Flask) -> None:
    answer = app.test_client().get("/nested").get_json()

    assert (answer["path"], answer["path_inside"]) == ("/nested", "/hello/grace")
    assert "user_inside" in answer


def test_a_copied_context_has_the_same_request_and_an_empty_g(app: Flask) -> None:
    answer = app.test_client().get("/copy-context").get_json()

    assert answer == {
        "seen_by_thread": "/copy-context with g.user missing",
        "seen_by_view": "/copy-context with g.user ada",
    }


def test_stream_keeps_its_context_to_the_last_line(app: Flask) -> None:
    answer = app.test_client().get("/stream").text

    assert answer.splitlines() == [f"Line {number} of /stream for ada" for number in (1, 2, 3)]


def test_stream_bare_fails_at_its_first_line(app: Flask) -> None:
    with pytest.raises(RuntimeError, match=r"^Working outside of request context\."):
        app.test_client().get("/stream-bare")


def test_boom_is_a_server_error_and_leaves_nothing_behind(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/boom").status_code == 500
    assert client.get("/hello/ada").status_code == 200


def test_every_view_is_routed_under_its_own_name(app: Flask) -> None:
    """The page shows endpoints: they read as the names of the views."""
    endpoints = {rule.rule: rule.endpoint for rule in app.url_map.iter_rules()}

    assert {path: view.__name__ for path, view, _ in ROUTES}.items() <= endpoints.items()
