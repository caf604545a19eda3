"""A connection to Redis that neither waits for long nor tries again by itself, and never tells its password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flaskscope.bus.clocks import Offset
from flaskscope.errors import SettingError

#: Seconds that connecting, and each answer, may take. With redis-py's own defaults a Redis that hangs would hold us
#: for more than ten.
TIMEOUT_SECONDS = 2.0

#: What all our keys begin with: the protocol's version, so that two of them do not meet.
PREFIX = "flaskscope:1:"

#: The stream of all events of all processes.
STREAM = f"{PREFIX}events"

#: Seconds that a process is taken for live after its last beat, and between two beats.
ALIVE_SECONDS, BEAT_SECONDS = 3.0, 1.0

#: Seconds that is kept what a process said of itself, after its last beat. Its events cannot be told without.
HELLO_SECONDS = 6 * 60 * 60


def hello_key(run: str) -> str:
    """Return where is written what the process *run* says of itself."""
    return f"{PREFIX}hello:{run}"


def alive_key(run: str) -> str:
    """Return where the process *run* gives its signs of life."""
    return f"{PREFIX}alive:{run}"


class RedisAddress:
    """Where Redis is: ``redis://host:port/number`` or ``rediss://user:password@host:port/number``.

    Raises:
        SettingError: If redis-py is not installed, or does not understand *url*.
    """

    def __init__(self, url: str) -> None:
        try:
            import redis  # noqa: F401
        except ImportError:
            raise SettingError(
                "FLASKSCOPE_REDIS_URL",
                "…",
                "it needs redis-py, which is not installed",
                "pip install 'flaskscope[redis]'",
            ) from None
        parts = urlsplit(url)
        self._url = url
        # Without name, password and options, so that it can be logged.
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        try:
            self.connect().close()
        except (ValueError, TypeError) as error:
            problem = f"redis-py does not understand it ({type(error).__name__})"
            raise SettingError("FLASKSCOPE_REDIS_URL", self.name, problem, "Look at its options.") from None

    def connect(self) -> Any:
        """Return a client, which connects when it is first used."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return redis.Redis.from_url(
            self._url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            client_name="flaskscope",
        )


def explained(error: Exception) -> str:
    """Return in a few words why Redis could not be used, without anything secret."""
    from redis.exceptions import AuthenticationError

    said = str(error)
    if isinstance(error, AuthenticationError) or said.startswith(("NOAUTH", "WRONGPASS")):
        return f"the name or password in FLASKSCOPE_REDIS_URL is wrong or missing: {said}"
    if is_full(error):
        return f"it is full: {said}"
    return said or type(error).__name__


def is_full(error: Exception) -> bool:
    """Return whether Redis has as much in it as its *maxmemory* allows."""
    # Not all versions of redis-py have a class for it, and some leave out the word that Redis begins with.
    return "OOM" in str(error) or "maxmemory" in str(error)


def ask_time(client: Any, offset: Offset) -> None:
    """Ask Redis for the time and have *offset* learn from it."""
    asked = offset.ask()
    seconds, micros = client.time()
    offset.learn(asked, seconds * 1e3 + micros / 1e3)
