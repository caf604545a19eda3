"""The settings: read once, checked, and never changed afterwards.

Each is a key of ``app.config`` or an environment variable of the same name; ``app.config`` wins. The
environment has text only, so lists are written there with commas between their items.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal
from urllib.parse import urlsplit

from flaskscope.editors import editor_named, editor_of_programs
from flaskscope.errors import SettingError

logger = logging.getLogger(__name__)

PREFIX = "FLASKSCOPE_"

#: Events kept when nothing else was asked for: about 30 MB, some 9,000 plain requests.
DEFAULT_MAX_EVENTS = 100_000

#: Fewer would not hold a single busy request, more would fill the memory of the watched app.
MIN_MAX_EVENTS, MAX_MAX_EVENTS = 100, 5_000_000

#: A shorter token is accepted, but said to be weak: someone on the same network could guess it.
STRONG_TOKEN_LENGTH = 16

#: A request is answered long before that: an older request context was kept by mistake.
DEFAULT_STALE_SECONDS = 300.0

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_URL_PREFIX = re.compile(r"(?:/[A-Za-z0-9_.~-]+)+")
_HOST_NAME = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, slots=True)
class Settings:
    """How FlaskScope behaves for one app.

    Attributes:
        record: ``always``, or ``watched``: only while somebody looks.
        url_prefix: Where the dashboard is, without a slash at its end.
        hosts: Names, besides those of this machine, under which the dashboard may be opened; in lower case and
            without a port. ``*.example.com`` stands for every name that ends so.
        token: What a visitor has to know; ``None`` when being on this machine is enough.
        max_events: How many events are kept; the oldest leave first.
        redact: Regular expressions, searched without regard to case. A value whose name matches one is never
            looked at. They come on top of the built-in ones.
        exclude: Paths of requests that are not to be told of, with all below them; ``*`` in one stands for any text.
        editor: An address with ``{path}`` and ``{line}`` in it, or ``None``.
        allow: Names of the doctor's rules that are switched off.
        stale_seconds: A request context whose session is used when it is older is told by the doctor.
        redis_url: The address of a Redis through which processes on any host send what is recorded, or ``None``. It
            may hold a password.
        hub_url: The address of a hub that gets what is recorded here, or ``None``.
    """

    record: Literal["always", "watched"] = "always"
    url_prefix: str = "/_flaskscope"
    hosts: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    max_events: int = DEFAULT_MAX_EVENTS
    redact: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    editor: str | None = None
    allow: tuple[str, ...] = ()
    stale_seconds: float = DEFAULT_STALE_SECONDS
    redis_url: str | None = field(default=None, repr=False)
    hub_url: str | None = field(default=None, repr=False)


def is_enabled(config: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> bool | None:
    """Return what FLASKSCOPE_ENABLED says, or ``None`` if it is not set.

    It is read apart from the rest, so that nothing else is looked at where FlaskScope is off: a mistake in
    another setting must not stop an app in production.

    Raises:
        SettingError: If it is neither a yes nor a no.
    """
    return _flag("FLASKSCOPE_ENABLED", _lookup(config, environ, "FLASKSCOPE_ENABLED"))


def read_settings(config: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that *config* (an ``app.config``) and *environ* (this process's) make.

    A name that begins with FLASKSCOPE_ and is none of ours is logged as a warning, with the nearest real name.

    Raises:
        SettingError: If a setting has a value that cannot be used.
    """
    _warn_of_unknown(config, environ)

    def value(name: str) -> Any:
        return _lookup(config, environ, PREFIX + name)

    return Settings(
        record=_record(value("RECORD")),
        url_prefix=_url_prefix(value("URL_PREFIX")),
        hosts=_hosts(value("HOSTS")),
        token=_token(value("TOKEN")),
        max_events=_max_events(value("MAX_EVENTS")),
        redact=_redact(value("REDACT")),
        exclude=_exclude(value("EXCLUDE")),
        editor=_editor(value("EDITOR"), environ),
        allow=_items("FLASKSCOPE_ALLOW", value("ALLOW")),
        stale_seconds=_stale_seconds(value("STALE_SECONDS")),
        redis_url=_address(
            "FLASKSCOPE_REDIS_URL", value("REDIS_URL"), ("redis", "rediss"), "redis://host:port/number"
        ),
        hub_url=_address(
            "FLASKSCOPE_HUB_URL",
            value("HUB_URL"),
            ("http", "https", "ws", "wss"),
            "http://host:port/_flaskscope",
        ),
    )


