"""A hub without an app of its own: a dashboard for what other processes send."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.utils import redirect

from flaskscope.bus.redis_client import RedisAddress
from flaskscope.bus.redis_reader import RedisReader
from flaskscope.config import Settings
from flaskscope.events import Lane, Site
from flaskscope.hub.hub import Hub
from flaskscope.hub.journal import Journal
from flaskscope.web.dashboard import create_dashboard, own_processes
from flaskscope.web.greeting import Watched

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class NoRecording:
    """A recording of nothing: a hub of its own has no events but those of others."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)
        self.clock = (time.perf_counter_ns(), time.time() * 1e3)
        self.lanes: list[Lane] = []
        self.sites: list[Site] = []
        self.stack = "separate"
        self.dropped = 0
        self.failures = 0

    def flush(self, limit: int | None = None) -> bool:
        """Do nothing: that is all."""
        return True

    def open_contexts(self) -> list[dict[str, Any]]:
        """Return none."""
        return []


def create_hub(settings: Settings) -> WSGIApplication:
    """Return a hub as a WSGI application: the dashboard under its prefix, and a way to it from everywhere else.

    Raises:
        FilesMissingError: If the page's files are not there.
        SettingError: If FLASKSCOPE_REDIS_URL cannot be used.
    """
    hub = Hub(NoRecording(), Journal(settings.max_events))
    processes = own_processes(hub, settings)
    if settings.redis_url:
        reader = RedisReader(RedisAddress(settings.redis_url), processes, hub.source.clock, is_for_good=True)
        reader.want()
    dashboard = create_dashboard(hub, settings, Watched("FlaskScope hub", ""), (), processes)

    def elsewhere(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return redirect(f"{settings.url_prefix}/")(environ, start_response)

    return DispatcherMiddleware(elsewhere, {settings.url_prefix: dashboard})
