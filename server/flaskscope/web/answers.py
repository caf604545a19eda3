"""What the guard answers by itself, and the headers that every answer of the dashboard carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Own scripts and styles only, no inline code, no frame around the page, no form, no foreign request. No CORS header
#: is ever sent.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_OURS = {name.lower() for name in SECURITY_HEADERS}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer in plain text: *status* as in ``403 Forbidden``, and one sentence."""

    status: str
    sentence: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        body = b"" if environ.get("REQUEST_METHOD") == "HEAD" else (self.sentence + "\n").encode()
        length = ("Content-Length", str(len(body)))
        start_response(self.status, [("Content-Type", "text/plain; charset=utf-8"), length, *self.headers])
        return [body]


def bad_request(sentence: str) -> Answer:
    """Return a 400 that says what is wrong."""
    return Answer("400 Bad Request", sentence)


def forbidden(sentence: str) -> Answer:
    """Return a 403 that says why."""
    return Answer("403 Forbidden", sentence)


def unavailable(sentence: str, retry_seconds: int | None = None) -> Answer:
    """Return a 503 that says what to change, or to come back in *retry_seconds*."""
    retry = (("Retry-After", str(retry_seconds)),) if retry_seconds else ()
    return Answer("503 Service Unavailable", sentence, retry)


def secured(app: WSGIApplication) -> WSGIApplication:
    """Return *app* with `SECURITY_HEADERS` on everything it answers, errors included."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(
            status: str, headers: list[tuple[str, str]], *exc_info: object
        ) -> Callable[[bytes], object]:
            kept = [pair for pair in headers if pair[0].lower() not in _OURS]
            return start_response(status, [*kept, *SECURITY_HEADERS.items()], *exc_info)  # type: ignore[arg-type]

        return app(environ, start)

    return answer