_KNOWN = {PREFIX + each.name.upper() for each in fields(Settings)} | {
    PREFIX + "ENABLED",
    PREFIX + "DEMO_INSTANCE",
}


def redact_patterns(config: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return what FLASKSCOPE_REDACT says, for those who read no other setting.

    Raises:
        SettingError: If it holds something else than regular expressions.
    """
    return _redact(_lookup(config, environ, "FLASKSCOPE_REDACT"))


def doctor_settings(environ: Mapping[str, str] | None = None) -> tuple[tuple[str, ...], float]:
    """Return what FLASKSCOPE_ALLOW and FLASKSCOPE_STALE_SECONDS say in the environment, for those who have no app.

    Raises:
        SettingError: If one of them cannot be used.
    """
    return (
        _items("FLASKSCOPE_ALLOW", _lookup({}, environ, "FLASKSCOPE_ALLOW")),
        _stale_seconds(_lookup({}, environ, "FLASKSCOPE_STALE_SECONDS")),
    )


def _lookup(config: Mapping[str, Any], environ: Mapping[str, str] | None, name: str) -> Any:
    """Return the value of a setting; an empty text in the environment counts as not set."""
    if config.get(name) is not None:
        return config[name]
    return (os.environ if environ is None else environ).get(name) or None


def _warn_of_unknown(config: Mapping[str, Any], environ: Mapping[str, str] | None) -> None:
    names = {*config, *(os.environ if environ is None else environ)}
    for name in sorted(name for name in names if name.startswith(PREFIX) and name not in _KNOWN):
        near = difflib.get_close_matches(name, _KNOWN, n=1)
        logger.warning(
            "%s is not a setting of FlaskScope%s.", name, f"; did you mean {near[0]}?" if near else ""
        )


def _flag(name: str, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise SettingError(name, value, "neither a yes nor a no", "Write 1 or 0.")


def _items(name: str, value: Any) -> tuple[str, ...]:
    """Return the items of a list, or of a text with commas between them."""
    if value is None:
        return ()
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset) or not all(
        isinstance(part, str) for part in parts
    ):
        raise SettingError(name, value, "not a list of texts", "Write a list, or one text with commas.")
    return tuple(part.strip() for part in parts if part.strip())


def _record(value: Any) -> Literal["always", "watched"]:
    if value is None or value == "always":
        return "always"
    if value == "watched":
        return "watched"
    raise SettingError(
        "FLASKSCOPE_RECORD",
        value,
        "no such way to record",
        "Write 'always', or 'watched' to record only while somebody looks.",
    )


def _url_prefix(value: Any) -> str:
    if value is None:
        return "/_flaskscope"
    text = value.rstrip("/") if isinstance(value, str) else ""
    if not _URL_PREFIX.fullmatch(text) or {".", ".."} & set(text.split("/")):
        raise SettingError(
            "FLASKSCOPE_URL_PREFIX",
            value,
            "not a path that the dashboard can be under",
            "Write it like /_flaskscope: a slash, then letters, digits, '_', '-', '.' or '~'.",
        )
    return text


def _hosts(value: Any) -> tuple[str, ...]:
    hosts = tuple(host.lower() for host in _items("FLASKSCOPE_HOSTS", value))
    for host in hosts:
        if not _HOST_NAME.fullmatch(host):
            raise SettingError(
                "FLASKSCOPE_HOSTS",
                value,
                f"{host!r} is not a host name",
                "Write names without http:// and without a port: dev.example.com, 192.168.1.7 or *.example.com.",
            )
    return hosts


def _token(value: Any) -> str | None:
    if value is None:
        return None
    if (
        not isinstance(value, str)
        or not value.isascii()
        or not value.isprintable()
        or set(value) & set(" &#+%;")
    ):
        # The value is a secret: it is not repeated.
        raise SettingError(
            "FLASKSCOPE_TOKEN",
            "…",
            "it has to travel in an address, and this one cannot",
            "Use letters and digits: python -c 'import secrets; print(secrets.token_urlsafe(24))' makes a good one.",
        )
    if len(value) < STRONG_TOKEN_LENGTH:
        logger.warning(
            "FLASKSCOPE_TOKEN has %d characters; with fewer than %d it can be guessed.",
            len(value),
            STRONG_TOKEN_LENGTH,
        )
    return value


def _max_events(value: Any) -> int:
    if value is None:
        return DEFAULT_MAX_EVENTS
    try:
        number = int(str(value).replace("_", "")) if not isinstance(value, bool | float) else None
    except ValueError:
        number = None
    if number is None or not MIN_MAX_EVENTS <= number <= MAX_MAX_EVENTS:
        raise SettingError(
            "FLASKSCOPE_MAX_EVENTS",
            value,
            "not a number of events that can be kept",
            f"Write a whole number from {MIN_MAX_EVENTS} to {MAX_MAX_EVENTS}.",
        )
    return number


def _stale_seconds(value: Any) -> float:
    if value is None:
        return DEFAULT_STALE_SECONDS
    try:
        seconds = float(value) if not isinstance(value, bool) else 0.0
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise SettingError(
            "FLASKSCOPE_STALE_SECONDS",
            value,
            "not a number of seconds",
            "Write a number above 0, such as 300.",
        )
    return seconds


def _redact(value: Any) -> tuple[str, ...]:
    patterns = _items("FLASKSCOPE_REDACT", value)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise SettingError(
                "FLASKSCOPE_REDACT",
                value,
                f"{pattern!r} is not a regular expression ({error})",
                "Write words or regular expressions, such as iban,^tax_.",
            ) from None
    return patterns


def _exclude(value: Any) -> tuple[str, ...]:
    paths = _items("FLASKSCOPE_EXCLUDE", value)
    for path in paths:
        if not path.startswith("/"):
            raise SettingError(
                "FLASKSCOPE_EXCLUDE",
                value,
                f"{path!r} is not a path of the app",
                "Begin each path with a slash: /static,/health.",
            )
    return tuple(path.rstrip("/") or "/" for path in paths)


def _editor(value: Any, environ: Mapping[str, str] | None) -> str | None:
    if value is not None:
        return editor_named(value)
    return editor_of_programs(os.environ if environ is None else environ)


def _address(name: str, value: Any, schemes: tuple[str, ...], example: str) -> str | None:
    if value is None:
        return None
    problem = "not an address"
    if isinstance(value, str):
        try:
            parts = urlsplit(value)
            problem = "" if parts.hostname and parts.port != 0 else "no host in it"
            if parts.scheme not in schemes:
                problem = f"no scheme {' or '.join(schemes)} at its beginning"
        except ValueError:
            problem = "its host or port is not one"
    if problem:
        raise SettingError(name, _without_secrets(value), problem, f"Write it as {example}.")
    return str(value)


def _without_secrets(value: Any) -> Any:
    """Return an address to be shown: without name and password, and without a token."""
    if not isinstance(value, str):
        return value
    # Up to the last @: a password with an @ in it is a usual mistake.
    return re.sub(r"(?<=token=)[^&#]*", "…", re.sub(r"(?<=:)/*[^/].*@", "//…@", value))
