"""Runs a piece of the demo in a thread with a name that people understand."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

#: How long the demo waits for a thread of its own. A longer one goes on as a daemon and is reported.
TIME_LIMIT_SECONDS = 20.0


@dataclass(slots=True)
class Ended:
    """How a thread came to its end.

    *finished* is false if it still ran when the time was up. *text* is what its work returned, *error* what it
    raised.
    """

    finished: bool = False
    text: str = ""
    error: Exception | None = None

    def traceback(self) -> str:
        """Return the traceback of *error* as Python prints it, beginning in the work itself."""
        if self.error is None:
            return ""
        frames = self.error.__traceback__
        ours_left_out = frames.tb_next if frames else None
        return "".join(traceback.format_exception(type(self.error), self.error, ours_left_out))


def run_in_thread(
    name: str, work: Callable[[], object], *, time_limit_seconds: float = TIME_LIMIT_SECONDS
) -> Ended:
    """Run *work* in a new thread called *name* and return how it ended, after at most *time_limit_seconds*."""
    ended = Ended()

    def run() -> None:
        try:
            ended.text = str(work())
        except Exception as error:  # noqa: BLE001 - what goes wrong in there is what the page shows
            ended.error = error
        ended.finished = True

    # A daemon, so that one which hangs cannot keep the server from ending.
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    thread.join(time_limit_seconds)
    return ended
