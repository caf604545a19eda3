"""Which kinds of events are recorded: a page may have some left out that nothing else needs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from flask import Blueprint, Response, request

from flaskscope import wire
from flaskscope.errors import MessageError
from flaskscope.hub.hub import Hub


class Choice(Protocol):
    """The part of a recording that leaves out kinds of events."""

    @property
    def optional(self) -> tuple[str, ...]:
        """The kinds that can be left out."""

    @property
    def without(self) -> list[str]:
        """Those that are."""

    @property
    def left_out(self) -> int:
        """How many events that were so far."""

    def leave_out(self, kinds: Collection[str]) -> None:
        """Leave out *kinds* from now on, and nothing else.

        Raises:
            ValueError: If one of them is not optional.
        """


def make_choice(choice: Choice, hub: Hub) -> Blueprint:
    """Return the routes by which a page asks what is left out by *choice*, and says what is to be.

    Everyone who watches *hub* is told of a change.
    """
    routes = Blueprint("choice", __name__)

    def told() -> bytes:
        hub.flush()
        return wire.encode_settings(choice.without, choice.left_out)

    @routes.get("/recording")
    def ask() -> Response:
        return Response(told(), mimetype="application/json")

    @routes.post("/recording")
    def choose() -> Response:
        try:
            kinds = _read_kinds(request.get_data(), choice.optional, hub.source.run)
            choice.leave_out(kinds)
        except MessageError as error:
            message = wire.encode_error(error.what, error.value, error.remedy)
            return Response(message, status=400, mimetype="application/json")
        message = told()
        hub.publish(message)
        return Response(message, mimetype="application/json")

    return routes


def _read_kinds(body: bytes, optional: tuple[str, ...], run: str) -> list[str]:
    """Return the kinds in what a page sent.

    Raises:
        MessageError: If it is no list of optional kinds, or is meant for another process.
    """
    asked = wire.parse_object(body)
    kinds = asked.get("without")
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        remedy = f"Send a list of any of {', '.join(optional)}; an empty one records everything."
        raise MessageError("'without' is not a list of kinds.", None if kinds is None else str(kinds), remedy)
    for kind in kinds:
        if kind not in optional:
            remedy = f"These can be left out: {', '.join(optional)}."
            raise MessageError("This kind of event is always recorded.", kind, remedy)
    meant = asked.get("run")
    if meant is not None and meant != run:
        # Of several workers of a server any may answer.
        raise MessageError(
            "Another process answered than the one that was meant.", str(meant), "Try it again."
        )
    return kinds
