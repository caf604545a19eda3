"""Requests at a steady rate."""

from __future__ import annotations

import http.client
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection

_LOADERS = 8


class Load:
    """Requests at a steady rate, whatever they take, for *seconds*."""

    def __init__(self, port: int, rate: float) -> None:
        self.port = port
        self.rate = rate
        self.took: list[float] = []
        self.failed = 0

    def start(self, seconds: float) -> threading.Thread:
        """Send for *seconds* from a process of its own: those who read here would be in its way."""
        mine, others = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_send, args=(self.port, self.rate, seconds, others))
        process.start()

        def wait() -> None:
            self.took, self.failed = mine.recv()
            process.join()

        thread = threading.Thread(target=wait)
        thread.start()
        return thread

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._work, args=(number, end)) for number in range(_LOADERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, number: int, end: float) -> None:
        pause = _LOADERS / self.rate
        due = time.monotonic() + pause * number / _LOADERS
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        waiting = threading.Event()
        while (now := time.monotonic()) < end:
            waiting.wait(max(0.0, due - now))
            begun = time.monotonic()
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
                self.took.append(time.monotonic() - begun)
            except (OSError, http.client.HTTPException):
                # A worker that ends closes its idle connections.
                self.failed += 1
                connection.close()
            due = max(due + pause, begun)
        connection.close()

    def told(self) -> str:
        took = sorted(self.took)
        p50, p99 = (took[int(len(took) * part)] * 1e3 for part in (0.5, 0.99))
        return f"{len(took):>8,} answered, {self.failed} sent anew, p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def _send(port: int, rate: float, seconds: float, told: Connection) -> None:
    load = Load(port, rate)
    load.run(seconds)
    told.send((load.took, load.failed))
