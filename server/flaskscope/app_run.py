"""The start of ``app.run()``, before which nobody can know whether it will put the app into debug mode."""

from __future__ import annotations

import functools
import os
import weakref
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import cli
from flask.helpers import get_debug_flag, get_load_dotenv

if TYPE_CHECKING:
    from flask import Flask


def when_run(app: Flask, begin: Callable[[Flask, bool], None]) -> None:
    """Have *begin* called when ``app.run()`` is, before that serves: with *app*, and whether it will be in debug mode.

    Nothing of the app changes but that its ``run`` does this first. The app is not held.
    """
    weakly = weakref.ref(app)
    attributes = vars(app)
    before = attributes.get("run")

    @functools.wraps(type(app).run)
    def run(*args: Any, **kwargs: Any) -> Any:
        running = weakly()
        assert running is not None, "whose method is called cannot be gone"
        # Under 'flask run' Flask ignores the call.
        if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
            begin(running, _will_debug(running, *args, **kwargs))
        return type(running).run(running, *args, **kwargs) if before is None else before(*args, **kwargs)

    # Not by setattr, which a class of the app's own may have made its own.
    attributes["run"] = run


def _will_debug(
    app: Flask,
    _host: Any = None,
    _port: Any = None,
    debug: bool | None = None,
    load_dotenv: bool = True,
    **_options: Any,
) -> bool:
    """Return what `Flask.run` will set ``app.debug`` to with these arguments."""
    if get_load_dotenv(load_dotenv):
        # As Flask is about to do. Without python-dotenv it would only complain, and once is enough.
        if find_spec("dotenv") is not None:
            cli.load_dotenv()
        if debug is None and "FLASK_DEBUG" in os.environ:
            return get_debug_flag()
    return app.debug if debug is None else bool(debug)
