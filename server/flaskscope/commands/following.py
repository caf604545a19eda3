"""Follows the events of a running app through the dashboard's lines of JSON."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from flaskscope.commands.tail import DEFAULT_URL
from flaskscope.development_server import Refusal
from flaskscope.errors import MessageError
from flaskscope.lines import Ended, Line, Lost, parse_line

#: Seconds that a server has to answer. Events may then come as late as they happen.
ANSWER_SECONDS = 10

#: Bytes of a line. A longer one is no event.
MAX_LINE = 1_000_000


def follow(
    url: str, *, after: int = 0, wait: bool = True, processes: bool = False
) -> Iterator[Line | Lost | Ended]:
    """Yield the events of the dashboard at *url*, after number *after*, as they come; without *wait* only until now.

    Args:
        url: The address that was printed when the app was started, with its ``?token=…`` if it has one.
        after: The number of the last event that is not wanted.
        wait: Whether to go on until the server ends.
        processes: Whether events of other processes are wanted that send theirs to that dashboard, and when one ends.

    Raises:
        Refusal: If there is no dashboard, or it does not let us in, or what it sends is not understood.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(
            f"--url is {url!r}: no address. Write it as {DEFAULT_URL}, as the start of the app printed it."
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    token = parse_qs(parts.query).get("token", [""])[0]
    path = f"{parts.path.rstrip('/')}/events?after={after}{'&follow=1' if wait else ''}"
    path += "&processes=1" if processes else ""
    with contextlib.closing(kind(parts.hostname, parts.port, timeout=ANSWER_SECONDS)) as connection:
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise Refusal(
                f"--url is {url!r}: nothing answers there ({error}). Is the app running with FlaskScope?"
            ) from None
        if response.status != 200:
            raise Refusal(_why_not(url, response.status, response.read(2_000)))
        if connection.sock is not None:
            connection.sock.settimeout(None)  # nothing happens for as long as nothing happens
        yield from _lines(response)


def _lines(response: http.client.HTTPResponse) -> Iterator[Line | Lost | Ended]:
    while True:
        try:
            text = response.readline(MAX_LINE)
        except (OSError, http.client.HTTPException):
            return  # the server ended
        if not text.endswith(b"\n"):
            return
        try:
            yield parse_line(text)
        except MessageError as error:
            raise Refusal(
                f"The dashboard sent something else than events: {error} It was: {error.value!r}"
            ) from None


def _why_not(url: str, status: int, body: bytes) -> str:
    if status == 401:
        return (
            f"--url is {url!r}: it needs its token. Copy the whole address that the start of the app printed."
        )
    said = body.decode("utf-8", "replace").strip().replace("\n", " ")[:200]
    return f"--url is {url!r}: it answers {status} ({said}). Is it the address of a FlaskScope dashboard?"
