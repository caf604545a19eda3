"""Events as rows of JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any, Final

from flaskscope.events import Event, Snapshot
from flaskscope.wire.text import strict

#: Texts remembered of one sort. Past the limit all of them are forgotten: what is in use is soon there again.
MAX_REMEMBERED = 4_096


class _Texts(dict[Any, str]):
    """The JSON of values that come again and again. Safe to use from any thread: each step is one of the dict's."""

    def __init__(self, text_of: Callable[[Any], str]) -> None:
        super().__init__()
        self._text_of = text_of

    def __missing__(self, value: Any) -> str:
        if len(self) >= MAX_REMEMBERED:
            self.clear()
        text = self[value] = self._text_of(value)
        return text


def _text_of_number(value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is not int:
        raise TypeError(type(value).__name__)
    return str(value)


def _text_of_value(value: Any) -> str:
    if type(value) is not Snapshot:
        raise TypeError(type(value).__name__)
    text, kind, size, flags = value
    return f"[{encode_basestring_ascii(text)},{_names[kind]},{_numbers[size]},{_numbers[flags]}]"


_numbers: Final = _Texts(_text_of_number)
_names: Final = _Texts(encode_basestring_ascii)
_values: Final = _Texts(_text_of_value)


def as_rows(events: Sequence[Event]) -> str:
    """Return *events* as a JSON array of arrays."""
    try:
        return f"[{','.join(_texts_of(events))}]"
    except (TypeError, ValueError):  # a recorder with a bug let something through: see `strict`
        return strict([event[:] for event in events])


def _texts_of(events: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return the JSON of each event, or of several beside each other."""
    texts: list[str] = []
    others: list[tuple[Any, ...]] = []
    numbers, names, values = _numbers, _names, _values
    lane_before = context_before = where = ""
    for event in events:
        if event[2] != "g.set":
            # Of a tuple that has a class of its own the encoder makes a list first; a slice is a plain one.
            others.append(event[:])
            continue
        if others:
            texts.append(strict(others)[1:-1])
            others = []
        # An app may do this a hundred times in a request, and its lanes, names and values are often the same: that
        # takes half the time of the encoder, which visits each item anew.
        number, at_ns, _, lane, context, site, name, value = event
        if lane != lane_before or context != context_before:
            lane_before, context_before = lane, context
            where = f"{numbers[lane]},{numbers[context]}"
        texts.append(f'[{number},{at_ns},"g.set",{where},{numbers[site]},{names[name]},{values[value]}]')
    if others:
        texts.append(strict(others)[1:-1])
    return texts
