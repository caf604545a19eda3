"""The events as lines of JSON: for programs, and for pages under a server that cannot do WebSockets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from flask import Blueprint, Response, request, stream_with_context

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.hub.frames import MAX_ROWS
from flaskscope.hub.hub import Hub
from flaskscope.hub.process_reader import Reader
from flaskscope.hub.processes import Processes
from flaskscope.web.handshake import single_file
from flaskscope.web.others import OtherLines
from flaskscope.web.slots import Slots, full
from flaskscope.web.socket import Listener
from flaskscope.web.stream import RELAY_SECONDS, RELAYED_AT_ONCE, WAKE_SECONDS, follow
from flaskscope.web.worker import current_worker

#: Seconds after which an empty line is sent when there is nothing else, by a server that does not show us whether
#: the peer is still there: only writing tells.
IDLE_SECONDS = 2.0

#: Seconds between two looks at what other processes sent, for programs.
OTHERS_SECONDS = 0.05

_KIND = "application/x-ndjson"


def make_lines(hub: Hub, slots: Slots, greeting: Callable[[], bytes], processes: Processes) -> Blueprint:
    """Return the routes that answer with one JSON object a line.

    ``/events?after=17&follow=1`` is for programs: events with the names of their fields. *after* is the number of
    the last event the program has, 0 (the default) for all that are kept. With *follow* the answer goes on until
    one side leaves; it counts as one of *slots*.

    ``/messages?after=17&run=…`` is for pages: the messages of the WebSocket, *greeting* first, as a page would get
    them that sends this ``follow``. It always goes on.

    With ``processes=1`` come the events of the other *processes* as well; lines for programs then say of which.

    An empty line means nothing, and may come at any time.
    """
    routes = Blueprint("lines", __name__)

    @routes.get("/events")
    def events() -> Response:
        try:
            after = _read_after(request.args.get("after"))
            is_following = _read_flag(request.args.get("follow"), "follow")
            others = OtherLines(processes) if _read_flag(request.args.get("processes"), "processes") else None
        except MessageError as error:
            return _refused(error)
        hub.flush()
        if not is_following:
            return Response(_all_kept(hub, after, others), mimetype=_KIND)
        return _lasting(hub, slots, lambda peer: _following_lines(hub, after, peer, others))

    @routes.get("/messages")
    def messages() -> Response:
        wish, reader = None, None
        try:
            if "after" in request.args:
                after, run = _read_after(request.args["after"]), request.args.get("run") or None
                wish = wire.Follow(min(after, wire.MAX_NUMBER), run)
            known = _read_processes(request.args.get("processes"))
            if known is not None:
                reader = Reader(processes, known)
        except MessageError as error:
            return _refused(error)
        return _lasting(hub, slots, lambda peer: _messages(hub, greeting, wish, peer, reader))

    return routes


class _Peer:
    """Who reads the lines, and the server that hands them over."""

    def __init__(self, hub: Hub, slots: Slots) -> None:
        self._hub = hub
        self.worker = current_worker()
        self.has_place = slots.take(self.worker.max_streams if self.worker else None)
        self._listener = Listener(request.environ)
        self._told = time.monotonic()

    @property
    def is_hidden(self) -> bool:
        """Whether only writing tells that it has left."""
        return not self._listener.is_visible

    def is_over(self) -> bool:
        """Return whether one of the two sides leaves."""
        leaves = self.worker is not None and self.worker.is_leaving
        return self._hub.stopping or leaves or self._listener.is_gone()

    def idle(self, *, is_idle: bool) -> Iterator[bytes]:
        """Yield an empty line when it is time for one."""
        now = time.monotonic()
        if not is_idle:
            self._told = now
        elif self.is_hidden and now - self._told >= IDLE_SECONDS:
            self._told = now
            yield b"\n"


def _lasting(hub: Hub, slots: Slots, lines: Callable[[_Peer], Iterator[bytes]]) -> Response:
    if (one_by_one := single_file(request.environ)) is not None:
        return _unavailable(one_by_one)
    peer = _Peer(hub, slots)
    if not peer.has_place:
        return _unavailable(full(peer.worker, slots.limit), retry_seconds=5)
    try:
        response = Response(stream_with_context(lines(peer)), mimetype=_KIND)
    except BaseException:
        slots.give_back()
        raise
    response.call_on_close(slots.give_back)
    # nginx would collect the lines until its buffer is full.
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _unavailable(why: tuple[str, str], retry_seconds: int | None = None) -> Response:
    what, remedy = why
    response = Response(wire.encode_error(what, None, remedy), status=503, mimetype="application/json")
    if retry_seconds is not None:
        response.headers["Retry-After"] = str(retry_seconds)
    return response


def _refused(error: MessageError) -> Response:
    message = wire.encode_error(error.what, error.value, error.remedy)
    return Response(message, status=400, mimetype="application/json")


def _messages(
    hub: Hub, greeting: Callable[[], bytes], wish: wire.Follow | None, peer: _Peer, reader: Reader | None
) -> Iterator[bytes]:
    with hub.subscribe() as subscriber:
        yield greeting() + b"\n"
        if wish is not None:
            try:
                follow(subscriber, hub, wish)
            except MessageError as error:
                yield wire.encode_error(error.what, error.value, error.remedy) + b"\n"
        while not peer.is_over():
            is_needed_soon = reader is not None and reader.is_needed_soon
            message = subscriber.next(RELAY_SECONDS if is_needed_soon else WAKE_SECONDS)
            relayed = [] if reader is None else reader.some(RELAYED_AT_ONCE)
            if message is not None:
                yield message + b"\n"
            for told in relayed:
                yield told + b"\n"
            yield from peer.idle(is_idle=message is None and not relayed)


def _kept_lines(hub: Hub, after: int) -> Iterator[bytes]:
    """Yield what is kept after event number *after*, up to this moment, a frame's worth at a time."""
    end = hub.journal.last
    while after < end:
        page = hub.journal.read(after, min(MAX_ROWS, end - after))
        if page.missed and after:
            why = f"The server keeps the latest {hub.journal.capacity:,} events."
            yield wire.encode_lost(after + 1, after + page.missed, page.missed, "journal", why) + b"\n"
        if not page.events:
            return
        after = page.events[-1][0]
        lanes, sites = hub.source.lanes, hub.source.sites
        yield b"".join(wire.encode_line(event, lanes, sites) for event in page.events)


