"""Events that are put away come back as they were, whatever their kind."""

from __future__ import annotations

import gc
from typing import Any, get_type_hints

import pytest

from flaskscope.events import KINDS, Event, Sees, Snapshot, Unhandled
from flaskscope.hub.packed import PackedEvents

#: A value for a field of each type that there is.
VALUES: dict[str, Any] = {
    "about": {"id": 7, "type": "app", "sees": Sees(7, None)},
    "items": [("user", Snapshot("'ada'", "str", 3, 0))],
    "nested": [("cart", Snapshot("[1]", "list", 1, 0))],
    "unhandled": Unhandled("ValueError", "no", 3),
    "value": Snapshot("'ada'", "str", 3, 0),
}


def an_event(kind: str, number: int, **fields: Any) -> Event:
    """Return an event of *kind*, each field of which has a value of its own."""
    cls: Any = KINDS[kind]
    names = list(get_type_hints(cls))
    values = {name: VALUES.get(name, 1_000 * number + place) for place, name in enumerate(names)}
    made: Event = cls(**{**values, "number": number, "kind": kind, **fields})
    return made


class TestPackedEvents:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_kind_comes_back_as_it_was(self, kind: str) -> None:
        events = [an_event(kind, number) for number in range(5, 9)]

        back = PackedEvents(events).events()

        assert events == back
        assert [type(event) for event in events] == [type(event) for event in back]

    def test_kinds_may_be_mixed_and_places_unknown(self) -> None:
        nowhere = {"context": None, "site": None}
        events = [an_event(kind, number, **nowhere) for number, kind in enumerate(KINDS, 1)]

        assert events == PackedEvents(events).events()

    def test_any_stretch_of_them_can_be_had(self) -> None:
        events = [an_event("g.set", number) for number in range(11, 21)]
        packed = PackedEvents(events)

        assert 10 == len(packed)
        assert events[3:7] == packed.events(3, 7)
        assert events[8:] == packed.events(8, 99)

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_a_recorder_with_a_bug_made_comes_back_as_it_was(self, kind: str) -> None:
        names = list(get_type_hints(KINDS[kind]))[6:]

        wrongs: list[Any] = [None, [], {}, (), ["a", 1], {"a": 1}, ("a", 1), ((),), (True,), "text", 7]
        for wrong in wrongs:
            event = an_event(kind, 3, **dict.fromkeys(names, wrong))
            assert [event] == PackedEvents([event]).events()

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_garbage_collector_need_not_visit_them(self, kind: str) -> None:
        usual: dict[str, Any] = {
            "unhandled": None,
            "failure": None,
            "nested": (),
            "changed": ["visit_count"],
        }
        fields = {name: value for name, value in usual.items() if name in get_type_hints(KINDS[kind])}
        gc.collect()
        before = len(gc.get_objects())

        packed = PackedEvents([an_event(kind, number, **fields) for number in range(1, 1_001)])
        for _ in range(3):  # it notices from the inside out that there is nothing to visit
            gc.collect()

        assert 1_000 == len(packed)
        assert len(gc.get_objects()) - before < 100
