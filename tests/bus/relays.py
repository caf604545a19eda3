"""Ways from one port of this machine to another one, through which connections can be changed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

#: Turns the connection of a visitor into what is passed on.
Welcome: TypeAlias = Callable[[socket.socket], socket.socket]


@contextlib.contextmanager
def relays(
    welcome: Welcome = lambda visitor: visitor, delay_seconds: float = 0.0
) -> Iterator[Callable[[int], int]]:
    """Yield what opens a way to a port of this machine and returns its own port; they are closed at the end.

    Args:
        welcome: What is done with the connection of each visitor first. One that it fails for is sent away.
        delay_seconds: How long each piece takes that comes back.
    """
    listening: list[socket.socket] = []

    def accept(server: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = server.accept()
                with contextlib.suppress(OSError):
                    visitor = welcome(plain)
                    target = socket.create_connection(("127.0.0.1", port))
                    for way in ((visitor, target, 0.0), (target, visitor, delay_seconds)):
                        threading.Thread(target=_pass_on, args=way, daemon=True).start()

    def open_way(port: int) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)
        threading.Thread(target=accept, args=(server, port), daemon=True).start()
        own: int = server.getsockname()[1]
        return own

    try:
        yield open_way
    finally:
        for server in listening:
            server.close()


def _pass_on(source: socket.socket, target: socket.socket, delay_seconds: float) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            if delay_seconds:
                # No condition to wait for: time is what is tested.
                threading.Event().wait(delay_seconds)
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
