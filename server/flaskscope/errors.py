"""Everything FlaskScope raises on purpose.

```text
FlaskScopeError
├── SettingError (ValueError)      a setting has a value that cannot be used
├── AttachError (RuntimeError)     an app already has FlaskScope
├── ScenarioError (ValueError)     the scenarios given to the dashboard do not fit together
├── UnknownRuleError (ValueError)  a rule of the doctor was named that does not exist
├── RecordingError (ValueError)    a file is no recording, or a damaged one, or cannot be made
├── FilesMissingError              the page's own files are not where they belong
└── MessageError (ValueError)      a page or a program sent something that cannot be understood
```

Each message says what is wrong, with the value, and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

#: Characters of an offending value that are repeated back; the rest is cut off with an ellipsis.
MAX_VALUE_SHOWN = 120


class FlaskScopeError(Exception):
    """The base of all of them."""


class SettingError(FlaskScopeError, ValueError):
    """A setting has a value that cannot be used."""

    def __init__(self, name: str, value: object, problem: str, remedy: str) -> None:
        super().__init__(f"{name} is {shown(value)}: {problem}. {remedy}")
        self.name = name


class AttachError(FlaskScopeError, RuntimeError):
    """An app already has FlaskScope."""


class ScenarioError(FlaskScopeError, ValueError):
    """The scenarios given to the dashboard do not fit together."""


class UnknownRuleError(FlaskScopeError, ValueError):
    """A rule of the doctor was named that does not exist."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f". The rules are: {', '.join(known)}."
        super().__init__(f"{shown(name)} is no rule of the doctor{hint}")


class RecordingError(FlaskScopeError, ValueError):
    """A file is no recording, or a damaged one, or cannot be made.

    Args:
        path: The file.
        line: The line that is wrong, from 1; ``None`` if it is not a line.
        reason: What is wrong, as the end of a sentence.
        remedy: What to do, as a sentence.
    """

    def __init__(self, path: str, line: int | None, reason: str, remedy: str) -> None:
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {reason}. {remedy}")
        self.line = line


class FilesMissingError(FlaskScopeError):
    """The page's own files are not where they belong."""


class MessageError(FlaskScopeError, ValueError):
    """A page or a program sent something that cannot be understood.

    Args:
        what: What is wrong, as a sentence.
        value: The offending value as it came, or ``None``; it is shortened when shown.
        remedy: What the sender can do, as a sentence.
    """

    def __init__(self, what: str, value: str | None, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.value = value
        self.remedy = remedy


def shown(value: object) -> str:
    """Return *value* as a person would recognise it, at most `MAX_VALUE_SHOWN` characters long."""
    return shortened(repr(value))


def shortened(text: str) -> str:
    """Return *text*, cut off with an ellipsis when it is longer than `MAX_VALUE_SHOWN` characters."""
    return text if len(text) <= MAX_VALUE_SHOWN else text[: MAX_VALUE_SHOWN - 1] + "…"
