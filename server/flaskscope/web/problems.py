"""What the doctor finds while somebody watches, as messages."""

from __future__ import annotations

from flaskscope import wire
from flaskscope.doctor import Doctor, Finding
from flaskscope.events import Event
from flaskscope.hub.frames import Names


class Problems:
    """Examines events as they come.

    Args:
        doctor: Examines them.
        names: Explains the numbers of lanes and sites.
        last: The number of the last event, if it is known that none will come after it: what is left then is told.
    """

    def __init__(self, doctor: Doctor, names: Names, last: int | None = None) -> None:
        self._doctor = doctor
        self._names = names
        self._last = last

    def __call__(self, events: list[Event]) -> list[bytes]:
        """Return a message for each problem that *events* add to those before."""
        findings = self._doctor.examine(events, self._names.sites, self._names.lanes)
        if self._last is not None and events and events[-1].number >= self._last:
            findings += self._doctor.conclude()
        return [message_of(finding) for finding in findings]

    def conclude(self) -> list[bytes]:
        """Return a message for each problem that there is if nothing comes any more, because the process ends."""
        return [message_of(finding) for finding in self._doctor.conclude()]


def message_of(finding: Finding) -> bytes:
    """Return *finding* as a message."""
    return wire.encode_problem(
        number=finding.number,
        rule=finding.rule,
        severity=finding.severity,
        sentence=finding.sentence,
        why=finding.why,
        remedy=finding.remedy,
        link=finding.link,
        events=finding.events,
        sites=finding.sites,
        heuristic=finding.heuristic,
        flask=finding.flask,
    )
