"""Runs scenarios in one mode and writes what was seen as one line of JSON each.

``python -m tests.transparency.observe MODE [SCENARIO…]``, where *MODE* is one of `modes.MODES` or ``control NAME``;
``control nothing`` does nothing.
"""

from __future__ import annotations

import contextvars
import importlib
import io
import json
import logging
import pkgutil
import sys
import threading
import time
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from tests.transparency import scenarios
from tests.transparency.modes import MODES, Watcher
from tests.transparency.scenario import SCENARIOS, exception, plain

#: The time of every scenario, in Unix seconds: cookies are signed with it.
FROZEN_AT = 1_700_000_000.0


class _Records(logging.Handler):
    """Keeps what was logged, whoever logged it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.kept: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(
            [
                record.name,
                record.levelname,
                plain(record.getMessage()),
                exception(record.exc_info[1]) if record.exc_info else None,
            ]
        )


def observe(name: str, watcher: Watcher) -> dict[str, Any]:
    """Run the scenario *name* and return what it saw, with everything that it left or let out on its way."""
    records = _Records()
    root = logging.getLogger()
    root.addHandler(records)
    root.setLevel(logging.DEBUG)
    # Other loggers may have been switched off by an earlier import.
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    lost: list[Any] = []
    sys.unraisablehook = lambda args: lost.append(["unraisable", exception(args.exc_value)])
    threading.excepthook = lambda args: lost.append(["thread", exception(args.exc_value)])
    output, errors = io.StringIO(), io.StringIO()
    threads = set(threading.enumerate())
    problem = None
    seen: Any = None
    context = contextvars.copy_context()
    variables = len(context)
    with (
        warnings.catch_warnings(record=True) as warned,
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        warnings.simplefilter("always")
        try:
            seen = context.run(lambda: plain(SCENARIOS[name](watcher)))
        except BaseException as error:
            problem = "".join(traceback.format_exception(error))
    root.removeHandler(records)
    sys.unraisablehook = sys.__unraisablehook__
    threading.excepthook = threading.__excepthook__
    return {
        "name": name,
        "problem": problem,
        "seen": {
            "seen": seen,
            "logged": records.kept,
            "warned": [[warning.category.__name__, plain(str(warning.message))] for warning in warned],
            "lost": lost,
            "output": plain(output.getvalue()),
            "errors": plain(errors.getvalue()),
            # asgiref keeps some threads of its pools for a while: how many is a matter of timing.
            "new threads": sorted(
                thread.name
                for thread in threading.enumerate()
                if thread not in threads and not thread.name.startswith("ThreadPoolExecutor")
            ),
            "context variables": len(context) - variables,
        },
    }


def main(mode: str, names: list[str]) -> None:
    """Run the scenarios *names*, or all of them, in *mode*, and print a line for each."""
    time.time = lambda: FROZEN_AT
    for module in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f"{scenarios.__name__}.{module.name}")
    control = None
    if mode.startswith("control "):
        from tests.transparency.controls import CONTROLS

        control, _ = CONTROLS.get(mode.removeprefix("control "), (lambda app: None, ""))
    else:
        assert mode in MODES, mode
    written = sys.stdout
    for name in names or SCENARIOS:
        watcher = Watcher(mode, control)
        began = time.perf_counter()
        line = observe(name, watcher)
        line["recorded"] = watcher.finish()
        line["seconds"] = round(time.perf_counter() - began, 3)
        written.write(json.dumps(line) + "\n")
    written.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
