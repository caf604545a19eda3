"""What the lines around a failure say of it."""

from __future__ import annotations

import sys

import pytest

from flaskscope.doctor.failures import said
from flaskscope.doctor.places import Places
from flaskscope.events import Failure, Site

WITHIN = """
def f():
    try:
        current_app.name
    except {what}:
        {then}
"""


def places_of(source: str) -> Places:
    places = Places(lambda _path: source.splitlines(keepends=True))
    places.sites = [Site(1, "app.py", 4, "f")]
    return places


@pytest.mark.parametrize("then", ["pass", "return None", "raise\n    except OSError:\n        pass"])
def test_who_catches_an_error_minds_it(then: str) -> None:
    expected = {"OSError"} if then.startswith("raise") else {"RuntimeError"}

    assert expected == places_of(WITHIN.format(what="RuntimeError", then=then)).handled_around(1)


@pytest.mark.parametrize("then", ["raise", "raise SystemError() from None", "log()\n        raise"])
def test_who_lets_it_through_does_not(then: str) -> None:
    assert set() == places_of(WITHIN.format(what="RuntimeError", then=then)).handled_around(1)


def test_a_group_is_minded_too() -> None:
    source = WITHIN.format(what="RuntimeError", then="pass").replace("except ", "except* ")
    expected = {"RuntimeError"} if sys.version_info >= (3, 11) else set[str]()

    assert expected == places_of(source).handled_around(1)


def test_a_line_that_fails_again_and_again_is_looked_at_once() -> None:
    read = []

    def lines(path: str) -> list[str]:
        read.append(path)
        return WITHIN.format(what="RuntimeError", then="pass").splitlines(keepends=True)

    places = Places(lines)
    places.sites = [Site(1, "app.py", 4, "f"), Site(2, "app.py", 4, "f")]
    first = places.handled_around(1)

    assert first is places.handled_around(2)
    assert [] == places.decorators(1)
    assert ["app.py"] == read


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Cannot pop this context (<AppContext 139 of shop>), it is not pushed.",
            "Cannot pop this context, it is not pushed",
        ),
        ("Popped wrong app context. (<AppContext 1> instead of <AppContext 2>)", "Popped wrong app context"),
        ("Popped wrong app context. (<AppContext 1> instead of <Ap", "Popped wrong app context"),
        ("", ""),
    ],
)
def test_what_flask_says_is_repeated_without_its_objects(message: str, expected: str) -> None:
    assert ("RuntimeError: " + expected).rstrip(": ") == said(Failure("RuntimeError", message))
