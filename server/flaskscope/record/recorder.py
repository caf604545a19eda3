"""Attaches the hooks to an app, and takes them off again."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from flaskscope.events import Event, Lane, Site
from flaskscope.record import contexts, flask_versions, g, identity, merged, requests, teardown, threads
from flaskscope.record.channel import (
    FAILURES_BEFORE_OFF,
    RING_CAPACITY,
    Channel,
    channels,
    g_owners,
    session_owners,
)
from flaskscope.record.numbering import Numbering
from flaskscope.record.numbering.excluded import Excluded, ExcludedPaths
from flaskscope.record.own_g import OwnClasses
from flaskscope.record.passages import CHANNEL, passages
from flaskscope.record.patches import Patches
from flaskscope.record.proxies import ProxyHooks
from flaskscope.record.redact_setting import RedactSetting
from flaskscope.record.session import SessionHooks
from flaskscope.record.session_kept import forget_kept
from flaskscope.redaction import SecretNames, secret_names

if TYPE_CHECKING:
    from flask import Flask

#: Seconds between two looks for threads that ended with contexts still pushed.
ENDED_THREADS_EVERY_SECONDS = 0.25


class Sink(Protocol):
    """Takes the events of a recording, in order, each once."""

    def add(self, events: list[Event]) -> None:
        """Take *events*; called by one thread at a time."""

    def events(self) -> list[Event]:
        """Return the events that are still kept, oldest first."""


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


class _Recorder:
    """What is recorded of one app, for every `Recording` of it together."""

    def __init__(self, app: Flask, channel: Channel, excluded: Excluded | None) -> None:
        self.channel = channel
        self.run = secrets.token_hex(8)
        self.clock = (
            channel.started_ns,
            (time.time_ns() - (time.perf_counter_ns() - channel.started_ns)) / 1e6,
        )
        self.numbering = Numbering(app.name, channel.started_ns, excluded)
        #: The reading of the monotonic clock when recording was paused; ``None`` while it is not.
        self.paused_ns: int | None = None
        self.sinks: list[Sink] = []
        self.lock = threading.Lock()
        self._looked_for_ended_threads = 0.0

    def flush(self, *, look_for_ended_threads: bool = False) -> None:
        with self.lock:
            self._number()
            clock = time.monotonic()
            if (
                look_for_ended_threads
                or clock - self._looked_for_ended_threads >= ENDED_THREADS_EVERY_SECONDS
            ):
                self._looked_for_ended_threads = clock
                identity.bind()
                if self.numbering.any_pushed:
                    self._look_for_abandoned()

    def _number(self) -> None:
        ring = self.channel.ring
        alive = set(threading._active)  # type: ignore[attr-defined]
        records = []
        for _ in range(len(ring)):
            try:
                records.append(ring.popleft())
            except IndexError:  # it was full and lost its oldest while we read
                break
        if records:
            self._hand_on(self.numbering.events_of(records))
            self.numbering.settle(alive)

    def _look_for_abandoned(self) -> None:
        suspects = self.numbering.suspects(set(sys._current_frames()), self.channel.gone())
        if suspects:
            # Popped, and over, since the ring was emptied: then their pops are in it now.
            self._number()
            self._hand_on(self.numbering.events_of_abandoned(suspects))

    def pause(self) -> None:
        """Tell the contexts that are pushed as popped, since nobody will see what becomes of them."""
        self.flush()
        with self.lock:
            self.paused_ns = time.perf_counter_ns()
            self._hand_on(self.numbering.events_of_pausing(self.paused_ns))

    def resume(self) -> None:
        """Tell that nothing was recorded since `pause`, but what threads were in the middle of then."""
        self.flush()
        with self.lock:
            paused_ns = self.paused_ns or time.perf_counter_ns()
            self._hand_on(self.numbering.events_of_pausing(paused_ns))
            now = time.perf_counter_ns()
            self._hand_on(self.numbering.events_of_resuming(now, now - paused_ns))
            self.paused_ns = None

    def _hand_on(self, events: list[Event]) -> None:
        if events:
            for sink in self.sinks:
                sink.add(events)


class Recording:
    """What is recorded of one app, from `attach` until `detach`.

    Usable as a ``with`` block, which detaches at its end. Safe to use from any thread. Several recordings of one app
    share their run and their numbers; one that begins later sees what happens from then on.
    """

    def __init__(self, recorder: _Recorder, sink: Sink) -> None:
        self.run = recorder.run
        self.stack: Literal["separate", "merged"] = flask_versions.STACK
        #: The monotonic clock in nanoseconds, and Unix time in milliseconds, at ``at_ns`` 0.
        self.clock = recorder.clock
        self._recorder = recorder
        self._sink = sink

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

    def flush(self) -> None:
        """Number what was recorded since the last time and hand it to the sink. Cheap when nothing is new."""
        self._recorder.flush()

    def events(self) -> list[Event]:
        """Return the events that are kept, oldest first, up to this moment."""
        self._recorder.flush(look_for_ended_threads=True)
        return self._sink.events()

    def open_contexts(self) -> list[dict[str, Any]]:
        """Return what is known of each context that is pushed now (see ``about`` of `ContextPushed`)."""
        with self._recorder.lock:
            return self._recorder.numbering.descriptions_of_pushed()

    @property
    def is_paused(self) -> bool:
        """Whether nothing is recorded until `resume`."""
        return self._recorder.paused_ns is not None

    def pause(self) -> None:
        """Record nothing until `resume`, at no cost for the app: the hooks are taken out.

        Contexts that are pushed are told as popped now. Numbers go on without a gap. Nothing happens while another
        recording of the same app runs.
        """
        _installation.pause(self._recorder, self._sink)

    def resume(self) -> None:
        """Record again after `pause`; `RecorderResumed` tells how long nothing was. Without one nothing happens."""
        _installation.resume(self._recorder)

    def detach(self) -> None:
        """Stop recording and put back every attribute that was replaced, unless another recording needs it.

        What was recorded stays readable. Detaching twice does nothing.
        """
        try:
            self.flush()
        finally:
            _installation.remove(self._recorder, self._sink)

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.detach()


class _Installation:
    """The hooks of this process: put in place for the first recording, taken out after the last."""

    def __init__(self) -> None:
        # Again: a hook may fail, and be taken out, in the middle of an attach of the same thread.
        self._lock = threading.RLock()
        self._patches: Patches | None = None
        self._proxies = ProxyHooks()
        self._sessions: SessionHooks | None = None
        self._own_g: OwnClasses | None = None
        self._recorders: dict[Channel, _Recorder] = {}
        self._paused: dict[Channel, _Recorder] = {}
        self._g_reads = False

    def add(
        self,
        app: Flask,
        sink: Sink,
        is_secret: SecretNames,
        capacity: int,
        *,
        excluded: Excluded | None,
        g_reads: bool,
    ) -> _Recorder:
        with self._lock:
            self._forget_gone_apps()
            for paused in [each for each in self._paused.values() if each.channel.app() is app]:
                self.resume(paused)
            channel = channels.get(id(app))
            if channel is None:
                channel = Channel(app, is_secret, capacity, self.turn_off)
                self._recorders[channel] = _Recorder(app, channel, excluded)
            recorder = self._recorders[channel]
            recorder.flush()  # what was before belongs to those who were here before
            recorder.sinks.append(sink)
            try:
                self._hook(channel, app, g_reads=g_reads)
            except BaseException:
                self.remove(recorder, sink)
                raise
            return recorder

    def _hook(self, channel: Channel, app: Flask, *, g_reads: bool) -> None:
        if self._patches is None:
            self._install(g_reads=g_reads)
        assert self._sessions is not None
        channel.sessions, channel.own_g = self._sessions, self._own_g
        self._sessions.install_interface_of(channel, app)
        channels[id(app)] = channel

    def pause(self, recorder: _Recorder, sink: Sink) -> None:
        with self._lock:
            channel = recorder.channel
            if channel not in self._recorders or recorder.sinks != [sink]:
                return
            self._unhook(channel)
            self._paused[channel] = recorder
            recorder.pause()

    def resume(self, recorder: _Recorder) -> None:
        with self._lock:
            channel = recorder.channel
            app = channel.app()
            if self._paused.pop(channel, None) is None or app is None:
                return
            # Threads that were in the middle of a passage left it unseen, and addresses were used again.
            for thread, passage in list(passages.items()):
                if passage[CHANNEL] is channel:
                    passages.pop(thread, None)
            channel.forget_contexts()
            recorder.resume()
            self._recorders[channel] = recorder
            self._hook(channel, app, g_reads=self._g_reads)
            for hook, failures in channel.failed_hooks.items():
                if failures >= FAILURES_BEFORE_OFF:
                    self.turn_off(hook)

    def turn_off(self, hook: str) -> None:
        """Take out the hooks of one name."""
        with self._lock:
            if self._patches is None:
                return
            if hook == "access.failed":
                self._proxies.restore()
            elif hook == "exception":
                requests.uninstall()
            self._patches.restore(hook)

    def _install(self, *, g_reads: bool) -> None:
        identity.bind()
        self._g_reads = g_reads
        patches = Patches()
        self._patches = patches
        self._sessions = sessions = SessionHooks(patches)
        self._own_g = OwnClasses(patches, reads=g_reads)
        (merged if flask_versions.MERGED else contexts).install(patches, sessions)
        g.install(patches, reads=g_reads)
        requests.install(patches)
        teardown.install(patches)
        threads.install(patches)
        self._proxies.install()

    def remove(self, recorder: _Recorder, sink: Sink) -> None:
        with self._lock:
            recorder.sinks[:] = [kept for kept in recorder.sinks if kept is not sink]
            channel = recorder.channel
            if recorder.sinks:
                return
            self._paused.pop(channel, None)
            if channel in self._recorders:
                self._unhook(channel)

    def _unhook(self, channel: Channel) -> None:
        """Record nothing of *channel* any more; take out the hooks if that was the last one."""
        del self._recorders[channel]
        for table in (g_owners, session_owners):
            for address, owner in list(table.items()):
                if owner[0] is channel:
                    table.pop(address, None)
        forget_kept(channel)
        for address, known in list(channels.items()):
            if known is channel:
                del channels[address]
        self._forget_gone_apps()
        if not self._recorders and self._patches is not None:
            self._proxies.restore()
            requests.uninstall()
            threads.forget_jobs()
            self._patches.restore()
            self._patches = self._sessions = self._own_g = None

    def _forget_gone_apps(self) -> None:
        for recorders in (self._recorders, self._paused):
            for channel in list(recorders):
                if channel.app() is None:
                    del recorders[channel]


_installation = _Installation()


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
    recorder = _installation.add(
        app,
        kept,
        secret_names(redact, RedactSetting(app).patterns),
        min(capacity, RING_CAPACITY),
        excluded=excluded,
        g_reads=g_reads,
    )
    return Recording(recorder, kept)
