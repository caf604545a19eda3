"""Marks: the same for what is the same inside, another for what is not; bounded, and without the app's code."""

from __future__ import annotations

import copy
import datetime
import time
import uuid
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from flaskscope.record.marks import Marker


class Explosive:
    """Fails whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")

    def __hash__(self) -> int:
        raise AssertionError("hashed")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __repr__(self) -> str:
        raise AssertionError("written")


class ExplosiveKey(str):
    """A text whose hash works once, to get it into a ``dict``."""

    def __hash__(self) -> int:
        if "set" in vars(self):
            raise AssertionError("hashed")
        self.set = True
        return 1


def a_value() -> Any:
    return {
        "list": [1, -1, 2.5, None, True, "text", b"bytes", 10**50],
        "deep": {"er": [{"and": ("so", "on")}]},
        "set": {1, 2, 3},
        "array": bytearray(b"abc"),
        "queue": deque([1, 2]),
        "when": datetime.datetime(2026, 1, 2, 3, 4),
        "day": datetime.date(2026, 1, 2),
        "price": Decimal("1.50"),
        "id": uuid.UUID(int=7),
    }


CHANGES: dict[str, Callable[[Any], object]] = {
    "append": lambda value: value["list"].append(1),
    "replace": lambda value: value["list"].__setitem__(1, -2),  # -1 and -2 have the same hash
    "true for one": lambda value: value["list"].__setitem__(0, True),
    "float for int": lambda value: value["list"].__setitem__(0, 1.0),
    "swap": lambda value: value["list"].reverse(),
    "deep": lambda value: value["deep"]["er"][0].__setitem__("and", ("so", "off")),
    "key": lambda value: value["deep"].pop("er"),
    "set": lambda value: value["set"].add(4),
    "array": lambda value: value["array"].__setitem__(0, 0),
    "queue": lambda value: value["queue"].popleft(),
    "time": lambda value: value.__setitem__("when", datetime.datetime(2026, 1, 2, 3, 5)),
    "price": lambda value: value.__setitem__("price", Decimal("1.51")),
}


def mark(value: Any) -> int | None:
    return Marker().mark(value)


def test_equal_values_have_the_same_mark() -> None:
    assert mark(a_value()) == mark(copy.deepcopy(a_value()))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_mark_tells_of_a_change(change: Callable[[Any], object]) -> None:
    value = a_value()
    before = mark(value)
    change(value)

    assert before != mark(value)


def test_small_numbers_do_not_cancel_out() -> None:
    assert mark({1, 2}) != mark({5, 6})
    assert mark({1: 2, 3: 4}) != mark({3: 2, 1: 4})


def test_the_order_of_keys_is_no_content() -> None:
    assert mark({"a": 1, "b": [2]}) == mark({"b": [2], "a": 1})


def test_the_app_is_not_asked() -> None:
    value = [Explosive(), {"a": Explosive()}, {ExplosiveKey("k"): 1}, (Explosive(),)]

    assert mark(value) == mark(value)


def test_another_object_in_its_place_is_a_change() -> None:
    one, other = Explosive(), Explosive()

    assert mark([one]) != mark([other])


def test_what_is_endless_ends() -> None:
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    shared: Any = []
    for _ in range(60):
        shared = [shared, shared]

    assert mark(cyclic) is not None
    assert mark(shared) is not None


@pytest.mark.parametrize(
    "value",
    [list(range(1_000_000)), {"a": "x" * 50_000_000}, [10**100_000], [[[0] * 1_000] * 1_000] * 1_000],
    ids=["wide", "long text", "long number", "all"],
)
def test_a_large_value_takes_no_longer(value: Any) -> None:
    began = time.thread_time()
    mark(value)

    assert time.thread_time() - began < 0.05
