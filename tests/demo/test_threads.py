"""A thread for a piece of the demo: its name, its end, its error."""

from __future__ import annotations

import threading

from flaskscope.demo.threads import run_in_thread


def test_the_work_runs_in_a_thread_with_the_name() -> None:
    ended = run_in_thread("background-job", lambda: threading.current_thread().name)

    assert ended.finished
    assert ended.text == "background-job"
    assert ended.error is None


def test_an_error_is_handed_back_with_a_traceback_that_begins_in_the_work() -> None:
    def divide() -> float:
        return 1 / 0

    ended = run_in_thread("plain-thread", divide)

    assert isinstance(ended.error, ZeroDivisionError)
    first, location, *_, last = ended.traceback().splitlines()
    assert first == "Traceback (most recent call last):"
    assert location.endswith("in divide")
    assert last == "ZeroDivisionError: division by zero"


def test_nobody_waits_longer_than_the_limit() -> None:
    gate = threading.Event()

    ended = run_in_thread("slow-thread", gate.wait, time_limit_seconds=0.01)

    assert not ended.finished
    (slow,) = [thread for thread in threading.enumerate() if thread.name == "slow-thread"]
    assert slow.daemon
    gate.set()
    slow.join(10)
    assert ended.finished
