"""The ways in which one scenario is run, to be compared with each other."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Flask

from tests.transparency.driving import send
from tests.transparency.scenario import App

if TYPE_CHECKING:
    from flaskscope.record.recorder import Recording

#: Nothing is attached, and FlaskScope is not even imported.
BARE = "bare"
#: FlaskScope is attached with its defaults.
ATTACHED = "attached"
#: FlaskScope is attached, and records reads of ``g`` too.
READS = "attached, with reads of g"
#: FlaskScope was attached, saw a request, and was detached before the scenario goes on.
DETACHED = "after detach"

MODES = (BARE, ATTACHED, READS, DETACHED)


class Watcher:
    """Watches the apps of one scenario in the way that *mode* says.

    Args:
        mode: One of `MODES`, or the name of a control.
        control: What a control does to an app instead of attaching FlaskScope.
    """

    def __init__(self, mode: str, control: Callable[[Flask], Any] | None = None) -> None:
        self.mode = mode
        self.control = control
        self.recordings: list[Recording] = []
        self.left_behind: list[str] = []

    def __call__(self, app: App, *, warm_up: bool = True) -> App:
        recording = None
        if self.control is not None:
            self.control(app)
        elif self.mode != BARE:
            from flaskscope.record.recorder import attach

            before = _touchable() if self.mode == DETACHED and not self.recordings else None
            recording = attach(app, g_reads=self.mode == READS)
            self.recordings.append(recording)
        if warm_up:
            # Whatever it does, it does so in every mode; what is compared comes after it.
            with suppress(Exception):
                send(app.wsgi_app, "/warm-up")
        if recording is not None and self.mode == DETACHED:
            recording.detach()
            if before is not None:
                self.left_behind += _changed(before, _touchable())
        return app

    def stop(self) -> None:
        """Watch none of the apps any longer."""
        for recording in self.recordings:
            recording.detach()

    def finish(self) -> dict[str, Any]:
        """Detach, and return what is to be known of the recordings."""
        try:
            self.stop()
            events = [event for recording in self.recordings for event in recording.events()]
        except Exception:
            # What was recorded cannot be told: as bad as a hook that fails.
            return {
                "events": 0,
                "failures": 1,
                "failure_texts": [traceback.format_exc()],
                "left_behind": self.left_behind,
            }
        return {
            "events": len(events),
            "failures": sum(recording.failures for recording in self.recordings),
            "failure_texts": [repr(event) for event in events if type(event).__name__ == "RecorderFailed"],
            "left_behind": self.left_behind,
        }


#: What Python makes anew whenever it likes.
_NOT_COMPARED = frozenset({"__abstractmethods__", "_abc_impl", "__weakref__", "__dict__", "__doc__"})


def _touchable() -> dict[object, dict[str, object]]:
    """Return everything that a recorder may replace, by whose it is and by its name.

    These are the attributes of all classes of Flask, Werkzeug, the tests, threads and their pools, the slots of Flask's
    proxies, and who listens to Flask's signals. Nothing is compared by its address: it might be used again.
    """
    import flask.globals
    import flask.signals

    found: dict[object, dict[str, object]] = {
        kind: {name: value for name, value in vars(kind).items() if name not in _NOT_COMPARED}
        for kind in gc.get_objects()
        # Not ``isinstance``, which asks an object what it says it is.
        if issubclass(type(kind), type)
        and str(kind.__dict__.get("__module__")).partition(".")[0]
        in ("flask", "werkzeug", "tests", "flask_session", "threading", "concurrent")
    }
    found["proxies"] = {
        name: object.__getattribute__(getattr(flask.globals, name), "_get_current_object")
        for name in ("current_app", "g", "request", "session")
    }
    found["signals"] = {
        f"{name} → {receiver.__qualname__}": True
        for name, signal in vars(flask.signals).items()
        if hasattr(signal, "receivers_for")
        for receiver in signal.receivers_for(None)
    }
    return found


def _changed(before: dict[object, dict[str, object]], after: dict[object, dict[str, object]]) -> list[str]:
    absent = object()
    return sorted(
        f"{owner} {name}"
        for owner in before
        for name in before[owner].keys() | after[owner].keys()
        if before[owner].get(name, absent) is not after[owner].get(name, absent)
    )
