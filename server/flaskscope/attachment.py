"""FlaskScope for apps that Flask's own commands load, when the environment asks for it: no line of code changes."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING, Any

from flask.cli import ScriptInfo

from flaskscope.config import is_enabled
from flaskscope.errors import SettingError

if TYPE_CHECKING:
    from flask import Flask

logger = logging.getLogger(__name__)


def attach_to_loaded_apps() -> None:
    """Attach FlaskScope to what ``flask`` commands load, if the environment says so.

    FLASKSCOPE_ENABLED has to be set, and FLASKSCOPE_HUB_URL or FLASKSCOPE_REDIS_URL. Otherwise nothing is touched.
    Calling it twice does nothing more.
    """
    is_sending = os.environ.get("FLASKSCOPE_HUB_URL") or os.environ.get("FLASKSCOPE_REDIS_URL")
    if not is_sending or not _is_wanted():
        return
    original = ScriptInfo.load_app
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def load_app(self: ScriptInfo) -> Flask:
        app = original(self)
        _attach(app)
        return app

    ScriptInfo.load_app = load_app  # type: ignore[method-assign]


def _is_wanted() -> bool:
    try:
        return bool(is_enabled({}))
    except SettingError as error:
        # Raised here it would end every command of Flask's, also those that have nothing to do with us.
        logger.warning("%s", error)
        return False


def _attach(app: Any) -> None:
    # Imported here: every flask command imports this module, and most do not need the rest.
    from flaskscope.extension import FlaskScope

    if "flaskscope" not in getattr(app, "extensions", {"flaskscope": None}):
        FlaskScope(app, enabled=True)
