"""An event as one line for a person."""

from __future__ import annotations

from pathlib import PurePath

import click

from flaskscope.events import (
    AccessFailed,
    ContextPopped,
    ContextPushed,
    Event,
    ExceptionRaised,
    GDeleted,
    GMissed,
    GRead,
    GSet,
    RecorderFailed,
    RecorderResumed,
    RequestFinished,
    RequestMatched,
    RequestStarted,
    SessionChanged,
    SessionDeleted,
    SessionOpened,
    SessionRead,
    SessionSaved,
    Site,
    TeardownRan,
    ThreadStarted,
)
from flaskscope.lines import Line

#: Characters of a value that are shown in a line.
MAX_VALUE = 60

_COLOURS = {
    "access.failed": "red",
    "context.abandoned": "red",
    "exception": "red",
    "recorder.failed": "red",
    "recorder.resumed": "yellow",
    "context.pushed": "green",
    "context.popped": "green",
    "g": "magenta",
    "session": "cyan",
}


def as_line(line: Line) -> str:
    """Return number, time in milliseconds since the recording began, lane, context, kind, what happened, and where.

    In front of all that is the process, unless it is the one that was asked.
    """
    event = line.event
    context = "" if event.context is None else f"#{event.context}"
    colour = _COLOURS.get(event.kind) or _COLOURS.get(event.kind.partition(".")[0])
    kind = click.style(f"{event.kind:<17}", fg=colour)
    told = f"{event.number:>6} {event.at_ns / 1e6:>12.3f}  {line.lane.name:<14} {context:>5}  {kind} {_what(event)}"
    of = "" if line.process is None else f"{line.process.name} {line.process.pid}: "
    return f"{of}{told}{_where(line.site)}".rstrip()


def _where(site: Site | None) -> str:
    return "" if site is None else f"  ({'/'.join(PurePath(site.path).parts[-2:])}:{site.line})"


def _what(event: Event) -> str:
    match event:
        case ContextPushed(about=about):
            of = f" {about['method']} {about['path']}" if "path" in about else ""
            again = f", uses the app context #{about['reused']} again" if about.get("reused") else ""
            return f"{about['type']} context, {about['how']}{of}{again}"
        case ContextPopped(duration_ns=duration, failure=failure, unhandled=unhandled):
            problem = failure or unhandled
            return f"after {_time(duration)}" + (f", {problem.type}: {problem.message}" if problem else "")
        case GSet(name=name, value=value):
            return f"g.{name} = {_short(value.text)}"
        case GDeleted(name=name) | GMissed(name=name) | GRead(name=name):
            return f"g.{name}"
        case SessionOpened(origin=origin, size=size):
            return f"{origin}, {size} {'entry' if size == 1 else 'entries'}"
        case SessionRead(key=key, found=found):
            return f"session[{key!r}]" + ("" if found else " is not there")
        case SessionChanged(key=key, value=value):
            return f"session[{key!r}] = {_short(value.text)}"
        case SessionDeleted(key=key):
            return "all of it" if key == "*" else f"session[{key!r}]"
        case SessionSaved(written=written, why=why):
            return f"{'written' if written else 'not written'}: {why}"
        case RequestStarted(method=method, path=path):
            return f"{method} {path}"
        case RequestMatched(endpoint=endpoint, failure=failure):
            return f"endpoint {endpoint}" if failure is None else f"{failure.type}"
        case RequestFinished(status=status, duration_ns=duration):
            return f"{status} after {_time(duration)}"
        case ExceptionRaised(type=type_, message=message, handled=handled):
            return _short(f"{type_}: {message}") + (" (handled)" if handled else "")
        case TeardownRan(name=name, duration_ns=duration, failure=failure):
            return f"{name}() took {_time(duration)}" + (f", {failure.type}" if failure else "")
        case AccessFailed(proxy=proxy, importing=importing):
            return f"{proxy}, with nothing pushed" + (" (while a module was imported)" if importing else "")
        case ThreadStarted(thread=thread):
            return thread
        case RecorderFailed(hook=hook):
            return f"FlaskScope's own hook {hook}"
        case RecorderResumed(paused_ns=paused_ns):
            return f"nothing was recorded for {paused_ns / 1e9:.1f} s: nobody watched"
        case _:
            return ""


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _time(ns: int) -> str:
    return f"{ns / 1e6:.3f} ms" if ns < 1e9 else f"{ns / 1e9:.3f} s"
