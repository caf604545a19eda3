"""One app of a suite that is watched: what is pushed of it, and what its ``g`` and sessions hold, and since when."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from flaskscope.events import (
    ContextAbandoned,
    ContextPopped,
    ContextPushed,
    Event,
    GDeleted,
    GRead,
    GSet,
    SessionChanged,
    SessionDeleted,
    SessionOpened,
    SessionRead,
    Site,
)
from flaskscope.record.recorder import Recording, attach
from flaskscope.testing.stretches import FixtureSetup, Stretch

if TYPE_CHECKING:
    from flask import Flask

#: Events of one test and app that are kept for a recording; the oldest leave first.
MAX_EVENTS = 50_000

#: Names of one ``g``, or of one session, of which is remembered who set them. More are not looked at.
MAX_NAMES = 200

#: What stands between the names of a thread and a task in the name of a lane.
OF_A_TASK = " › "


class Setting(NamedTuple):
    """A value that was put into ``g`` or a session; *stretch* is the test that did it, if one did."""

    event: Event
    stretch: Stretch | None


@dataclass(slots=True, eq=False)
class OpenContext:
    """A context that is pushed."""

    push: ContextPushed
    stretch: Stretch | None  #: the test that ran when it was pushed
    names: dict[str, Setting] = field(default_factory=dict)
    keys: dict[str, Setting] = field(default_factory=dict)
    opened: SessionOpened | None = None
    fixture: FixtureSetup | None = None  #: the wider fixture that pushed it
    callers: list[tuple[str, int, str]] = field(default_factory=list)
    is_told: bool = False  #: whether it was said that it was left
    is_kept: bool = False  #: whether a test client keeps it on purpose
    told: set[tuple[str, str]] = field(default_factory=set)  #: what was said to be carried over


class Carried(NamedTuple):
    """Something that one test had set and another read."""

    context: OpenContext
    what: str  #: ``g`` or ``session``
    name: str
    setting: Setting
    read: Event


class WrongPop(NamedTuple):
    """A context that was popped where it must not be, or pushed in a second thread."""

    context: OpenContext
    event: ContextPopped | ContextPushed


class WatchedApp:
    """Attached to *app* from when it is made. A sink of its recording; looked at by the thread of the tests only."""

    def __init__(self, app: Flask) -> None:
        self.name = app.name
        self.root = app.root_path
        self.open: dict[int, OpenContext] = {}
        self.events_of_test: deque[Event] = deque(maxlen=MAX_EVENTS)
        self.carried: list[Carried] = []
        self.wrong: list[WrongPop] = []
        self.abandoned: list[tuple[OpenContext, ContextAbandoned]] = []
        #: What the last test left for this one, as it was then.
        self.ambient: list[Event] = []
        self._app = weakref.ref(app)
        self._fresh: list[Event] = []
        self.recording: Recording = attach(app, self, g_reads=True)
        # Asked for every app after every test, so without a call: a suite may make thousands of apps.
        self.waiting = self.recording._recorder.channel.ring  # noqa: SLF001

    @property
    def is_gone(self) -> bool:
        """Whether the app was let go, so that nothing will happen any more."""
        return self._app() is None and not self.open

    def is_of(self, app: object) -> bool:
        """Return whether this is *app*."""
        return self._app() is app

    def add(self, events: list[Event]) -> None:
        """Take *events*, until somebody looks."""
        self._fresh += events

    def events(self) -> list[Event]:
        """Return nothing: events are kept for one test only."""
        return []

    def site(self, number: int | None) -> Site | None:
        """Return a line of code by its number."""
        return None if number is None else self.recording.sites[number - 1]

    def thread_of(self, event: Event) -> str:
        """Return the name of the thread of an event, also if it happened in a task of that thread."""
        return self.recording.lanes[event[3] - 1].name.partition(OF_A_TASK)[0]

    def moment_of(self, event: Event) -> int:
        """Return when an event happened, in nanoseconds of the monotonic clock."""
        return self.recording.clock[0] + event[1]

    def look(self, stretch: Stretch | None, *, at_threads: bool = False) -> None:
        """Take in what happened since the last look, in the name of *stretch*."""
        if at_threads:
            self.recording.events()  # also looks for threads that ended
        elif self.waiting:
            self.recording.flush()
        fresh, self._fresh = self._fresh, []
        for event in fresh:
            take_in = _TAKE_IN.get(event[2])
            if take_in is not None:
                take_in(self, event, stretch)
        self.events_of_test.extend(fresh)

    def next_test(self) -> None:
        """Forget what concerns one test only."""
        self.events_of_test.clear()
        self.carried.clear()
        self.wrong.clear()
        self.abandoned.clear()
        self.ambient = [
            event
            for context in self.open.values()
            for event in (
                context.push,
                *([context.opened] if context.opened is not None else []),
                *(setting.event for setting in context.names.values()),
                *(setting.event for setting in context.keys.values()),
            )
        ]

    def _pushed(self, event: ContextPushed, stretch: Stretch | None) -> None:
        context = self.open.get(event.context)
        if context is None:
            self.open[event.context] = OpenContext(event, stretch)
        # Flask itself pushes a context again for a stream, which an async view makes in a task.
        elif (
            event.about["pushes"] > 1
            and event.about["how"] != "stream"
            and self.thread_of(context.push) != self.thread_of(event)
        ):
            self.wrong.append(WrongPop(context, event))

    def _popped(self, event: ContextPopped, stretch: Stretch | None) -> None:
        context = self.open.get(event.context)
        if context is None:
            return
        if event.failure is not None or (
            context.push.lane != event.lane and self.thread_of(context.push) != self.thread_of(event)
        ):
            self.wrong.append(WrongPop(context, event))
        if not event.pushes:
            del self.open[event.context]

    def _abandoned(self, event: ContextAbandoned, stretch: Stretch | None) -> None:
        context = self.open.pop(event.context, None)
        if context is not None:
            self.abandoned.append((context, event))

    def _g_set(self, event: GSet, stretch: Stretch | None) -> None:
        context = self.open.get(event.context or 0)
        if context is not None and (len(context.names) < MAX_NAMES or event.name in context.names):
            context.names[event.name] = Setting(event, stretch)

    def _g_deleted(self, event: GDeleted, stretch: Stretch | None) -> None:
        context = self.open.get(event.context or 0)
        if context is not None:
            context.names.pop(event.name, None)

    def _g_read(self, event: GRead, stretch: Stretch | None) -> None:
        context = self.open.get(event.context or 0)
        if context is not None:
            self._read(context, "g", event.name, context.names.get(event.name), event, stretch)

    def _session_opened(self, event: SessionOpened, stretch: Stretch | None) -> None:
        context = self.open.get(event.context or 0)
        if context is not None:
            context.opened = event
            for key, _ in event.items:
                context.keys[key] = Setting(event, stretch)

    def _session_changed(self, event: SessionChanged, stretch: Stretch | None) -> None:
        context = self.open.get(event.context or 0)
        if context is not None and (len(context.keys) < MAX_NAMES or event.key in context.keys):
            context.keys[event.key] = Setting(event, stretch)

    def _session_deleted(self, event: SessionDeleted, stretch: Stretch | None) -> None:
        context = self.open.get(event.context or 0)
        if context is None:
            return
        if event.key == "*":
            context.keys.clear()
        else:
            context.keys.pop(event.key, None)

    def _session_read(self, event: SessionRead, stretch: Stretch | None) -> None:
        context = self.open.get(event.context or 0)
        if context is not None:
            self._read(context, "session", event.key, context.keys.get(event.key), event, stretch)

    def _read(
        self,
        context: OpenContext,
        what: str,
        name: str,
        setting: Setting | None,
        event: Event,
        stretch: Stretch | None,
    ) -> None:
        if (
            setting is not None
            and setting.stretch is not None
            and stretch is not None
            and setting.stretch is not stretch
            and (what, name) not in context.told
        ):
            context.told.add((what, name))
            self.carried.append(Carried(context, what, name, setting, event))


_TAKE_IN: dict[str, Callable[[WatchedApp, Any, Stretch | None], None]] = {
    "context.pushed": WatchedApp._pushed,  # noqa: SLF001
    "context.popped": WatchedApp._popped,  # noqa: SLF001
    "context.abandoned": WatchedApp._abandoned,  # noqa: SLF001
    "g.set": WatchedApp._g_set,  # noqa: SLF001
    "g.deleted": WatchedApp._g_deleted,  # noqa: SLF001
    "g.read": WatchedApp._g_read,  # noqa: SLF001
    "session.opened": WatchedApp._session_opened,  # noqa: SLF001
    "session.changed": WatchedApp._session_changed,  # noqa: SLF001
    "session.deleted": WatchedApp._session_deleted,  # noqa: SLF001
    "session.read": WatchedApp._session_read,  # noqa: SLF001
}
