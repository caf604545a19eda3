"""Finds the line of the user's code that caused an event."""

from __future__ import annotations

import os
import weakref
from types import CodeType, FrameType, TracebackType
from typing import Any, Final

import click
import flask
import jinja2
import werkzeug

from flaskscope.snapshot import describe_exception

#: Frames to walk outwards before giving up: an event deep inside a framework has no line of the user's near it.
MAX_FRAMES = 40

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_FRAMEWORKS = (
    *(
        os.path.dirname(os.path.abspath(module.__file__ or "")) + os.sep
        for module in (flask, werkzeug, click, jinja2)
    ),
    *(os.path.join(_PACKAGE, folder, "") for folder in ("record", "commands")),
)

#: What files of templates are called. Jinja compiles them, and frames have the lines of what came of that; only the
#: traceback of an exception has those of the template.
_TEMPLATES = tuple(".html .htm .xhtml .xml .svg .txt .md .csv .json .js .css .j2 .jinja .jinja2".split())

#: Files of the standard library that only call what they are given: they are never where something was done.
_STANDARD_LIBRARY_PASSAGES = frozenset(
    os.path.join(os.path.dirname(os.path.abspath(os.__file__)), *parts)
    for parts in (
        ("contextlib.py",),
        ("contextvars.py",),
        ("threading.py",),
        ("concurrent", "futures", "thread.py"),
        ("asyncio", "events.py"),
    )
)

#: Whether a file is one whose frames are passed over. Grows with the number of files of code, not with events.
passed_over: dict[str, bool] = {}

#: The files among them that are not: those of the user's.
users_files: set[str] = set()

#: A place in code: the code object and the offset of its instruction. The line is worked out when somebody looks,
#: since looking up a line of a long function costs microseconds.
Place = tuple[CodeType, int]

NOWHERE: tuple[None, int] = (None, 0)


def is_passed_over(path: str) -> bool:
    """Return whether frames of the file *path* are of Flask, Werkzeug, click, Jinja, us, a template or a passage."""
    answer = passed_over.get(path)
    if answer is None:
        answer = (
            path.startswith((*_FRAMEWORKS, "<frozen", "<template"))
            or path in _STANDARD_LIBRARY_PASSAGES
            or path.endswith(_TEMPLATES)
        )
        passed_over[path] = answer
        if not answer:
            users_files.add(path)
    return answer


def user_place(frame: FrameType | None) -> Place | tuple[None, int]:
    """Return the innermost place at or outside *frame* that is the user's, or `NOWHERE`."""
    get = passed_over.get
    for _ in range(MAX_FRAMES):
        if frame is None:
            return NOWHERE
        code = frame.f_code
        path = code.co_filename
        answer = get(path)
        if answer is None:
            answer = is_passed_over(path)
        if not answer:
            return code, frame.f_lasti
        frame = frame.f_back
    return NOWHERE


def raising_place(traceback: TracebackType | None) -> Place | tuple[None, int]:
    """Return the user's place nearest to where an exception was raised, or `NOWHERE`."""
    place: Place | tuple[None, int] = NOWHERE
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not is_passed_over(code.co_filename) or code.co_filename.endswith(_TEMPLATES):
            place = code, traceback.tb_lasti
        traceback = traceback.tb_next
    return place


#: The answers of `line_of` by the address of the code, which is held weakly, and the instruction: each app of a suite
#: of tests asks for the same ones. Past the limit all are forgotten.
_known_lines: Final[dict[tuple[int, int], tuple[weakref.ref[CodeType], int]]] = {}
MAX_KNOWN_LINES = 10_000


def unhandled_in(error: BaseException) -> tuple[Any, ...]:
    """Return the class, the message and the place in code of an exception that leaves a context."""
    return (*describe_exception(error), *raising_place(error.__traceback__))


def line_of(code: CodeType, instruction: int) -> int:
    """Return the line, from 1, of the instruction at byte offset *instruction*; below 0 means the first line."""
    key = id(code), instruction
    known = _known_lines.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    line = _looked_up_line(code, instruction)
    if len(_known_lines) >= MAX_KNOWN_LINES:
        _known_lines.clear()
    _known_lines[key] = weakref.ref(code), line
    return line


def _looked_up_line(code: CodeType, instruction: int) -> int:
    if instruction >= 0:
        for start, end, line in code.co_lines():
            if line is not None and start <= instruction < end:
                return line
    return code.co_firstlineno


def function_of(code: CodeType) -> str:
    """Return the name of the function that *code* belongs to, with its class since Python 3.11."""
    name: str = getattr(code, "co_qualname", code.co_name)
    return name
