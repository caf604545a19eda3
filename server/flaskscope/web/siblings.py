"""Whether the server has more processes than this one, whose events a page here would never be told of."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Literal

from flaskscope.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

logger = logging.getLogger(__name__)

#: ``unseen``: they record for themselves only; ``hub``: all of them send to a hub elsewhere.
Siblings = Literal["unseen", "hub"]


def siblings_of(environ: WSGIEnvironment, settings: Settings) -> Siblings | None:
    """Return where the events are of the server's other processes; ``None`` if there are none, or they come here."""
    if not environ.get("wsgi.multiprocess") or settings.redis_url:
        return None
    return "hub" if settings.hub_url else "unseen"


class SiblingsWarning:
    """Says once, in the log, that there are *siblings* that are not shown."""

    def __init__(self) -> None:
        self._pid: int | None = None

    def tell(self, siblings: Siblings | None) -> None:
        """Say it, if it has to be said and this process has not said it yet."""
        pid = os.getpid()
        if siblings is None or self._pid == pid:
            return
        self._pid = pid
        if siblings == "hub":
            logger.warning(
                "This dashboard shows process %d only, and the server has others: open the hub at FLASKSCOPE_HUB_URL, "
                "to which all of them send.",
                pid,
            )
        else:
            logger.warning(
                "This dashboard shows process %d only, and the server has others. To see them all, start 'flaskscope "
                "hub' and set FLASKSCOPE_HUB_URL to the address it prints, or set FLASKSCOPE_REDIS_URL.",
                pid,
            )
