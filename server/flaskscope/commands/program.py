"""Runs a Python program inside this process, as its own command would."""

from __future__ import annotations

import os
import re
import runpy
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from flaskscope.development_server import Refusal

#: pytest would rewrite the asserts of plugins, of which we are one, and says that we were imported before it could.
#: Where warnings are errors that would end it at once.
_NOT_REWRITTEN = (
    "ignore:Module already imported so cannot be rewritten; flaskscope:pytest.PytestAssertRewriteWarning"
)

_PYTHON = re.compile(r"python[\d.]*(\.exe)?")


def run_program(command: Sequence[str]) -> int:
    """Run *command* to its end and return its exit status; what it raises is printed as Python prints it.

    Args:
        command: ``python FILE …``, ``python -m MODULE …``, ``pytest …`` or ``FILE.py …``.

    Raises:
        Refusal: If it is none of these: only Python can run in here.
    """
    program, *arguments = command
    name = Path(program).name
    try:
        if name in ("pytest", "py.test"):
            return _run_module("pytest", arguments, from_here=False)
        if _PYTHON.fullmatch(name) and arguments:
            if arguments[0] == "-m" and len(arguments) > 1:
                return _run_module(arguments[1], arguments[2:])
            if not arguments[0].startswith("-"):
                return _run_file(arguments[0], arguments[1:])
        elif name.endswith(".py"):
            return _run_file(program, arguments)
    except Refusal:
        raise
    except SystemExit as leaving:
        return _status(leaving)
    except KeyboardInterrupt:
        return 130  # as a shell counts it: 128 and the number of the signal
    except Exception as error:  # noqa: BLE001 - the program's own end: told as Python tells it
        print_as_python_does(error)
        return 1
    raise Refusal(
        f"{' '.join(command)!r} cannot be watched: FlaskScope runs the program in its own process. Write "
        "python FILE …, python -m MODULE … or pytest … after the --."
    )


def has_shared_out_tests() -> bool:
    """Return whether pytest-xdist ran the tests of the program in processes of its own."""
    return "xdist.dsession" in sys.modules  # which it imports for that only


def _run_file(path: str, arguments: Sequence[str]) -> int:
    if not Path(path).is_file():
        raise Refusal(f"{path!r} is no file. Give the path of a Python program.")
    sys.argv = [path, *arguments]
    sys.path.insert(0, str(Path(path).resolve().parent))
    runpy.run_path(os.path.abspath(path), run_name="__main__")
    return 0


def _run_module(name: str, arguments: Sequence[str], *, from_here: bool = True) -> int:
    if name == "pytest":
        arguments = ["-W", _NOT_REWRITTEN, *arguments]
    sys.argv = [name, *arguments]
    if from_here:
        sys.path.insert(0, os.getcwd())
    runpy.run_module(name, run_name="__main__", alter_sys=True)
    return 0


def _status(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    print(leaving.code, file=sys.stderr)  # noqa: T201 - as Python does
    return 1


def print_as_python_does(error: Exception) -> None:
    """Print the traceback from the program's own first line on, on standard error."""
    step = error.__traceback__
    while step is not None and (
        step.tb_frame.f_code.co_filename == __file__ or "runpy" in step.tb_frame.f_code.co_filename
    ):
        step = step.tb_next
    traceback.print_exception(type(error), error, step)
