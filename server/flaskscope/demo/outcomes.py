"""What a scenario came to, for one that ran in a thread or in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flaskscope.demo import processes
from flaskscope.demo.threads import TIME_LIMIT_SECONDS, run_in_thread
from flaskscope.web.actions import Outcome


def outcome_in_thread(name: str, work: Callable[[], str]) -> Outcome:
    """Run *work* in a thread called *name*; the sentence it returns is the summary, an error is its first line."""
    ended = run_in_thread(name, work)
    if not ended.finished:
        return Outcome(
            ok=False, summary=f"The thread {name} still runs after {TIME_LIMIT_SECONDS:g} seconds."
        )
    if ended.error is not None:
        return Outcome(ok=False, summary=_first_line(ended.error), output=ended.traceback())
    return Outcome(ok=True, summary=ended.text)


def outcome_in_process(arguments: Sequence[str]) -> Outcome:
    """Run this Python with *arguments*; one that fails is summed up by its exception, or by its last line."""
    try:
        exited = processes.run_python(arguments)
    except OSError as error:
        return Outcome(ok=False, summary=f"The process could not be started: {error.strerror or error}.")
    if exited.status is None:
        limit = processes.TIME_LIMIT_SECONDS
        return Outcome(
            ok=False, summary=f"The process was ended after {limit:g} seconds.", output=exited.output
        )
    if exited.status == 0:
        return Outcome(ok=True, summary="The process ended well.", exit_status=0, output=exited.output)
    return Outcome(
        ok=False,
        summary=_raised_line(exited.output) or _last_line(exited.output) or f"Exit status {exited.status}.",
        exit_status=exited.status,
        output=exited.output,
    )


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _last_line(output: str) -> str | None:
    return next((line for line in reversed(output.splitlines()) if line.strip()), None)


def _raised_line(output: str) -> str | None:
    """Return the line of a traceback that names the exception: the first that is not indented after it began."""
    lines = iter(output.splitlines())
    for line in lines:
        if line.startswith("Traceback (most recent call last)"):
            return next((later for later in lines if later and not later.startswith(" ")), None)
    return None
