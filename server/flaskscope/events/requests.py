"""Events of requests, and of what goes wrong in them or outside of any."""

from __future__ import annotations

from typing import Literal, NamedTuple

from flaskscope.events.values import Failure


class RequestStarted(NamedTuple):
    """Flask begins to dispatch a request."""

    number: int
    at_ns: int
    kind: Literal["request.started"]
    lane: int
    context: int | None
    site: int | None
    method: str
    path: str


class RequestMatched(NamedTuple):
    """The URL was matched. *endpoint* and *rule* are ``None`` when nothing matched; *failure* says why."""

    number: int
    at_ns: int
    kind: Literal["request.matched"]
    lane: int
    context: int | None
    site: int | None
    endpoint: str | None
    rule: str | None
    failure: Failure | None


class RequestFinished(NamedTuple):
    """The response is ready. *duration_ns* counts from the push of its context."""

    number: int
    at_ns: int
    kind: Literal["request.finished"]
    lane: int
    context: int | None
    site: int | None
    status: int
    duration_ns: int


class ExceptionRaised(NamedTuple):
    """An exception left a view or a callback. *site* is the line that raised it.

    *handled* is true if the app has an error handler for it; HTTP errors that one answers are not told.
    """

    number: int
    at_ns: int
    kind: Literal["exception"]
    lane: int
    context: int | None
    site: int | None
    type: str
    message: str
    handled: bool = False


class AccessFailed(NamedTuple):
    """``current_app``, ``g``, ``request`` or ``session`` was used with nothing behind it.

    Or ``app_ctx`` or ``request_ctx``, which extensions use. *message* is the first line of Flask's own. *importing* is
    true when it happened while a module was being imported. *needs* is the type of context that was missing, ``app``
    or ``request``. *via* is the package that used it where *site*, the nearest line of the user's, did not itself.
    *runner* is the kind of job it happened in, ``Celery task`` say, where a job runner called it.
    """

    number: int
    at_ns: int
    kind: Literal["access.failed"]
    lane: int
    context: int | None
    site: int | None
    proxy: str
    message: str
    importing: bool
    needs: str
    via: str | None = None
    runner: str | None = None
