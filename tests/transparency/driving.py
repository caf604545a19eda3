"""Sends a request to a WSGI application the way a server does, and keeps every byte of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.test import EnvironBuilder

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Answer:
    """What an application answered: the status line, the headers in their order, the chunks of the body."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.chunks: list[bytes] = []
        self.start_response_calls = 0
        self.body_type = ""

    @property
    def plain(self) -> dict[str, Any]:
        """Everything, to be compared."""
        return {
            "status": self.status,
            "headers": [list(header) for header in self.headers],
            "chunks": [chunk.decode("latin-1") for chunk in self.chunks],
            "start_response_calls": self.start_response_calls,
            "body_type": self.body_type,
        }

    @property
    def cookie(self) -> str:
        """The cookies that were set, as a browser sends them back."""
        return "; ".join(
            value.partition(";")[0] for name, value in self.headers if name.lower() == "set-cookie"
        )

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


def environ_for(path: str = "/", *, method: str = "GET", cookie: str = "", **more: Any) -> dict[str, Any]:
    """Return the environ of a request; *more* goes to Werkzeug's ``EnvironBuilder``."""
    builder = EnvironBuilder(path, method=method, **more)
    try:
        environ = builder.get_environ()
    finally:
        builder.close()
    if cookie:
        environ["HTTP_COOKIE"] = cookie
    # As a server's, so that nothing takes it for the test client's.
    environ["SERVER_SOFTWARE"] = "test/1"
    return environ


def send(
    app: WsgiApp, path: str = "/", *, environ: dict[str, Any] | None = None, chunks: int = -1, **more: Any
) -> Answer:
    """Send a request and read the answer; only the first *chunks* of it if that is not -1."""
    answer = Answer()
    if environ is None:
        environ = environ_for(path, **more)

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        answer.start_response_calls += 1
        answer.status = status
        answer.headers = list(headers)
        return answer.chunks.append

    body = app(environ, start_response)
    answer.body_type = type(body).__name__
    try:
        if chunks != 0:
            for chunk in body:
                answer.chunks.append(chunk)
                if len(answer.chunks) == chunks:
                    break
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    return answer


class Browser:
    """Sends requests and keeps the cookies it is given, as a browser does."""

    def __init__(self, app: WsgiApp) -> None:
        self.app = app
        self.cookies: dict[str, str] = {}

    def send(self, path: str = "/", **more: Any) -> Answer:
        """Send a request with all cookies, and keep what the answer sets and deletes."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = send(self.app, path, cookie=cookie, **more)
        for header, value in answer.headers:
            if header.lower() == "set-cookie":
                name, _, rest = value.partition("=")
                content = rest.partition(";")[0]
                if "max-age=0" in value.lower() or " 1970 " in value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = content
        return answer
