"""Any value becomes short safe text, in bounded time, and nothing of the app runs."""

from __future__ import annotations

import datetime
import decimal
import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from flaskscope.events import OPAQUE, REDACTED, TRUNCATED
from flaskscope.snapshot import (
    MAX_ATOMIC_LENGTH,
    MAX_MESSAGE,
    MAX_REMEMBERED,
    MAX_TEXT,
    _of_kept,
    describe_exception,
    keep,
    kept_as_snapshot,
    snapshot,
)

_HUGE: dict[str, Callable[[], object]] = {
    "text": lambda: "x" * 10_000_000,
    "bytes": lambda: b"x" * 10_000_000,
    "list": lambda: list(range(1_000_000)),
    "dict": lambda: {n: n for n in range(1_000_000)},
    "lists of lists": lambda: [["y" * 500] * 500] * 500,
    "integer": lambda: 10**100_000,
    "range": lambda: range(10**5000),
    "deque": lambda: deque([0]) * 100_000,
}


def _is_secret(name: str) -> bool:
    return name == "password"


class TestBuiltins:
    @pytest.mark.parametrize(
        "value",
        [None, True, 42, -7, 2.5, float("inf"), 1j, "text", b"bytes", bytearray(b"x"), [], [1, "a"], (), (1,),
         {}, {"a": 1}, {1}, set(), frozenset({1}), range(3), ..., [[1], {"b": (2,)}], deque([1])],
    )  # fmt: skip
    def test_read_as_python_writes_them(self, value: object) -> None:
        assert repr(value) == snapshot(value).text
        assert type(value).__name__ == snapshot(value).type
        assert 0 == snapshot(value).flags

    def test_tell_their_size(self) -> None:
        assert [3, 2, None] == [snapshot(value).size for value in ("abc", [1, 2], 42)]

    def test_dates_and_numbers_of_the_standard_library(self) -> None:
        assert "'2026-11-22'" == snapshot(datetime.date(2026, 11, 22)).text
        assert "'2026-11-22 10:00:00'" == snapshot(datetime.datetime(2026, 11, 22, 10)).text
        assert "Decimal('1.50')" == snapshot(decimal.Decimal("1.50")).text
        assert "UUID('00000000-0000-0000-0000-000000000001')" == snapshot(uuid.UUID(int=1)).text


class TestBounds:
    @pytest.mark.parametrize("kind", list(_HUGE))
    def test_a_huge_value_has_a_short_text_and_says_so(self, kind: str) -> None:
        described = snapshot(_HUGE[kind]())

        assert len(described.text) <= MAX_TEXT
        assert described.flags & TRUNCATED or "bits" in described.text

    def test_a_deep_value_ends(self) -> None:
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]

        assert "[[[<list of 1>]]]" == snapshot(deep).text

    def test_a_value_inside_itself_ends(self) -> None:
        ring: list[Any] = [1]
        ring.append(ring)
        knot: dict[str, Any] = {}
        knot["self"] = knot

        assert "[1, <the same list again>]" == snapshot(ring).text
        assert "{'self': <the same dict again>}" == snapshot(knot).text

    def test_a_dict_that_another_thread_changes_meanwhile(self) -> None:
        changing: dict[int, int] = {}
        stop = threading.Event()

        def change() -> None:
            n = 0
            while not stop.is_set():
                n += 1
                changing[n % 50] = n
                changing.pop((n + 25) % 50, None)

        thread = threading.Thread(target=change)
        thread.start()
        try:
            for _ in range(20_000):
                assert "dict" == snapshot(changing).type
        finally:
            stop.set()
            thread.join()


