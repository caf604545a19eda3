"""A connection that is asked now and then whether the peer is still there: nothing else tells while nothing is sent."""

from __future__ import annotations

import contextlib
import socket

#: Seconds of silence before the peer's system is asked, seconds between two questions, and how many may stay without
#: an answer: whose network vanished is gone after 45 s, and gives back the thread that is held for him.
IDLE_SECONDS, EVERY_SECONDS, UNANSWERED = 15, 10, 3

#: Where the system does not take one of them, its own is used, mostly two hours.
_OPTIONS = (
    # macOS has another name for it.
    ("TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE", IDLE_SECONDS),
    ("TCP_KEEPINTVL", EVERY_SECONDS),
    ("TCP_KEEPCNT", UNANSWERED),
)


def keep_alive(connection: socket.socket) -> None:
    """Have the operating system find out when the peer of *connection* is gone without a word. Never raises."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)
