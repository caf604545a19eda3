"""Tracebacks of failed tests, without the hooks that the exception went through."""

from __future__ import annotations

import os
from pathlib import Path

#: Where the hooks are that run inside of the suite's own calls.
_RECORDER = str(Path(__file__).parent.parent / "record") + os.sep

#: Exceptions of one failure, each raised because of the next, whose tracebacks are looked through.
MAX_CAUSES = 20


def hide_own_frames(failure: BaseException) -> None:
    """Take FlaskScope's frames out of the traceback of *failure*, and of those that it was raised because of."""
    error: BaseException | None = failure
    for _ in range(MAX_CAUSES):
        if error is None:
            break
        step = error.__traceback__
        while step is not None and step.tb_next is not None:
            inner = step.tb_next
            # Also the last: then what it called is written in C, and has no frame.
            if inner.tb_frame.f_code.co_filename.startswith(_RECORDER):
                step.tb_next = inner.tb_next
            else:
                step = inner
        error = error.__cause__ or error.__context__
