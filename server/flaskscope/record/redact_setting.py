"""What FLASKSCOPE_REDACT says, whenever it is set: an app is often watched before it has its settings."""

from __future__ import annotations

import logging
import re
import weakref
from typing import TYPE_CHECKING, Any, Final

from flaskscope.config import redact_patterns
from flaskscope.errors import SettingError
from flaskscope.redaction import secret_patterns

if TYPE_CHECKING:
    from flask import Flask

_NAME: Final = "FLASKSCOPE_REDACT"

logger = logging.getLogger("flaskscope")


class RedactSetting:
    """The setting of *app*, which is held weakly, or else of the environment."""

    def __init__(self, app: Flask) -> None:
        self._app = weakref.ref(app)
        self._seen: object = ()
        self._patterns: list[re.Pattern[str]] = []

    def patterns(self) -> list[re.Pattern[str]]:
        """Return what makes names secret now.

        `FlaskScope(app)` refuses a setting that is wrong. To an app that is watched from outside nothing can be
        refused: it is logged, and every name is secret until it is right.
        """
        app: Any = self._app()
        # Past an app's own class of configurations.
        setting = None if app is None else dict.get(object.__getattribute__(app, "config"), _NAME)
        try:
            wanted: object = redact_patterns({_NAME: setting})
        except SettingError as error:
            wanted = str(error)
        if wanted != self._seen:
            self._seen = wanted
            if type(wanted) is tuple:
                self._patterns = secret_patterns(wanted)
            else:
                logger.error("%s Until then, FlaskScope takes every name for a secret.", wanted)
                self._patterns = secret_patterns([""])
        return self._patterns
