"""Which names look secret."""

from __future__ import annotations

import re

import pytest

from flaskscope.redaction import REMEMBERED_NAMES, secret_names

_SECRET = """
password passwd DB_PASSWORD userPassword secret SECRET_KEY client_secret token csrf_token accessToken key api_key
apikey X-Api-Key authorization Authorization auth oauth cookie session session_id sid credentials private_key
signature jwt bearer pin otp
""".split()

_PLAIN = "user visit_count author authors monkey keyboard pins_left tokyo request_timestamp spinning".split()


@pytest.mark.parametrize("name", _SECRET)
def test_looks_secret(name: str) -> None:
    assert secret_names()(name)


@pytest.mark.parametrize("name", [*_PLAIN, ""])
def test_does_not_look_secret(name: str) -> None:
    assert not secret_names()(name)


def test_patterns_of_the_user_s_add_to_ours() -> None:
    is_secret = secret_names([r"^salary$", "card"])

    assert is_secret("Salary")
    assert is_secret("cardnumber")
    assert is_secret("password")
    assert not is_secret("salaryman")


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(re.error):
        secret_names(["("])


def test_endless_names_do_not_fill_memory() -> None:
    is_secret = secret_names()
    for n in range(3 * REMEMBERED_NAMES):
        is_secret(f"name{n}")

    assert len(is_secret.known) <= REMEMBERED_NAMES
