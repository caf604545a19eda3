"""The socket and the server behind ``flaskscope demo`` and ``flaskscope run``."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import re
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click
from werkzeug.debug import DebuggedApplication
from werkzeug.serving import WSGIRequestHandler, is_running_from_reloader, make_server
from werkzeug.wrappers import Response

from flaskscope import wire
from flaskscope.web.origin import is_from_here, refuse_host

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Ports tried, the wanted one included, before a start is refused because all of them are taken.
PORTS_TRIED = 20

#: Connections the operating system keeps waiting until a thread accepts them.
BACKLOG = 128

LAST_PORT = 65_535

#: Characters that pages are told of why an app cannot be loaded.
MAX_REASON = 250

#: Where Werkzeug's reloader leaves the number of the listening socket for the process it starts.
_INHERITED = "WERKZEUG_SERVER_FD"

_host_name = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


class Refusal(click.ClickException):
    """A start that cannot be: one sentence with the value and the remedy, and exit status 2."""

    exit_code = 2


def listen(host: str, port: int, *, socket_class: type[socket.socket] = socket.socket) -> socket.socket:
    """Return a socket that listens on *host*, on *port* or the next one that is free; port 0 is any free one.

    Raises:
        Refusal: If the host is not an address of this machine, the port may not be used, or `PORTS_TRIED` ports in
            a row are taken.
    """
    family, address = _resolve(host)
    last = min(port + PORTS_TRIED - 1, LAST_PORT) if port else 0
    for candidate in range(port, last + 1):
        opened = socket_class(family, socket.SOCK_STREAM)
        try:
            _bind(opened, (address, candidate))
        except OSError as error:
            opened.close()
            if error.errno != errno.EADDRINUSE:
                raise _refusal(host, candidate, error) from None
        except BaseException:
            opened.close()
            raise
        else:
            return opened
    raise Refusal(
        f"Ports {port} to {last} of {host} are all taken. Choose another one with --port, or any with --port 0."
    )


def listen_or_inherit(host: str, port: int) -> socket.socket:
    """Return the socket that the reloader kept while the app was reloaded, or else what `listen` does.

    Raises:
        Refusal: As `listen`.
    """
    if is_running_from_reloader() and os.environ.get(_INHERITED):
        return socket.socket(fileno=int(os.environ[_INHERITED]))
    return listen(host, port)


def is_loopback(listening: socket.socket) -> bool:
    """Return whether only this machine can connect to *listening*."""
    address = str(listening.getsockname()[0]).partition("%")[0]
    return ipaddress.ip_address(address).is_loopback


def reachable_names(host: str) -> tuple[str, ...]:
    """Return the names under which others reach a server on *host*, the best one first, as a Host header has them.

    For an address that stands for all (``0.0.0.0``, ``::``) these are this machine's address on its network and its
    name; else it is *host* itself.
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        stands_for_all = ipaddress.ip_address(bare).is_unspecified
    except ValueError:
        stands_for_all = False
    if not stands_for_all:
        return (f"[{bare}]" if ":" in bare else bare.lower(),)
    found = (_own_address(), socket.gethostname().lower(), "127.0.0.1")
    # A person may have named the machine anything; what is no host name cannot come in a Host header either.
    return tuple(dict.fromkeys(name for name in found if name and _host_name.fullmatch(name)))


def serve(app: WSGIApplication, listening: socket.socket) -> None:
    """Serve *app* on *listening*, a thread for each request, until Ctrl+C; the socket is closed then.

    Requests are not logged: the page shows them. What goes wrong is, on standard error.
    """
    serve_forever = _server(app, listening)
    # Werkzeug returns at Ctrl+C; this is for one that comes just before or after. Threads that still serve a page
    # are daemons and end with the process.
    with contextlib.suppress(KeyboardInterrupt):
        serve_forever()


