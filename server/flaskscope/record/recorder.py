"""Attaches the hooks to an app, and takes them off again."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from flaskscope.events import Event, Lane, Site
from flaskscope.record import flask_versions
from flaskscope.record.channel import RING_CAPACITY
from flaskscope.record.installation import Recorder, Sink, installation
from flaskscope.record.numbering import OPTIONAL_KINDS
from flaskscope.record.numbering.excluded import Excluded, ExcludedPaths
from flaskscope.record.redact_setting import RedactSetting
from flaskscope.redaction import secret_names

if TYPE_CHECKING:
    from flask import Flask


class KeptEvents:
    """The latest *capacity* events."""

    def __init__(self, capacity: int) -> None:
        self._events: deque[Event] = deque(maxlen=capacity)

    def add(self, events: list[Event]) -> None:
        """Take *events*; the oldest leave when there are more than fit."""
        self._events.extend(events)

    def events(self) -> list[Event]:
        """Return the kept events, oldest first."""
        return list(self._events)


class Recording:
    """What is recorded of one app, from `attach` until `detach`.

    Usable as a ``with`` block, which detaches at its end. Safe to use from any thread. Several recordings of one app
    share their run and their numbers; one that begins later sees what happens from then on.
    """

    def __init__(self, recorder: Recorder, sink: Sink) -> None:
        self.stack: Literal["separate", "merged"] = flask_versions.STACK
        #: The monotonic clock in nanoseconds, and Unix time in milliseconds, at ``at_ns`` 0.
        self.clock = recorder.clock
        self._recorder = recorder
        self._sink = sink

    @property
    def run(self) -> str:
        """16 hexadecimal digits: new for each recording, and in each process that is forked while it runs."""
        return self._recorder.run

    @property
    def lanes(self) -> list[Lane]:
        """The lanes seen so far; lane 1 is the first entry. Only ever grows."""
        return self._recorder.numbering.lanes

    @property
    def sites(self) -> list[Site]:
        """The lines of code seen so far; site 1 is the first entry. Only ever grows."""
        return self._recorder.numbering.sites

    @property
    def dropped(self) -> int:
        """How many records were let go, oldest first, because nobody read them in time."""
        return self._recorder.numbering.lost

    @property
    def failures(self) -> int:
        """How often a hook of FlaskScope's own failed."""
        return self._recorder.channel.failures + self._recorder.numbering.failures

    def flush(self, limit: int | None = None) -> bool:
        """Number what was recorded since the last time, at most *limit* records, and hand it to the sink.

        Returns whether that was all there was. Cheap when nothing is new.
        """
        return self._recorder.flush(limit)

    def events(self) -> list[Event]:
        """Return the events that are kept, oldest first, up to this moment."""
        self._recorder.flush(look_for_ended_threads=True)
        return self._sink.events()

    def open_contexts(self) -> list[dict[str, Any]]:
        """Return what is known of each context that is pushed now (see ``about`` of `ContextPushed`)."""
        with self._recorder.lock:
            return self._recorder.numbering.descriptions_of_pushed()

    @property
    def optional(self) -> tuple[str, ...]:
        """The kinds of events that `leave_out` takes."""
        return OPTIONAL_KINDS

    @property
    def without(self) -> list[str]:
        """The kinds of which no events are made, in the order of `optional`."""
        return self._recorder.numbering.without

    @property
    def left_out(self) -> int:
        """How many events were not made for that, as far as records are numbered."""
        return self._recorder.numbering.left_out

    def leave_out(self, kinds: Collection[str]) -> None:
        """Make no events of *kinds* from now on, and of all others again; numbers go on without a gap.

        What happened before is told as it was. All recordings of one app share this.

        Raises:
            ValueError: If one of *kinds* is not `optional`; nothing has changed then.
        """
        self.flush()
        with self._recorder.lock:
            self._recorder.numbering.leave_out(kinds)

    @property
    def is_paused(self) -> bool:
        """Whether nothing is recorded until `resume`."""
        return self._recorder.paused_ns is not None

    def pause(self) -> None:
        """Record nothing until `resume`, at no cost for the app: the hooks are taken out.

        Contexts that are pushed are told as popped now. Numbers go on without a gap. Nothing happens while another
        recording of the same app runs.
        """
        installation.pause(self._recorder, self._sink)

    def resume(self) -> None:
        """Record again after `pause`; `RecorderResumed` tells how long nothing was. Without one nothing happens."""
        installation.resume(self._recorder)

    def detach(self) -> None:
        """Stop recording and put back every attribute that was replaced, unless another recording needs it.

        What was recorded stays readable. Detaching twice does nothing.
        """
        try:
            self.flush()
        finally:
            installation.remove(self._recorder, self._sink)

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.detach()


def attach(
    app: Flask,
    sink: Sink | None = None,
    *,
    capacity: int = RING_CAPACITY,
    redact: Iterable[str] = (),
    exclude: Iterable[str] = (),
    g_reads: bool = False,
) -> Recording:
    """Record every push and pop of *app*'s contexts, its ``g`` and its sessions, without changing what it does.

    Nothing runs in the background: what the hooks saw waits, bounded, until `Recording.flush` or
    `Recording.events` is called.

    Args:
        app: The app to watch. It is held weakly.
        sink: Takes the events; by default the recording keeps the latest *capacity* itself.
        capacity: Events to keep, at least 1; the oldest leave first.
        redact: Regular expressions for further names whose values must not be recorded, besides those of
            FLASKSCOPE_REDACT in the app's configuration and in the environment.
        exclude: Paths of requests that are not to be told of, with all below them; ``*`` stands for any text. The first
            recording of an app says which.
        g_reads: Also record reads of names that are in ``g``, at a cost for each.

    Raises:
        ValueError: If *capacity* is below 1.
        re.error: If an entry of *redact* is not a regular expression.
    """
    if capacity < 1:
        raise ValueError(f"capacity must be at least 1, not {capacity}")
    kept = KeptEvents(capacity) if sink is None else sink
    paths = tuple(exclude)
    excluded = Excluded(ExcludedPaths(paths)) if paths else None
    recorder = installation.add(
        app,
        kept,
        secret_names(redact, RedactSetting(app).patterns),
        min(capacity, RING_CAPACITY),
        excluded=excluded,
        g_reads=g_reads,
    )
    return Recording(recorder, kept)
