"""The hooks of this process, and what is recorded of each app with them."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import threading
import time
from functools import partial
from itertools import repeat, starmap
from typing import TYPE_CHECKING, Any, Protocol

from flaskscope.events import Event
from flaskscope.record import contexts, flask_versions, g, identity, merged, requests, teardown, threads
from flaskscope.record.channel import (
    FAILURES_BEFORE_OFF,
    OF_CHANNEL,
    Channel,
    channels,
    g_owners,
    in_progress,
    session_owners,
)
from flaskscope.record.numbering import Numbering
from flaskscope.record.numbering.excluded import Excluded
from flaskscope.record.own_g import OwnClasses
from flaskscope.record.passages import CHANNEL, passages
from flaskscope.record.patches import Patches
from flaskscope.record.proxies import ProxyHooks
from flaskscope.record.session import SessionHooks
from flaskscope.record.session_kept import forget_kept
from flaskscope.redaction import SecretNames

if TYPE_CHECKING:
    from flask import Flask

#: Seconds between two looks for threads that ended with contexts still pushed.
ENDED_THREADS_EVERY_SECONDS = 0.25

#: Seconds that a fork waits for another thread that is numbering events. It takes a millisecond, mostly.
FORK_WAITS_SECONDS = 1.0


class Sink(Protocol):
    """Takes the events of a recording, in order, each once."""

    def add(self, events: list[Event]) -> None:
        """Take *events*; called by one thread at a time."""

    def events(self) -> list[Event]:
        """Return the events that are still kept, oldest first."""


class Recorder:
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
        # Again: a signal handler may fork, for which all locks are held, while its thread numbers events.
        self.lock = threading.RLock()
        self._looked_for_ended_threads = 0.0

    def flush(self, limit: int | None = None, *, look_for_ended_threads: bool = False) -> bool:
        """Number what was recorded since the last time, at most *limit* records, and hand it to every sink.

        Returns whether that was all there was.
        """
        with self.lock:
            self._number(limit)
            clock = time.monotonic()
            if (
                look_for_ended_threads
                or clock - self._looked_for_ended_threads >= ENDED_THREADS_EVERY_SECONDS
            ):
                self._looked_for_ended_threads = clock
                identity.bind()
                if self.numbering.any_pushed:
                    self._look_for_abandoned()
            return not self.channel.ring

    def _number(self, limit: int | None = None) -> None:
        ring = self.channel.ring
        alive = set(threading._active)  # type: ignore[attr-defined]
        records: list[tuple[Any, ...]] = []
        waiting = len(ring)
        # Without a step of Python's for each of them. What was taken stays in the list if there is no more.
        with contextlib.suppress(IndexError):  # it was full and lost its oldest while we read
            records.extend(
                starmap(ring.popleft, repeat((), waiting if limit is None else min(waiting, limit)))
            )
        if records:
            self._hand_on(self.numbering.events_of(records))
            if len(records) >= waiting:
                # Of a thread that is over nothing is left to be told.
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

    def begin_anew_after_fork(self) -> None:
        """Go on as another process: from here on it counts what neither its parent counts nor a sibling.

        The numbers of one run mean the same to all who read it.
        """
        self.run = secrets.token_hex(8)
        self.numbering.move_to(os.getpid())

    def _hand_on(self, events: list[Event]) -> None:
        if events:
            for sink in self.sinks:
                sink.add(events)


class Installation:
    """The hooks of this process: put in place for the first recording, taken out after the last."""

    def __init__(self) -> None:
        # Again: a hook may fail, and be taken out, in the middle of an attach of the same thread.
        self._lock = threading.RLock()
        self._patches: Patches | None = None
        self._proxies = ProxyHooks()
        self._sessions: SessionHooks | None = None
        self._own_g: OwnClasses | None = None
        self._recorders: dict[Channel, Recorder] = {}
        self._paused: dict[Channel, Recorder] = {}
        self._g_reads = False
        self._held: list[Any] = []
        self._sees_teardowns = False

    def add(
        self,
        app: Flask,
        sink: Sink,
        is_secret: SecretNames,
        capacity: int,
        *,
        excluded: Excluded | None,
        g_reads: bool,
    ) -> Recorder:
        """Have *app* recorded for *sink*, with the hooks put in place if they are not; return its recorder."""
        with self._lock:
            self._forget_gone_apps()
            for paused in [each for each in self._paused.values() if each.channel.app() is app]:
                self.resume(paused)
            channel = channels.get(id(app))
            if channel is None:
                channel = Channel(app, is_secret, capacity, self.turn_off, self.watch_teardowns)
                self._recorders[channel] = Recorder(app, channel, excluded)
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
        channel.sees_teardowns, channel.is_recording = self._sees_teardowns, True
        self._sessions.install_interface_of(channel, app)
        channels[id(app)] = channel
        teardown.look_for_teardowns(channel, app)

    def pause(self, recorder: Recorder, sink: Sink) -> None:
        """Take out the hooks, as far as nobody else than *sink* wants events."""
        with self._lock:
            channel = recorder.channel
            if channel not in self._recorders or recorder.sinks != [sink]:
                return
            self._unhook(channel)
            self._paused[channel] = recorder
            recorder.pause()

    def resume(self, recorder: Recorder) -> None:
        """Put the hooks in place again, if they were taken out."""
        with self._lock:
            channel = recorder.channel
            app = channel.app()
            if self._paused.pop(channel, None) is None or app is None:
                return
            # Threads that were in the middle of a passage left it unseen, and addresses were used again.
            _forget_passages(channel)
            channel.forget_contexts()
            recorder.resume()
            self._recorders[channel] = recorder
            self._hook(channel, app, g_reads=self._g_reads)
            for hook, failures in channel.failed_hooks.items():
                if failures >= FAILURES_BEFORE_OFF:
                    self.turn_off(hook)

    def watch_teardowns(self) -> None:
        """Hook the calls of teardown functions, if they are not."""
        with self._lock:
            if self._patches is None or self._sees_teardowns:
                return
            self._sees_teardowns = True
            teardown.install(self._patches)
            for channel in self._recorders:
                channel.sees_teardowns = True

    def turn_off(self, hook: str) -> None:
        """Take out the hooks of one name."""
        with self._lock:
            if self._patches is None:
                return
            if hook == "access.failed":
                self._proxies.restore()
            elif hook == "exception":
                requests.uninstall()
            elif hook == "teardown":
                self._sees_teardowns = True  # never again, as long as these hooks are in place
                for channel in self._recorders:
                    channel.sees_teardowns = True
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
        self._sees_teardowns = False
        threads.install(patches)
        self._proxies.install()

    def remove(self, recorder: Recorder, sink: Sink) -> None:
        """Let go of *sink*, of the app if it was the last one, and of the hooks after the last app."""
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
        channel.is_recording = False
        for thread, held in list(in_progress.items()):
            if held[OF_CHANNEL] is channel:
                in_progress.pop(thread, None)
        _forget_passages(channel)
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

    def hold_for_fork(self) -> None:
        """Hold every lock until `let_go_after_fork`: a child has only the thread that forks, and no other's half work.

        One that nobody gives up within `FORK_WAITS_SECONDS` is not held.
        """
        locks = [self._lock, *(recorder.lock for recorder in self._all())]
        self._held = [lock for lock in locks if lock.acquire(timeout=FORK_WAITS_SECONDS)]

    def let_go_after_fork(self, *, in_child: bool) -> None:
        """Give up what was held; a child has new ones in the place of those that were not, and new runs."""
        held, self._held = self._held, []
        if in_child:
            for recorder in self._all():
                recorder.begin_anew_after_fork()
        for lock in held:
            lock.release()
        if in_child:
            self._lock = self._lock if self._lock in held else threading.RLock()
            for recorder in self._all():
                if recorder.lock not in held:
                    recorder.lock = threading.RLock()

    def _all(self) -> list[Recorder]:
        return [*self._recorders.values(), *self._paused.values()]

    def _forget_gone_apps(self) -> None:
        for recorders in (self._recorders, self._paused):
            for channel in list(recorders):
                if channel.app() is None:
                    del recorders[channel]


def _forget_passages(channel: Channel) -> None:
    for thread, passage in list(passages.items()):
        if passage[CHANNEL] is channel:
            passages.pop(thread, None)


installation = Installation()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=installation.hold_for_fork,
        after_in_parent=partial(installation.let_go_after_fork, in_child=False),
        after_in_child=partial(installation.let_go_after_fork, in_child=True),
    )