def serve_and_reload(
    app: WSGIApplication,
    listening: socket.socket,
    *,
    extra_files: Sequence[str] = (),
    exclude_patterns: Sequence[str] = (),
) -> None:
    """Serve *app* as `serve` does, in a process of its own that starts anew when the code of the app changes.

    The socket outlives it, so that the port stays the same and requests wait meanwhile. Does not return: the
    process ends.

    Args:
        app: Served only in the process that the reloader started.
        listening: What `listen_or_inherit` returned.
        extra_files: Further files whose change counts.
        exclude_patterns: Files whose change does not count, as `fnmatch` understands them.
    """
    # Private, but the only way that does not bind a port by itself: Werkzeug's run_simple calls this and no more.
    from werkzeug._reloader import run_with_reloader

    if is_running_from_reloader():
        serve_forever = _server(app, listening)
    else:
        listening.set_inheritable(True)
        os.environ[_INHERITED] = str(listening.fileno())

        def serve_forever() -> None:
            raise AssertionError("only the process that the reloader starts serves")

    run_with_reloader(serve_forever, extra_files=extra_files, exclude_patterns=exclude_patterns)


class BrokenApp:
    """Stands for an app whose code raises *error* when it is loaded; pages under *prefix* are told why."""

    def __init__(self, error: Exception, prefix: str) -> None:
        self._error = error
        self._traceback = error.__traceback__  # each time it is raised would add to it
        self._messages = f"{prefix.rstrip('/')}/messages"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        if (
            environ.get("PATH_INFO") != self._messages
            or refuse_host(environ, ())
            or not is_from_here(environ)
        ):
            raise self._error.with_traceback(self._traceback) from None
        what = f"The app cannot be loaded. {type(self._error).__name__}: {self._error}"
        remedy = "It is loaded again when a file changes."
        answer = Response(
            wire.encode_error(what[:MAX_REASON], None, remedy), 503, mimetype="application/json"
        )
        return answer(environ, start_response)


def with_debugger(app: WSGIApplication, host: str) -> WSGIApplication:
    """Return *app* with Werkzeug's debugger around it, which answers requests to *host* and to this machine."""
    debugged = DebuggedApplication(app, evalex=True)
    debugged.trusted_hosts.append(host)
    return debugged


def _server(app: WSGIApplication, listening: socket.socket) -> Callable[[], None]:
    """Return what serves *app* on *listening*, which is closed here."""
    address, port = listening.getsockname()[:2]
    try:
        # The socket is handed over as it is: it never stops listening, so nobody can take the port in between.
        server = make_server(
            address, port, app, threaded=True, request_handler=_QuietRequestHandler, fd=listening.fileno()
        )
    finally:
        listening.close()
    return server.serve_forever


class _QuietRequestHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: a line for each request would bury the dashboard's address."""


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    # Werkzeug decides by the colon as well, and has to agree with the socket it is given.
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        found = socket.getaddrinfo(bare, None, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refusal(f"--host is {host!r}: not a name or address that is known. Use 127.0.0.1.") from None
    return family, str(found[0][4][0])


def _own_address() -> str | None:
    """Return the address this machine has on its network, or ``None`` if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: the system only works out which of its addresses it would send from. 192.0.2.1 is
            # reserved for documentation.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _bind(opened: socket.socket, address: tuple[str, int]) -> None:
    if sys.platform == "win32":
        # There SO_REUSEADDR would let two programs share a port.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        # Lets a restart have the port at once, while closed connections of the last run are still remembered.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind(address)
    # Now, not in the server: with SO_REUSEADDR two programs may bind one port as long as neither listens.
    opened.listen(BACKLOG)


def _refusal(host: str, port: int, error: OSError) -> Refusal:
    if error.errno == errno.EACCES:
        return Refusal(
            f"Port {port} may not be used without more rights. Choose one above 1023, such as --port 5000."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return Refusal(f"--host is {host!r}: not an address of this machine. Use 127.0.0.1.")
    return Refusal(
        f"{host} port {port} cannot be used: {error.strerror or error}. Try --host 127.0.0.1 --port 0."
    )
