"""Records every app that a program makes, from when it is made: for programs whose apps are not known before."""

from __future__ import annotations

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from flask import Flask

from flaskscope.events import Event, Site
from flaskscope.record.recorder import Recording, attach

if TYPE_CHECKING:
    from flaskscope.doctor import Doctor, Finding

#: The rules about a use outside of a context: of two that know of the same contexts, the first one tells more.
OUTSIDE = (
    "thread-without-context",
    "job-without-context",
    "outside-context-at-import",
    "outside-app-context",
    "outside-request-context",
)

#: Seconds between two looks at what was recorded. The buffer holds a hundred thousand records meanwhile.
LOOK_SECONDS = 0.1


@contextlib.contextmanager
def telling_of_apps(tell: Callable[[Flask], None]) -> Iterator[None]:
    """Call *tell* with every app that is made inside the block, right after it was made."""
    original = Flask.__init__

    @functools.wraps(original)
    def initialise(app: Flask, *args: Any, **kwargs: Any) -> None:
        original(app, *args, **kwargs)
        tell(app)

    Flask.__init__ = initialise  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Flask.__init__ = original  # type: ignore[method-assign]


class Patient:
    """One app that is recorded, and what its doctor found so far. Also the sink of its recording."""

    def __init__(self, app: Flask, doctor: Doctor) -> None:
        self.name = app.name
        self.findings: list[tuple[Finding, tuple[Site, ...]]] = []
        self.seen = 0
        self._doctor = doctor
        self._app = weakref.ref(app)
        self._recording: Recording | None = None
        self._recording = attach(app, self)

    @property
    def is_gone(self) -> bool:
        """Whether the app was let go."""
        return self._app() is None

    def add(self, events: list[Event]) -> None:
        """Have *events* examined."""
        self.seen += len(events)
        assert self._recording is not None
        self._note(self._doctor.examine(events, self._recording.sites, self._recording.lanes))

    def events(self) -> list[Event]:
        """Return nothing: events are examined and let go."""
        return []

    def look(self) -> None:
        """Examine what was recorded until now."""
        assert self._recording is not None
        self._recording.flush()

    def conclude(self) -> None:
        """Examine the rest, and let go of the app."""
        assert self._recording is not None
        self._recording.events()  # also looks for threads that ended
        self._recording.detach()
        self._note(self._doctor.conclude())

    def _note(self, findings: list[Finding]) -> None:
        assert self._recording is not None
        sites = self._recording.sites
        self.findings += [
            (finding, tuple(sites[number - 1] for number in finding.sites)) for finding in findings
        ]


class Newcomers:
    """A ``with`` block in which every app that is made is recorded and examined.

    Uses outside of any app's contexts are told even if no app is there.

    Args:
        make_doctor: Makes a doctor for each app.
    """

    def __init__(self, make_doctor: Callable[[], Doctor]) -> None:
        self.examined = 0
        self._make_doctor = make_doctor
        self._patients: list[Patient] = []
        self._found: list[tuple[Finding, tuple[Site, ...]]] = []
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._telling: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
        self._nobody: Flask | None = None

    def __enter__(self) -> Newcomers:
        self._nobody = Flask("nobody")  # so that uses are recorded while no app is made yet
        self._patients.append(Patient(self._nobody, self._make_doctor()))
        self._telling = telling_of_apps(self._admit)
        self._telling.__enter__()
        threading.Thread(target=self._look_often, name="flaskscope-doctor", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._telling.__exit__(None, None, None)
        with self._lock:
            # Who was there for nobody knows least: what he found counts only if nobody else did.
            for patient in [*self._patients[1:], *self._patients[:1]]:
                self._dismiss(patient)
            self._patients.clear()

    def findings(self) -> list[tuple[Finding, tuple[Site, ...]]]:
        """Return what was found, once the block has ended, each with its lines of code.

        A use outside of any context is recorded for every app; it is told once, by the doctor who knows most of it:
        only that of the app whose context was pushed there, or in which a thread was started, can tell that it was.
        """
        told: dict[object, tuple[Finding, tuple[Site, ...]]] = {}
        for finding, sites in self._found:
            places = tuple((site.path, site.line) for site in sites)
            if finding.rule not in OUTSIDE:
                told.setdefault((finding.rule, places or finding.sentence), (finding, sites))
                continue
            key = OUTSIDE, places[-1:] or finding.sentence
            if key not in told or _knows_more(finding, told[key][0]):
                told[key] = finding, sites
        return list(told.values())

    def _admit(self, app: Flask) -> None:
        with self._lock:
            self._patients.append(Patient(app, self._make_doctor()))

    def _look_often(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._lock:
                for patient in list(self._patients):
                    patient.look()
                    if patient.is_gone:
                        self._dismiss(patient)
                        self._patients.remove(patient)

    def _dismiss(self, patient: Patient) -> None:
        patient.conclude()
        self.examined += patient.seen
        self._found += patient.findings


def _knows_more(finding: Finding, other: Finding) -> bool:
    """Return whether the doctor of *finding* knew more of a use outside of a context than that of *other*."""
    if finding.nearness != other.nearness:
        return finding.nearness > other.nearness
    return OUTSIDE.index(finding.rule) < OUTSIDE.index(other.rule)