class TestValuesOfTheApp:
    def test_are_named_and_never_asked(self) -> None:
        class Meta(type):
            def __getattribute__(cls, name: str) -> Any:
                raise SystemExit("the metaclass was asked")

        class Hostile(metaclass=Meta):
            def _refuse(self, *args: object) -> Any:
                raise SystemExit("the value was asked")

            __repr__ = __str__ = __len__ = __iter__ = __hash__ = __eq__ = __bool__ = __getattr__ = _refuse
            __getattribute__ = __class_getitem__ = _refuse
            __class__ = property(_refuse)

        described = snapshot([{"inside": Hostile()}])

        assert "Hostile at 0x" in described.text
        assert OPAQUE == snapshot(Hostile()).flags

    @pytest.mark.parametrize("base", [dict, list, str, int, tuple, set])
    def test_that_only_resemble_builtins_are_not_looked_into(self, base: type) -> None:
        described = snapshot(type("Mine", (base,), {"__iter__": None, "__len__": None})())

        assert OPAQUE == described.flags
        assert "Mine at 0x" in described.text

    def test_time_zones_are_not_asked(self) -> None:
        class Zone(datetime.tzinfo):
            def utcoffset(self, when: datetime.datetime | None) -> Any:
                raise SystemExit("the zone was asked")

            dst = tzname = utcoffset

        assert "in its time zone" in snapshot(datetime.datetime(2026, 11, 22, tzinfo=Zone())).text


class TestSecrets:
    def test_inside_a_dict_are_not_shown(self) -> None:
        described = snapshot({"user": {"password": "hunter2", "name": "ada"}}, _is_secret)

        assert "{'user': {'password': redacted, 'name': 'ada'}}" == described.text
        assert REDACTED == described.flags


class TestKeep:
    @pytest.mark.parametrize("value", [None, False, 3, 2.5, "short"])
    def test_leaves_small_builtin_values_as_they_are(self, value: object) -> None:
        assert keep(value, _is_secret) is value
        assert repr(value) == kept_as_snapshot(keep(value, _is_secret)).text

    @pytest.mark.parametrize("value", ["x" * (MAX_ATOMIC_LENGTH + 1), 2**64, [1], object()])
    def test_describes_everything_else_at_once(self, value: object) -> None:
        assert snapshot(value) == keep(value, _is_secret) == kept_as_snapshot(keep(value, _is_secret))


class TestKept:
    def test_the_same_value_has_one_snapshot(self) -> None:
        assert kept_as_snapshot("ada") is kept_as_snapshot("".join(["a", "da"]))

    @pytest.mark.parametrize("values", [(1, True, 1.0), (0, False, 0.0, -0.0), ("1", 1)])
    def test_equal_values_of_other_types_have_their_own(self, values: tuple[Any, ...]) -> None:
        assert [repr(value) for value in values] == [kept_as_snapshot(value).text for value in values]

    def test_no_more_are_remembered_than_a_few_thousand(self) -> None:
        for number in range(3 * MAX_REMEMBERED):
            assert str(number) == kept_as_snapshot(number).text

        assert len(_of_kept[int]) <= MAX_REMEMBERED


class TestExceptions:
    def test_are_told_by_class_and_message(self) -> None:
        assert ("ZeroDivisionError", "by zero") == describe_exception(ZeroDivisionError("by zero"))
        assert ("KeyError", "'name'") != describe_exception(KeyError("name"))
        assert ("KeyError", "7") == describe_exception(KeyError(7))

    def test_are_not_asked_for_their_text(self) -> None:
        class SecretiveError(Exception):
            def __str__(self) -> str:
                raise SystemExit("it was asked")

        assert describe_exception(SecretiveError(object())).message == ""

    def test_have_short_messages(self) -> None:
        assert MAX_MESSAGE == len(describe_exception(ValueError("x" * 10_000)).message)


def test_the_metaclass_of_a_value_is_never_asked() -> None:
    asked: list[str] = []

    class Meta(type):
        def __hash__(cls) -> int:
            asked.append("hash")
            return 1

        def __eq__(cls, other: object) -> bool:
            asked.append("eq")
            return True

    class Value(metaclass=Meta): ...

    keep(Value(), _is_secret)
    keep([Value()], _is_secret)
    describe_exception(ValueError(Value()))

    assert [] == asked
