"""A program for `test_lanes`: contexts in greenlets, with threads ``patched`` by gevent or ``beside`` them.

Prints, as JSON, the names of all lanes, and kind, lane and context of each event.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
from importlib import import_module
from typing import Any


def main() -> None:
    if sys.argv[1] == "patched":
        import_module("gevent.monkey").patch_all()
    gevent: Any = import_module("gevent")

    # Not before: what Flask builds on must find the threads as they are going to be.
    from flask import Flask, g

    from flaskscope.record.recorder import attach

    app = Flask("app")

    def work() -> None:
        with app.app_context():
            g.begun = True
            gevent.sleep(0)
            g.ended = True

    def leave() -> None:
        app.app_context().push()
        g.left = True

    def start_a_thread() -> None:
        with app.app_context():
            thread = threading.Thread(target=work, name="native")
            thread.start()
            thread.join()

    with attach(app) as recording:
        greenlets = [gevent.spawn(work), gevent.spawn(work), gevent.spawn(leave)]
        gevent.sleep(0)
        recording.events()  # looks for what was abandoned: nothing was yet
        gevent.joinall(greenlets)
        gevent.spawn(start_a_thread).join()
        del greenlets[:]
        gevent.sleep(0)
        gc.collect()
        with app.app_context():
            g.main = True
        events = [
            [event.kind, recording.lanes[event.lane - 1].name, event.context] for event in recording.events()
        ]
        print(json.dumps({"lanes": [lane.name for lane in recording.lanes], "events": events}))


if __name__ == "__main__":
    main()
