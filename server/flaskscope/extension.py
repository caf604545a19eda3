"""FlaskScope as an extension of an app: records it, and puts the dashboard beside it."""

from __future__ import annotations

import linecache
import logging
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flaskscope.app_run import when_run
from flaskscope.bus.feed import Feed, Way
from flaskscope.bus.redis_client import RedisAddress
from flaskscope.bus.redis_reader import RedisReader
from flaskscope.bus.redis_streams import RedisWay
from flaskscope.bus.websocket import FeedAddress, HubWay
from flaskscope.config import Settings, is_enabled, read_settings
from flaskscope.doctor import Doctor
from flaskscope.errors import AttachError
from flaskscope.hub.hub import Hub
from flaskscope.hub.journal import Journal
from flaskscope.hub.processes import Processes
from flaskscope.record.recorder import Recording, attach
from flaskscope.web.actions import Scenario
from flaskscope.web.dashboard import create_dashboard, own_processes
from flaskscope.web.greeting import Watched, greet
from flaskscope.web.problems import Problems
from flaskscope.web.routes import buttons_of, routes_of
from flaskscope.web.socket import StreamSocket

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scope:
    """What FlaskScope has for one app: ``app.extensions["flaskscope"]``. It does not keep the app alive."""

    recording: Recording
    hub: Hub
    settings: Settings

    @property
    def url_prefix(self) -> str:
        """Where the dashboard is, without a slash at its end."""
        return self.settings.url_prefix


