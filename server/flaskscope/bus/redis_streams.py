"""The way to hubs on any host: a stream in Redis."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from flaskscope import wire
from flaskscope.bus.clocks import Offset
from flaskscope.bus.redis_client import (
    ALIVE_SECONDS,
    BEAT_SECONDS,
    HELLO_SECONDS,
    STREAM,
    RedisAddress,
    alive_key,
    ask_time,
    explained,
    hello_key,
    is_full,
)

#: About how many bytes the stream may have; the oldest leave first. Redis counts entries, so it is told how many of
#: the usual size these are.
MAX_STREAM_BYTES = 64 * 1024 * 1024

_NO_NAMES = b'"lanes":[],"sites":[]'

#: Entries that the stream has room for, however large or small they are.
MIN_ENTRIES, MAX_ENTRIES = 64, 50_000


class RedisUnusableError(ConnectionError):
    """Redis could not be used; the text says why, and holds nothing secret."""


class RedisWay:
    """The way to the Redis at *address*: one entry of its stream for each message."""

    def __init__(self, address: RedisAddress) -> None:
        self._address = address
        #: The last event that Redis has confirmed, by run: there is nobody to ask.
        self._confirmed: dict[str, int] = {}

    @property
    def name(self) -> str:
        """Its address, without what is secret."""
        return f"Redis at {self._address.name}"

    @contextlib.contextmanager
    def open(self, hello: Callable[[], dict[str, Any]]) -> Iterator[_RedisTalk]:
        """Connect, and say who we are.

        Raises:
            RedisUnusableError: If Redis cannot be reached, does not let us in or has no room.
        """
        with contextlib.closing(self._address.connect()) as client:
            try:
                talk = _RedisTalk(client, hello, self._confirmed)
                try:
                    yield talk
                finally:
                    self._confirmed = {talk.run: talk.confirmed}
            except Exception as error:  # noqa: BLE001 - told anew, without anything secret
                if is_full(error):
                    _make_room(client)
                raise RedisUnusableError(explained(error)) from None


class _RedisTalk:
    def __init__(self, client: Any, hello: Callable[[], dict[str, Any]], confirmed: dict[str, int]) -> None:
        self._client = client
        self._hello = hello
        said = hello()
        self.run: str = said["run"]
        self.after = self.confirmed = max(said["begin"], confirmed.get(self.run, 0))
        clock = said["clock"]
        self._offset = Offset((int(clock["monotonic_ns"]), clock["unix_ms"]), "redis")
        ask_time(client, self._offset)
        self._names = 0
        self._usual_bytes = 2_000.0
        self._beaten = 0.0
        self._introduce(said)
        self._beat()

    def send(self, messages: list[bytes], last: int) -> None:
        if any(b'"type":"events"' in message[:40] and _NO_NAMES not in message[:200] for message in messages):
            # Whoever comes later has to know of them too: they may have left the stream by then.
            self._introduce(self._hello())
        for message in messages:
            self._usual_bytes += (len(message) - self._usual_bytes) / 64
        entries = round(MAX_STREAM_BYTES / self._usual_bytes)
        entries = max(MIN_ENTRIES, min(MAX_ENTRIES, entries))
        # All or nothing: were one refused and the next one taken, their order would be lost.
        with self._client.pipeline(transaction=True) as pipeline:
            for message in messages:
                pipeline.xadd(STREAM, {"r": self.run, "m": message}, maxlen=entries, approximate=True)
            pipeline.execute()
        self.confirmed = last
        self._beat_if_due()

    def rest(self) -> None:
        self._beat_if_due()
        if self._offset.is_due:
            ask_time(self._client, self._offset)

    def finish(self) -> None:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.xadd(STREAM, {"r": self.run, "m": wire.encode_end(self.confirmed)})
            pipeline.delete(alive_key(self.run))
            pipeline.execute()

    def _introduce(self, hello: dict[str, Any]) -> None:
        self._client.set(hello_key(self.run), json.dumps(hello), ex=HELLO_SECONDS)

    def _beat_if_due(self) -> None:
        if time.monotonic() - self._beaten >= BEAT_SECONDS:
            self._beat()

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        beat = wire.encode_beat(self.confirmed, self._offset.best())
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.set(alive_key(self.run), beat, px=round(ALIVE_SECONDS * 1e3))
            pipeline.expire(hello_key(self.run), HELLO_SECONDS)
            _, is_known = pipeline.execute()
        if not is_known:
            # It was restarted, or emptied: what it knew of us is gone.
            self._introduce(self._hello())


def _make_room(client: Any) -> None:
    """Throw away the older half of the stream, in case it is what fills Redis. Who missed it will be told."""
    with contextlib.suppress(Exception):
        client.xtrim(STREAM, maxlen=client.xlen(STREAM) // 2, approximate=False)
