"""Browsers are known by their cookies, and the memory of those has an end."""

from __future__ import annotations

from flaskscope.record.browsers import MAX_COOKIES, Browsers


def others(browsers: Browsers, first: int, count: int) -> None:
    for cookie in range(first, first + count):
        browsers.holding(cookie, None)


def test_one_that_comes_back_keeps_its_number_however_many_others_there_are() -> None:
    browsers = Browsers()
    ada = browsers.holding(0, None)

    for turn in range(1, 6):
        others(browsers, turn * MAX_COOKIES, MAX_COOKIES // 2)
        assert ada == browsers.holding(0, None)


def test_one_that_stays_away_for_all_there_is_room_for_is_another_one() -> None:
    browsers = Browsers()
    ada = browsers.holding(0, None)

    others(browsers, 1, MAX_COOKIES)

    assert ada != browsers.holding(0, None)


def test_a_mark_of_a_dashboard_tells_apart_whose_cookies_are_the_same() -> None:
    browsers = Browsers()
    ada, grace = browsers.holding(7, "a"), browsers.new()
    browsers.gives(7, "g", grace)

    assert [ada, grace, ada] == [browsers.holding(7, page) for page in ("a", "g", "a")]
