"""What a doctor found: told to pages, and by other processes to their hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flaskscope.errors import MessageError
from flaskscope.wire.text import MAX_NUMBER, encoded, number_in, of_version, parse_object

_TEXTS = ("rule", "severity", "sentence", "why", "remedy", "link", "flask")

#: Characters of each text, and numbers in each list, of a problem that another process tells.
MAX_TEXT, MAX_NUMBERS = 10_000, 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """The problem *number* of another process, found in its events up to *newest*, as pages are told of it."""

    number: int
    newest: int
    message: bytes


def encode_problem(
    *,
    number: int,
    rule: str,
    severity: str,
    sentence: str,
    why: str,
    remedy: str,
    link: str,
    events: Sequence[int],
    sites: Sequence[int],
    heuristic: bool,
    flask: str,
) -> bytes:
    """Return the message that tells one finding of the doctor; the fields are those of the message."""
    return encoded(
        "problem",
        number=number,
        rule=rule,
        severity=severity,
        sentence=sentence,
        why=why,
        remedy=remedy,
        link=link,
        events=list(events),
        sites=list(sites),
        heuristic=heuristic,
        flask=flask,
    )


def parse_problem(text: str | bytes, run: str) -> Told | None:
    """Return what the doctor of another process found, to be told to pages with its *run*.

    ``None`` for a message of another type.

    Raises:
        MessageError: If it is not whole.
    """
    head = text[:40] if isinstance(text, str) else text[:40].decode("utf-8", "replace")
    # Deliveries are large: they are not taken apart twice.
    if '"problem"' not in head:
        return None
    message = of_version(parse_object(text), "problem")
    fields: dict[str, Any] = {name: message.get(name) for name in _TEXTS}
    fields |= {name: message.get(name) for name in ("events", "sites")}
    wrong = [name for name in _TEXTS if not isinstance(fields[name], str) or len(fields[name]) > MAX_TEXT]
    wrong += [name for name in ("events", "sites") if not _are_numbers(fields[name])]
    if wrong or fields["severity"] not in ("error", "warning") or not fields["events"]:
        what = f"'{(wrong or ['severity'])[0]}' of a problem is not as it should be."
        raise MessageError(what, None, "Use the same version of FlaskScope everywhere.")
    number = number_in(message, "number")
    told = encoded("problem", run=run, number=number, **fields, heuristic=message.get("heuristic") is True)
    return Told(number, max(fields["events"]), told)


def _are_numbers(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_NUMBERS
        and all(isinstance(each, int) and 0 < each <= MAX_NUMBER for each in value)
    )
