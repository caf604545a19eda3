"""What a page is told first."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flaskscope import wire
from flaskscope.bus.clocks import host_name, machine_id
from flaskscope.config import Settings
from flaskscope.events import ContextAbandoned, ContextPopped, ContextPushed, Event
from flaskscope.hub.hub import Hub
from flaskscope.release import VERSION
from flaskscope.web.actions import Scenario
from flaskscope.web.choice import Choice
from flaskscope.web.siblings import Siblings

_TELL_OF_CONTEXTS = frozenset({ContextPushed, ContextPopped, ContextAbandoned})


@dataclass(frozen=True, slots=True)
class Watched:
    """The app that is watched, by name and folder, and what it runs on.

    *routes* and *buttons* are asked each time a page comes: an app may get its routes after FlaskScope. The buttons
    are for an app that gives no scenarios. *recording* is what a page is told of a file that is shown;
    with a *choice* it can say which kinds of events are not recorded.
    """

    name: str
    root: str
    routes: Callable[[], list[dict[str, Any]]] = list
    buttons: Callable[[], tuple[Scenario, ...]] = tuple
    g_reads: bool = False
    process_name: str = field(default_factory=lambda: process_name(sys.argv))
    versions: dict[str, str] = field(default_factory=lambda: running_versions())
    recording: dict[str, Any] | None = None
    choice: Choice | None = None


def process_name(argv: list[str]) -> str:
    """Return what a person would call the program started by *argv*: its name and its subcommand, if it has one."""
    program = Path(argv[0]) if argv and argv[0] else Path("python")
    name = program.parent.name if program.name == "__main__.py" else program.name
    command = argv[1] if len(argv) > 1 and argv[1].isascii() and argv[1].isalpha() else ""
    return f"{name} {command}".strip()


def running_versions() -> dict[str, str]:
    """Return the versions of FlaskScope, Python, Flask and Werkzeug."""
    found = {name: version(name) for name in ("flask", "werkzeug")}
    return {"flaskscope": VERSION, "python": platform.python_version(), **found}


def greet(
    hub: Hub,
    watched: Watched,
    settings: Settings,
    scenarios: tuple[Scenario, ...],
    mount: str = "",
    siblings: Siblings | None = None,
) -> bytes:
    """Return the ``hello`` of this moment, for a page that finds the app under the path *mount*.

    *siblings* is where the events of the server's other processes are.
    """
    # The first flush brings in what was pushed until now; the second, what was pushed while we asked. So every
    # context listed as open has its push in the journal, unless that has left it.
    hub.flush()
    open_contexts = hub.source.open_contexts()
    hub.flush()
    first, last = hub.journal.bounds()
    contexts = open_contexts
    if open_contexts:
        contexts = _without_known(open_contexts, hub.journal.of(_TELL_OF_CONTEXTS))
    source = hub.source
    return wire.encode_hello(
        wire.Hello(
            run=source.run,
            app_name=watched.name,
            app_root=watched.root,
            pid=os.getpid(),
            process_name=watched.process_name,
            versions=watched.versions,
            monotonic_ns=source.clock[0],
            unix_ms=source.clock[1],
            first=first,
            last=last,
            max_events=hub.journal.capacity,
            stack=source.stack,
            g_reads=watched.g_reads,
            redact=settings.redact,
            editor=settings.editor,
            lanes=list(source.lanes),
            sites=list(source.sites),
            contexts=contexts,
            scenarios=[_below(mount, scenario).described() for scenario in scenarios or watched.buttons()],
            app_mount=mount,
            routes=watched.routes(),
            host=host_name(),
            siblings=siblings,
            machine=machine_id(),
            dropped=source.dropped,
            failures=source.failures,
            recording=watched.recording,
            record=settings.record,
            without=watched.choice.without if watched.choice else None,
            left_out=watched.choice.left_out if watched.choice else 0,
        )
    )


def _below(mount: str, scenario: Scenario) -> Scenario:
    """Return *scenario* with the path that the browser has to ask for."""
    return replace(scenario, path=mount + scenario.path) if mount and scenario.path else scenario


def _without_known(contexts: list[dict[str, Any]], kept: list[Event]) -> list[dict[str, Any]]:
    """Return those of *contexts* of which *kept* tells neither the push nor the end."""
    told = {event.context for event in kept}
    return [about for about in contexts if about["id"] not in told]