def _all_kept(hub: Hub, after: int, others: OtherLines | None) -> Iterator[bytes]:
    yield from _kept_lines(hub, after)
    while others is not None and (lines := others.next()):
        yield lines


def _following_lines(hub: Hub, after: int, peer: _Peer, others: OtherLines | None) -> Iterator[bytes]:
    with hub.subscribe():
        # The headers leave with the first piece, and a program may wait for them; waitress wants it not empty.
        yield b"\n" if peer.is_hidden else b""
        while not peer.is_over():
            last = hub.journal.last
            yield from _kept_lines(hub, after)
            of_others = b"" if others is None else others.next()
            if of_others:
                yield of_others
            is_idle, after = after >= last and not of_others, max(after, last)
            yield from peer.idle(is_idle=is_idle)
            if not of_others:
                wait_seconds = WAKE_SECONDS if others is None or not others.is_needed_soon else OTHERS_SECONDS
                hub.wait(after, hub.source.dropped, wait_seconds)


def _read_after(text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise MessageError(
            "'after' is not the number of an event.", text, "Give a whole number, 0 for the beginning."
        )
    return int(text)


def _read_flag(text: str | None, name: str) -> bool:
    if text not in (None, "0", "1"):
        raise MessageError(f"'{name}' is neither 0 nor 1.", text, f"Give {name}=1, or leave it out.")
    return text == "1"


def _read_processes(text: str | None) -> Mapping[str, int] | None:
    """Return which events of other processes a page has: ``1`` for none, or an object as in its ``follow``."""
    if text in (None, "", "0"):
        return None
    return {} if text == "1" else wire.parse_processes(wire.parse_object(text))
