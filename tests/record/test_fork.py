"""Processes that fork while they are recorded."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

#: Another thread is in the middle of handing on events when the main thread forks; the child is recorded all the same.
PROGRAM = textwrap.dedent(
    """
    import faulthandler, os, sys, threading
    from flask import Flask, g
    from flaskscope.record.recorder import attach

    class Slow:
        def __init__(self):
            self.kept, self.inside, self.wait = [], threading.Event(), float(sys.argv[1])
        def add(self, events):
            self.kept += events
            self.inside.set()
            if threading.current_thread() is not threading.main_thread():
                threading.Event().wait(self.wait)
        def events(self):
            return self.kept

    app, slow = Flask("app"), Slow()

    @app.get("/")
    def index():
        g.a = 1
        return ""

    recording = attach(app, slow)
    app.test_client().get("/")
    other = threading.Thread(target=recording.flush)
    other.start()
    slow.inside.wait()
    run = recording.run
    child = os.fork()
    if child == 0:
        faulthandler.dump_traceback_later(20, exit=True)
        before = len(recording.events())
        app.test_client().get("/")
        told = [event.number for event in recording.events()]
        assert told == list(range(1, len(told) + 1)) and len(told) == 2 * before, (before, told)
        assert recording.run != run and {lane.process for lane in recording.lanes} == {os.getpid()}
        recording.detach()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    other.join()
    assert recording.run == run and {lane.process for lane in recording.lanes} == {os.getpid()}
    app.test_client().get("/")
    recording.detach()
    sys.exit(status)
    """
)


@pytest.mark.parametrize("seconds", ["0.2", "2.5"])
def test_a_child_is_recorded_though_another_thread_was_numbering_events(seconds: str) -> None:
    """Also if that takes longer than a fork waits for it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, seconds], capture_output=True, text=True, timeout=60
    )

    assert (0, "") == (done.returncode, done.stderr)
