"""Events at a chosen rate, through the channel of a real recorder: for benchmarks of the stream, not a test.

`attach` is a plug-in of a benchmark that serves an app: it puts FlaskScope on it, and ``/_stream/source?rate=&secs=``,
which records that many writes to ``g`` a second (0 for as fast as it can), as the hook of ``g`` does. `times_in` tells
of a message of the stream when its events happened.
"""

from __future__ import annotations

import json
import re
import threading
import time

from flask import Flask, g, request

from flaskscope.extension import FlaskScope, Scope
from flaskscope.record.channel import G_SET, channels, g_owners

SOURCE_PATH = "/_stream/source"

#: Seconds between two bursts of a source that is not to be faster.
BURST_SECONDS = 0.001


class Source:
    """Records writes to the ``g`` of a context of *app*, in threads of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.emitted = 0

    def start(self, rate: float, seconds: float) -> None:
        threading.Thread(target=self._run, args=(rate, seconds), name="source", daemon=True).start()

    def _run(self, rate: float, seconds: float) -> None:
        begun = time.perf_counter()
        channel = channels[id(self._app)]
        with self._app.app_context():
            g.begun = begun
            _, number = g_owners[id(g._get_current_object())]
            code = self._run.__code__
            append, order, now, me = (
                channel.append,
                channel.next_order,
                time.perf_counter_ns,
                threading.get_ident,
            )
            before = self.emitted
            while (past := time.perf_counter() - begun) < seconds:
                due = int(past * rate) - (self.emitted - before) if rate else 12
                for _ in range(due):
                    append(
                        (
                            order(),
                            now(),
                            me(),
                            G_SET,
                            number,
                            code,
                            0,
                            "request_timestamp",
                            "1732289748.123456",
                        )
                    )
                self.emitted += max(due, 0)
                if rate:
                    time.sleep(max(BURST_SECONDS, 1 / rate))


class Attached:
    """What a benchmark asks after its run."""

    def __init__(self, scope: Scope, source: Source) -> None:
        self._scope = scope
        self._source = source

    def evidence(self) -> dict[str, int]:
        recording, hub = self._scope.recording, self._scope.hub
        return {
            "emitted": self._source.emitted,
            "lost_in_ring": recording.dropped,
            "numbered": hub.journal.last,
            "failures": recording.failures,
        }


def attach(app: Flask) -> Attached:
    FlaskScope(app, enabled=True)
    source = Source(app)

    def start() -> str:
        source.start(float(request.args["rate"]), float(request.args["secs"]))
        return "ok"

    app.add_url_rule(SOURCE_PATH, "stream_source", start)
    return Attached(app.extensions["flaskscope"], source)


#: How a row begins: its number, its time, its kind. Nothing else in a message looks so: quotes in texts are escaped.
_ROW = re.compile(rb'\[\d+,(\d+),"')

_began_ns = 0


def times_in(message: bytes) -> list[int]:
    """Return the times of the events in *message*, on the monotonic clock; its hello has to be read first.

    It is not taken apart: what reads eight pages must not be slower than what is measured.
    """
    global _began_ns
    if message.startswith(b'{"v":1,"type":"hello"'):
        _began_ns = int(json.loads(message)["clock"]["monotonic_ns"])
        return []
    return [int(at_ns) + _began_ns for at_ns in _ROW.findall(message)]
