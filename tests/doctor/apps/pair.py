"""What a fault and its mended twin are, and the app each of them gets."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from flaskscope.record import flask_versions

#: Whether this Flask, 3.2 or newer, has one merged context for a request, which is never shared.
MERGED = flask_versions.MERGED

Run = Callable[[Flask], None]


@dataclass(frozen=True)
class Pair:
    """An app that is *faulty*, one that is *healthy*, and what the doctor is to say of the first.

    *expected* are names of rules, *on* those for a Flask of which something else is true, by its name in
    `tests.transparency.versions`. *options* are the doctor's.
    """

    faulty: Run
    healthy: Run
    expected: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    on: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def expected_on(self, flask: str) -> tuple[str, ...]:
        """Return what is to be said on the Flask called *flask*."""
        return self.on.get(flask, self.expected)


@contextlib.contextmanager
def raising(*kinds: type[BaseException]) -> Iterator[None]:
    """Let the block raise one of *kinds*, as the fault does; fail if it does not."""
    try:
        yield
    except kinds:
        return
    raise AssertionError(f"nothing raised {kinds}")


def in_thread(work: Callable[[], object], name: str | None = None) -> None:
    """Run *work* in a thread of its own, to its end, whatever it raises."""

    def guarded() -> None:
        with contextlib.suppress(Exception):
            work()

    thread = threading.Thread(target=guarded, name=name)
    thread.start()
    thread.join()


def serve(app: Flask, path: str) -> Any:
    """Answer a request for *path* as a server would, without reading or closing the response it returns."""
    environ = EnvironBuilder(path).get_environ()
    environ["SERVER_SOFTWARE"] = "a server"
    return iter(app.wsgi_app(environ, lambda *_: lambda _: None))