class FlaskScope:
    """Records an app and mounts the dashboard, if the app is being developed; otherwise does nothing at all.

    It is on when ``app.debug`` is true or FLASKSCOPE_ENABLED is set, or when *enabled* says so. This is decided in
    `init_app`, and again when ``app.run()`` begins, which may put the app into debug mode, unless something says no.

    Args:
        app: The app, or ``None`` to call `init_app` later.
        scenarios: What the page can fire, besides requests that it sends by itself.
        enabled: Decides, whatever app and settings say.

    Raises:
        FlaskScopeError: As `init_app`, if *app* is given.
    """

    def __init__(
        self, app: Flask | None = None, *, scenarios: Iterable[Scenario] = (), enabled: bool | None = None
    ) -> None:
        self._scenarios = tuple(scenarios)
        self._enabled = enabled
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Record *app* and mount the dashboard, if it is on; one FlaskScope serves any number of apps.

        Raises:
            AttachError: If *app* has one already.
            UnknownRuleError: If FLASKSCOPE_ALLOW names a rule that does not exist.
            SettingError: If a setting cannot be used, or redis-py is needed and not there. Where FlaskScope is off no
                setting is looked at but FLASKSCOPE_ENABLED.
            FilesMissingError: If the installation is not whole.
        """
        if self._is_on(app, is_debug=app.debug):
            self._mount(app)
            return
        logger.info("FlaskScope is not mounted: app.debug is off; set FLASKSCOPE_ENABLED=1 to force it.")
        if self._enabled is None and is_enabled(app.config) is None:
            when_run(app, self._begin_late)

    def _begin_late(self, app: Flask, is_debug: bool) -> None:
        if self._is_on(app, is_debug=is_debug) and "flaskscope" not in app.extensions:
            self._mount(app)

    def _mount(self, app: Flask) -> None:
        if "flaskscope" in app.extensions:
            raise AttachError(
                f"The app {app.name!r} already has FlaskScope: call init_app once, or leave it to 'flaskscope run'."
            )
        settings = read_settings(app.config)
        # Before anything is hooked: they may refuse a setting.
        doctor = Doctor(
            settings.allow, lines=linecache.getlines, stale_request_seconds=settings.stale_seconds
        )
        redis = RedisAddress(settings.redis_url) if settings.redis_url else None
        journal = Journal(settings.max_events)
        recording = attach(app, journal, redact=settings.redact, exclude=settings.exclude)
        problems = Problems(doctor, recording)
        hub = Hub(
            recording,
            journal,
            examine=problems,
            conclude=problems.conclude,
            watch=_switch(recording, settings),
        )
        watched = _watched(app, recording)
        processes = _joined(hub, watched, settings, redis, weakref.ref(app))
        dashboard = create_dashboard(hub, settings, watched, self._scenarios, processes)
        app.extensions["flaskscope"] = Scope(recording, hub, settings)
        app.wsgi_app = Mount(app.wsgi_app, dashboard, settings.url_prefix)  # type: ignore[method-assign]

    def _is_on(self, app: Flask, *, is_debug: bool) -> bool:
        if self._enabled is not None:
            return self._enabled
        said = is_enabled(app.config)
        return is_debug if said is None else said


def _joined(
    hub: Hub, watched: Watched, settings: Settings, redis: RedisAddress | None, app: weakref.ref[Flask]
) -> Processes:
    """Return the other processes that pages are told of, and let those learn of this one, as *settings* say."""
    processes = own_processes(hub, settings)
    ways: list[Way] = []
    if settings.hub_url:
        ways.append(HubWay(FeedAddress(settings.hub_url, settings.token), StreamSocket))
    if redis is not None:
        ways.append(RedisWay(redis))
    feeds = [
        Feed(_Recorded(hub), lambda: greet(hub, watched, settings, ()), way, lambda: app() is None)
        for way in ways
    ]

    def is_own(run: str) -> bool:
        return run == hub.source.run or any(run == feed.run for feed in feeds)

    processes.is_own = is_own
    if redis is not None:
        processes.fetch = RedisReader(redis, processes, hub.source.clock, is_own).want
    return processes


def _switch(recording: Recording, settings: Settings) -> Callable[[bool], None] | None:
    """Return what is told whether somebody watches; ``None`` to record always."""
    if settings.record == "always":
        return None

    def switch(watched: bool) -> None:
        if watched:
            recording.resume()
        else:
            recording.pause()

    recording.pause()
    return switch


class _Recorded:
    """A hub, as a feed sees it."""

    def __init__(self, hub: Hub) -> None:
        self.flush = hub.flush
        self.subscribe = hub.subscribe
        self.conclude = hub.conclude
        self._hub = hub

    @property
    def run(self) -> str:
        """The id of the recording."""
        return self._hub.source.run

    @property
    def last(self) -> int:
        """The number of the newest event."""
        return self._hub.journal.last

    @property
    def is_examined(self) -> bool:
        """Whether the doctor has seen all of them."""
        return self._hub.is_examined


def _watched(app: Flask, recording: Recording) -> Watched:
    """Return what a page is told of *app*, which must not be held: see `Mount`."""
    weakly = weakref.ref(app)

    def routes() -> list[dict[str, Any]]:
        found = weakly()
        return [] if found is None else routes_of(found)

    def buttons() -> tuple[Scenario, ...]:
        found = weakly()
        return () if found is None else buttons_of(found)

    return Watched(app.name, app.root_path, routes, buttons, choice=recording)


class Mount:
    """Sends what is below *prefix* to the *dashboard*, and all else to the app as it was.

    The app holds its mount, so the mount must not hold the app: an app that is let go would stay until the garbage
    collector came by.
    """

    def __init__(self, wsgi_app: WSGIApplication, dashboard: WSGIApplication, prefix: str) -> None:
        # A bound method of the app holds it; anything else was put there by somebody before us.
        is_method = getattr(wsgi_app, "__self__", None) is not None
        self._method = weakref.WeakMethod(wsgi_app) if is_method else None
        self._wsgi_app = None if is_method else wsgi_app
        self._dashboard = dashboard
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer as a WSGI application."""
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(self._prefix + "/"):
            below = {
                **environ,
                "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + self._prefix,
                "PATH_INFO": path[len(self._prefix) :],
            }
            return self._dashboard(below, start_response)
        wsgi_app = self._method() if self._method is not None else self._wsgi_app
        assert wsgi_app is not None, "the app that is answering cannot be gone"
        return wsgi_app(environ, start_response)
