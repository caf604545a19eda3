"""What a rule has found: one problem, with all that a person needs to mend it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from flaskscope.events import Event

if TYPE_CHECKING:
    from flaskscope.doctor.case import Case

#: An error is a fault that has shown; a warning one that will, or that might be meant.
Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What mends a problem, why it happens and where to read of it: what is ``None`` is as its rule says."""

    remedy: str
    why: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one event proved: the *sentence* for this instance, and what it rests on.

    *events* are the numbers of the events that prove it, in the order a reader should look at them, and *sites* the
    lines of code. *key* tells instances apart: of two pieces of evidence for one rule with the same key only the
    first becomes a finding. *advice* is one of its rule's `Rule.special`, where what happened asks for another remedy
    than is usual. *is_guess* is whether this instance may be meant: then it is a warning, and a heuristic, whatever its
    rule is. *nearness* is for who compares what several doctors say of the same use of a proxy: the higher, the nearer
    to it was a context that this one knows of.
    """

    sentence: str
    events: tuple[int, ...]
    sites: tuple[int, ...]
    key: Hashable
    advice: Advice | None = None
    is_guess: bool = False
    nearness: int = 0


#: What a rule has to say to one event.
Check: TypeAlias = "Callable[[Event, Case], Iterable[Evidence]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong.

    *check* is called with each event whose kind is one of *kinds*, after the case has taken it in: it gives evidence
    when the rule fires, and nothing where it holds or has to wait for more. What every request does is asked of
    thousands of times a second: ``()`` is returned at once where all is well. *conclude*, where there is one, is
    asked once when the recording has ended.

    *wants_usual* is whether it also looks at pops that are as usual: by the thread that pushed, with no exception, and
    nothing was asked for in that ``g`` in vain. Most have nothing to say to those, and there are two to a request.

    *why* is the reason, in one sentence. *remedy* is a few lines of Python. *link* is a page of Flask's documentation.
    *special* is what is advised instead where an instance is a special one.
    *flask* says which versions are concerned. *heuristic* is whether a healthy app might show the same events.
    """

    name: str
    severity: Severity
    kinds: tuple[str, ...]
    why: str
    remedy: str
    link: str
    check: Check
    flask: str = "all versions"
    heuristic: bool = False
    special: tuple[Advice, ...] = ()
    conclude: Callable[[Case], Iterable[Evidence]] | None = None
    wants_usual: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem found. *number* is 1, 2, 3 … within one doctor; the rest is as in `Rule` and `Evidence`."""

    number: int
    rule: str
    severity: Severity
    sentence: str
    why: str
    remedy: str
    link: str
    events: tuple[int, ...]
    sites: tuple[int, ...]
    heuristic: bool
    flask: str
    nearness: int = 0
