"""The connection of a stream, made safe for simple-websocket and for the server it was taken from.

simple-websocket writes with plain ``send``: a peer that stops reading would hold its thread for ever, a short
write would tear a frame apart, and two writers would mix theirs. It also closes a socket that the server goes on
to close itself. `StreamSocket` takes the place of the socket and cures all of that; `SERVER_OPTIONS` does the
rest.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flaskscope.web.handshake import connection_of, replace_connection
from flaskscope.web.keepalive import keep_alive

if sys.platform == "linux":
    import fcntl
    import termios

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: Seconds a peer may take without reading a single byte of what we send, before it is cut off.
STALL_SECONDS = 5.0

#: Seconds a single message may take in all.
MESSAGE_SECONDS = 30.0

#: Seconds to wait for the peer's own close frame once ours is sent.
CLOSE_SECONDS = 0.5

#: Seconds between two looks whether the talk has ended, while the connection is waited for.
LOOK_SECONDS = 0.5

#: Bytes of one message from a page, which has nothing longer to say than ``follow``. Beyond it: close code 1009.
MAX_MESSAGE_BYTES = 64 * 1024

#: Messages of a page that nobody has read yet. Beyond it the connection is cut: it is a flood.
MAX_UNREAD = 64

_CAN_SKIP_WAITING = (
    hasattr(socket, "MSG_DONTWAIT") and hasattr(select, "poll") and hasattr(socket.socket, "sendmsg")
)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class StreamSocket:
    """A *connection* of which several threads send whole frames, in turn, to a peer that may stop reading.

    The server that owns the connection closes it; `close` here only ends the talk, so that whatever the server
    still writes meets a broken pipe, which it takes for a visitor who left.

    Args:
        connection: The socket.
        stall_seconds: How long the peer may take without reading a byte of what is sent.
        is_ending: Whether the server is about to end: then a peer that reads nothing is not waited for.
    """

    def __init__(
        self,
        connection: socket.socket,
        *,
        stall_seconds: float = STALL_SECONDS,
        is_ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._connection = connection
        self._stall_seconds = stall_seconds
        self._is_ending = is_ending
        self._sending = threading.Lock()
        self._left: list[memoryview] = []  # of a frame that was offered: what did not fit
        self._ended = threading.Event()
        self._sent = 0
        self._taken = 0
        self._taken_at = time.monotonic()
        # OpenSSL does not bear that one thread reads while another one writes: they take turns, and never wait in it.
        self._turns = threading.Lock() if isinstance(connection, ssl.SSLSocket) else None
        # Windows has no flag for a single send that does not wait: there is a timeout for every call.
        self._can_skip_waiting = _CAN_SKIP_WAITING and self._turns is None
        with contextlib.suppress(OSError):
            # Small frames must not wait for the acknowledgement of the one before.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keep_alive(connection)
        if self._turns is not None:
            connection.settimeout(0)
        elif not self._can_skip_waiting:
            connection.settimeout(min(stall_seconds, LOOK_SECONDS))

    def fileno(self) -> int:
        """Return the descriptor of the connection."""
        return self._connection.fileno()

    def recv(self, size: int) -> bytes:
        """Return what came, at most *size* bytes; nothing when the talk has ended."""
        while not self._ended.is_set():
            try:
                if self._turns is None:
                    return self._connection.recv(size)
                with self._turns:
                    return self._connection.recv(size)
            except TimeoutError as error:
                # A timeout of ours is there for sending only; one of the system's means that the peer is gone.
                if error.errno is not None:
                    raise
            except ssl.SSLWantReadError:
                self._await(LOOK_SECONDS, for_reading=True)
            except ssl.SSLWantWriteError:
                self._await(LOOK_SECONDS, for_reading=False)
        return b""

    def send(self, data: bytes) -> int:
        """Send all of *data* as it is, and return its length. Frames of other threads come before or after it.

        Raises:
            OSError: If the peer is gone, was too slow, or the talk has ended.
        """
        self._send([memoryview(bytes(data))], len(data))
        return len(data)

    def send_text(self, message: bytes) -> None:
        """Send *message*, which is UTF-8, as one text frame. It is not copied.

        Raises:
            OSError: As `send`.
        """
        head = _text_head(len(message))
        self._send([memoryview(head), memoryview(message)], len(head) + len(message))

    def offer(self, message: bytes, is_open: Callable[[], bool]) -> bool:
        """Send *message* as one text frame if that can be done at once, and return whether it will be sent.

        It never waits. What of the frame does not fit now is sent before anything else, by `see_off` at the latest.

        Args:
            message: UTF-8.
            is_open: Whether messages may still be sent; asked when no other thread can send in between.
        """
        if not self._can_skip_waiting or not self._sending.acquire(blocking=False):
            return False
        try:
            if self._left or self._ended.is_set() or not is_open():
                return False
            head = _text_head(len(message))
            sent = self._connection.sendmsg((head, message), (), socket.MSG_DONTWAIT)
            self._sent += sent
            if sent < len(head) + len(message):
                parts = [memoryview(head), memoryview(message)]
                _drop(parts, sent)
                self._left = parts
            return True
        except OSError:
            return False  # it is full, or whoever sends next learns why
        finally:
            self._sending.release()

    @property
    def is_behind(self) -> bool:
        """Whether a part of a frame that was offered is left to be sent."""
        return bool(self._left)

    def see_off(self) -> None:
        """Send what is left of a frame that was offered.

        Raises:
            OSError: As `send`.
        """
        if self._left:
            self._send([], 0)

    def check(self) -> None:
        """Look whether the peer still takes what was sent to it; call it every now and then.

        The kernel buffers megabytes: at an ordinary rate of events a peer that stopped reading would fill them, and
        hold its thread, for a minute before a send gets stuck.

        Raises:
            TimeoutError: If the peer took nothing for *stall_seconds* of what lies there.
        """
        waiting = _bytes_waiting(self._connection)
        now = time.monotonic()
        if not waiting or self._sent - waiting > self._taken:
            self._taken, self._taken_at = self._sent - waiting, now
        elif now - self._taken_at >= self._stall_seconds:
            self._cut_off()
            raise TimeoutError(f"the peer read nothing for {self._stall_seconds} s")

    def close(self) -> None:
        """End the talk in both directions, after what was sent so far."""
        if not self._ended.is_set():
            self._ended.set()
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _send(self, parts: list[memoryview], size: int) -> None:
        with self._sending:
            if self._left:
                parts = self._left = [*self._left, *parts]
                size = sum(len(part) for part in parts)
            begun = progress = time.monotonic()
            while size:
                if self._ended.is_set():
                    raise BrokenPipeError(errno.EPIPE, "the stream has ended")
                sent = self._send_some(parts)
                now = time.monotonic()
                size -= sent
                if sent:
                    progress = now
                    self._sent += sent
                    _drop(parts, sent)
                stall_seconds = self._stall_seconds
                if size and not sent and self._is_ending():
                    stall_seconds = min(stall_seconds, CLOSE_SECONDS)
                left = min(progress + stall_seconds, begun + MESSAGE_SECONDS) - now
                if size and left <= 0:
                    self._cut_off()
                    raise TimeoutError(f"the peer read nothing for {stall_seconds} s")
                if not sent and (self._can_skip_waiting or self._turns is not None):
                    self._await(min(left, LOOK_SECONDS), for_reading=False)

    def _send_some(self, parts: list[memoryview]) -> int:
        try:
            if self._can_skip_waiting:
                return self._connection.sendmsg(parts, [], socket.MSG_DONTWAIT)
            if self._turns is None:
                return self._connection.send(parts[0])
            with self._turns:
                return self._connection.send(parts[0])
        except (BlockingIOError, InterruptedError, TimeoutError, ssl.SSLWantWriteError):
            return 0
        except ssl.SSLWantReadError:
            # The reading thread takes in what it waits for.
            self._ended.wait(0.01)
            return 0

    def _await(self, seconds: float, *, for_reading: bool) -> None:
        """Wait until the connection can be read, or written to; *seconds* at most."""
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self._connection.fileno(), select.POLLIN if for_reading else select.POLLOUT)
            poll.poll(max(1, int(seconds * 1000)))
        else:
            wanted = [self._connection]
            select.select(wanted if for_reading else [], [] if for_reading else wanted, [], seconds)

    def _cut_off(self) -> None:
        """End the talk with a peer that does not read: what waits for it in the kernel is thrown away with it."""
        with contextlib.suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.close()


class Listener:
    """The connection of a plain answer that does not end by itself.

    The server writes to it. A peer that stops reading makes it give up after `STALL_SECONDS`, and one that has
    left is noticed although nothing is written to it.
    """

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._connection = connection_of(environ)
        if self._connection is not None:
            self._connection.settimeout(STALL_SECONDS)
            keep_alive(self._connection)

    @property
    def is_visible(self) -> bool:
        """Whether `is_gone` can tell."""
        return (
            self._connection is not None
            and _CAN_SKIP_WAITING
            and not isinstance(self._connection, ssl.SSLSocket)
        )

    def is_gone(self) -> bool:
        """Return whether the peer has left, as far as that can be seen without writing."""
        if self._connection is None or not self.is_visible:
            return False
        poll = select.poll()
        poll.register(self._connection.fileno(), select.POLLIN)
        try:
            # Readable without a byte to read: the end.
            return bool(poll.poll(0)) and not self._connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


class Inbox(list[Any]):
    """The messages of a page that nobody has read yet. Past `MAX_UNREAD` the connection breaks, on purpose."""

    def append(self, message: Any) -> None:
        """Add *message*.

        Raises:
            OSError: If there are too many; simple-websocket takes that for a broken connection.
        """
        if len(self) >= MAX_UNREAD:
            raise OSError(errno.ENOBUFS, "too many unread messages")
        super().append(message)


class ReaderThread(threading.Thread):
    """The thread in which simple-websocket reads. It does not keep the process alive, and has a bounded inbox."""

    def __init__(self, *, target: Callable[[], None]) -> None:
        super().__init__(target=target, name="flaskscope-reader", daemon=True)
        # The target is a method of the WebSocket. Later, in the route, a message may have come already.
        target.__self__.input_buffer = Inbox()  # type: ignore[attr-defined]


#: For flask-sock, as ``SOCK_SERVER_OPTIONS``. No ping_interval: its pings would come from another thread, judge a
#: slow peer by a clock that can jump, and cut it off.
SERVER_OPTIONS: dict[str, Any] = {
    "max_message_size": MAX_MESSAGE_BYTES,
    "receive_bytes": 16 * 1024,
    "thread_class": ReaderThread,
}


def harden(environ: WSGIEnvironment, is_ending: Callable[[], bool] = lambda: False) -> StreamSocket:
    """Put a `StreamSocket` where simple-websocket looks for the connection, and return it.

    *is_ending* tells whether the server is about to end.

    The server must have left one: see `handshake.refuse_server`.
    """
    hardened = StreamSocket(connection_of(environ), is_ending=is_ending)
    replace_connection(environ, hardened)
    return hardened


def say_goodbye(websocket: Any, code: int, reason: str) -> None:
    """Close *websocket* properly: our close frame, a moment for the peer's, then the end. Never raises."""
    with contextlib.suppress(Exception):
        if websocket.connected:
            websocket.close(code, reason)
    websocket.thread.join(CLOSE_SECONDS)
    websocket.sock.close()
    websocket.thread.join(CLOSE_SECONDS)


def _bytes_waiting(connection: socket.socket) -> int:
    """Return how many bytes sent the peer's kernel has not taken yet, 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    try:
        answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):  # it has ended, and maybe closed
        return 0
    return int.from_bytes(answer, sys.byteorder)


@lru_cache(maxsize=16)  # one message goes to all pages
def _text_head(length: int) -> bytes:
    """Return the head of an unfragmented, unmasked text frame (RFC 6455, section 5.2)."""
    if length < 126:
        return struct.pack("!BB", 0x81, length)
    if length < 65_536:
        return struct.pack("!BBH", 0x81, 126, length)
    return struct.pack("!BBQ", 0x81, 127, length)


def _drop(parts: list[memoryview], count: int) -> None:
    """Take the first *count* bytes off *parts*."""
    while parts and count >= len(parts[0]):
        count -= len(parts.pop(0))
    if count:
        parts[0] = parts[0][count:]
