"""Puts the parts of the dashboard together: an app of its own, which knows nothing of the one it shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from flask_sock import Sock
from werkzeug.exceptions import HTTPException

from flaskscope import wire
from flaskscope.assets import find_assets
from flaskscope.bus.clocks import machine_id
from flaskscope.config import Settings
from flaskscope.hub.hub import Hub
from flaskscope.hub.processes import OwnClock, Processes
from flaskscope.web.actions import Actions, Scenario, make_routes
from flaskscope.web.choice import make_choice
from flaskscope.web.feed import make_feed
from flaskscope.web.greeting import Watched, greet
from flaskscope.web.guard import Guard
from flaskscope.web.lines import make_lines
from flaskscope.web.page import make_page
from flaskscope.web.siblings import SiblingsWarning, siblings_of
from flaskscope.web.slots import Slots
from flaskscope.web.socket import SERVER_OPTIONS
from flaskscope.web.source import make_source
from flaskscope.web.stream import mount_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def own_processes(hub: Hub, settings: Settings) -> Processes:
    """Return what takes in other processes for the pages of *hub*."""
    return Processes(settings.max_events, OwnClock(*hub.source.clock, machine_id()))


def create_dashboard(
    hub: Hub,
    settings: Settings,
    watched: Watched,
    scenarios: Iterable[Scenario] = (),
    processes: Processes | None = None,
) -> WSGIApplication:
    """Return the dashboard as a WSGI application, to be mounted where SCRIPT_NAME ends with its prefix.

    It has no secret key and no session, shares nothing with the app that *hub* records, and lets nobody in whom
    its guard does not know. *processes* are the other ones that pages are told of, if they come from elsewhere too.

    Raises:
        FilesMissingError: If the page's files are not there.
        ScenarioError: If *scenarios* do not fit together.
    """
    assets = find_assets()
    app = Flask(
        "flaskscope.dashboard",
        static_folder=None,
        template_folder=str(assets.templates),
        root_path=str(assets.templates),
    )
    # Whatever FLASK_DEBUG says: the debugger of the watched app has no business in here.
    app.debug = False
    app.config["SOCK_SERVER_OPTIONS"] = SERVER_OPTIONS
    # No redirects to tidied addresses: an address made of the request's path could lead elsewhere.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False

    slots = Slots()
    warning = SiblingsWarning()
    actions = Actions(scenarios, hub)
    app.register_blueprint(make_page(assets.static, watched.versions["flaskscope"]))
    app.register_blueprint(make_routes(actions))
    app.register_blueprint(make_source(hub))
    if watched.choice is not None:
        app.register_blueprint(make_choice(watched.choice, hub))

    def greeting() -> bytes:
        mount = request.script_root.removesuffix(settings.url_prefix)
        siblings = siblings_of(request.environ, settings)
        warning.tell(siblings)
        return greet(hub, watched, settings, actions.scenarios, mount, siblings)

    if processes is None:
        processes = own_processes(hub, settings)
    app.register_blueprint(make_lines(hub, slots, greeting, processes))
    mount_stream(Sock(app), hub, greeting, processes)
    app.register_error_handler(HTTPException, _say_error)
    return Guard(app, make_feed(processes, hub), settings, slots)


def _say_error(error: HTTPException) -> Response:
    """Return *error* as a message, without a word of what the request contained."""
    what = {
        404: "There is nothing at this address of the dashboard.",
        405: f"This address does not take {request.method if request.method in {'GET', 'HEAD', 'POST'} else 'this'}.",
        500: "The dashboard failed; the server's log says how. The app is not affected.",
    }.get(error.code or 500, "The request cannot be answered.")
    response = Response(
        wire.encode_error(what, None, "See the README for its addresses."), mimetype="application/json"
    )
    response.status_code = error.code or 500
    if error.code == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response
