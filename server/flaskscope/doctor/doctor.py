"""Runs the rules over events, as they come or all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, TypeAlias

from flaskscope.doctor.case import Case
from flaskscope.doctor.finding import Advice, Check, Evidence, Finding, Rule
from flaskscope.doctor.rules import RULES
from flaskscope.errors import UnknownRuleError
from flaskscope.events import KINDS, Event, Lane, Site

_Checks: TypeAlias = tuple[tuple[Rule, Check], ...]
_Taker: TypeAlias = Callable[[Any], object]
_Plan: TypeAlias = tuple[_Taker | None, _Checks, _Checks, _Taker | None]

#: Findings of one doctor. An app with more has been told enough; what comes after is not looked for any more.
MAX_FINDINGS = 1_000

#: A teardown function that runs longer holds up its worker noticeably.
SLOW_TEARDOWN_SECONDS = 0.5

#: Nobody waits this long for an answer: a request context whose session is used when it is older was kept by mistake.
STALE_REQUEST_SECONDS = 300.0


class Doctor:
    """Looks at the events of one recording, in order, and tells each problem once.

    Keeps a bounded memory of what it saw, so that a recording may go on for ever. Used by one thread at a time.

    Args:
        allow: Names of rules that are switched off.
        lines: Returns the source lines of a file by its path. With it, a job or a command is known by its decorator.
        slow_teardown_seconds: A teardown function that runs longer is told.
        stale_request_seconds: A request context whose session is used when it is older is told.

    Raises:
        UnknownRuleError: If a name in *allow* is no rule's.
    """

    def __init__(
        self,
        allow: Collection[str] = (),
        *,
        lines: Callable[[str], Sequence[str]] | None = None,
        slow_teardown_seconds: float = SLOW_TEARDOWN_SECONDS,
        stale_request_seconds: float = STALE_REQUEST_SECONDS,
    ) -> None:
        for name in allow:
            if name not in {rule.name for rule in RULES}:
                raise UnknownRuleError(name, [rule.name for rule in RULES])
        self._rules = [rule for rule in RULES if rule.name not in allow]
        self._case = case = Case(
            lines or (lambda path: ()),
            slow_teardown_seconds=slow_teardown_seconds,
            stale_request_seconds=stale_request_seconds,
        )
        #: What to do with an event of a kind, where there is something: what takes it in, the rules that look at it,
        #: those that look at a usual pop, and what takes it in afterwards.
        self._plans: dict[str, _Plan] = {}
        #: What takes in an event of a kind that no rule looks at.
        self._only_taken: dict[str, _Taker] = {}
        for kind in KINDS:
            rules = [rule for rule in self._rules if kind in rule.kinds]
            plan = (
                case.takers.get(kind),
                tuple((rule, rule.check) for rule in rules),
                tuple((rule, rule.check) for rule in rules if rule.wants_usual),
                case.late_takers.get(kind),
            )
            if plan[0] is not None and not any(plan[1:]):
                self._only_taken[kind] = plan[0]
            elif any(plan):
                self._plans[kind] = plan
        self._told: set[tuple[str, Hashable]] = set()

    def examine(self, events: Sequence[Event], sites: Sequence[Site], lanes: Sequence[Lane]) -> list[Finding]:
        """Return what *events*, which go on where the last ones ended, add to what is known.

        *sites* and *lanes* are all that are known so far; number 1 is the first entry.
        """
        case = self._case
        case.name(sites, lanes)
        findings: list[Finding] = []
        plan_of, taker_of = self._plans.get, self._only_taken.get
        for event in events:
            only_take = taker_of(event[2])
            if only_take is not None:
                only_take(event)
                continue
            plan = plan_of(event[2])
            if plan is None:
                continue
            take, checks, usual_checks, take_after = plan
            if take is not None and take(event):
                checks = usual_checks
            if checks:
                for rule, check in checks:
                    for evidence in check(event, case):
                        findings += self._new(rule, evidence)
            if take_after is not None:
                take_after(event)
        return findings

    def conclude(self) -> list[Finding]:
        """Return what is wrong because the recording has ended: its process is gone, or its test is over."""
        return [
            finding
            for rule in self._rules
            if rule.conclude is not None
            for evidence in rule.conclude(self._case)
            for finding in self._new(rule, evidence)
        ]

    def _new(self, rule: Rule, evidence: Evidence) -> list[Finding]:
        """Return the finding that *evidence* is, unless it was told before."""
        key = rule.name, evidence.key
        if key in self._told or len(self._told) >= MAX_FINDINGS:
            return []
        self._told.add(key)
        return [_finding(len(self._told), rule, evidence)]


def _finding(number: int, rule: Rule, evidence: Evidence) -> Finding:
    advice = evidence.advice or Advice(rule.remedy)
    return Finding(
        number=number,
        rule=rule.name,
        severity="warning" if evidence.is_guess else rule.severity,
        sentence=evidence.sentence,
        why=advice.why or rule.why,
        remedy=advice.remedy,
        link=advice.link or rule.link,
        events=evidence.events,
        sites=evidence.sites,
        heuristic=rule.heuristic or evidence.is_guess,
        flask=rule.flask,
        nearness=evidence.nearness,
    )
