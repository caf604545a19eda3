"""What a page may set off on the server: scenarios from a list, and nothing else."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from flask import Blueprint, Response, request

from flaskscope import wire
from flaskscope.errors import MessageError, ScenarioError
from flaskscope.hub.hub import Hub

#: Characters of the id that a page gives to what it fires.
MAX_FIRE_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario came to: *summary* is one sentence, *output* what it wrote."""

    ok: bool
    summary: str
    exit_status: int | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something a page can fire.

    Attributes:
        name: Part of an address: letters, digits, ``-`` and ``_``.
        title: What its button says.
        hint: What it shows, in half a sentence.
        group: Where its button is.
        does: ``request``: the page's own browser sends *method* to *path*, *times* at once, so that the cookies
            are its own. ``scenario``: the server calls *run*.
        run: Called in a thread of the server, without a context pushed; may take its time and may raise.
        rule: Of a fault: the rule of the doctor that tells it.
        mends: Of a mended twin: the name of the fault that it does the right way. It stands right after that fault.
    """

    name: str
    title: str
    hint: str
    group: Literal["request", "without", "wrong"]
    does: Literal["request", "scenario"]
    method: str = "GET"
    path: str | None = None
    times: int = 1
    run: Callable[[], Outcome] | None = None
    rule: str | None = None
    mends: str | None = None

    def described(self) -> dict[str, Any]:
        """Return what a page is told of it."""
        fields = ("name", "title", "hint", "group", "does", "method", "path", "times")
        described = {field: getattr(self, field) for field in fields}
        return described | {
            field: value for field in ("rule", "mends") if (value := getattr(self, field)) is not None
        }


def check_scenarios(scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """Return *scenarios* as they are.

    Raises:
        ScenarioError: If a name is not fit for an address or is there twice, if one has nothing to do, or if a twin
            does not follow its fault.
    """
    checked: dict[str, Scenario] = {}
    before: Scenario | None = None
    for scenario in scenarios:
        name = scenario.name
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ScenarioError(
                f"The scenario name {name!r} is part of an address: use letters, digits, '-' and '_'."
            )
        if name in checked:
            raise ScenarioError(f"There are two scenarios called {name!r}: give one of them another name.")
        if scenario.does == "scenario" and scenario.run is None:
            raise ScenarioError(f"The scenario {name!r} has nothing to run: give it run=….")
        if scenario.does == "request" and not (scenario.path or "").startswith("/"):
            raise ScenarioError(f"The scenario {name!r} has no path of the app: give it path='/…'.")
        if scenario.mends is not None and (before is None or before.name != scenario.mends):
            raise ScenarioError(
                f"The scenario {name!r} mends {scenario.mends!r}, which is not the one before it: "
                "put a twin right after its fault."
            )
        checked[name] = before = scenario
    return tuple(checked.values())


class Actions:
    """Runs *scenarios*, each one at a time, and tells everyone who watches *hub* what they came to."""

    def __init__(self, scenarios: Iterable[Scenario], hub: Hub) -> None:
        self.scenarios = check_scenarios(scenarios)
        self._by_name = {scenario.name: scenario for scenario in self.scenarios}
        self._running = {scenario.name: threading.Lock() for scenario in self.scenarios}
        self._hub = hub

    def fire(self, name: str, body: bytes) -> tuple[bytes, int]:
        """Run the scenario *name* and return its message, and the HTTP status that goes with it."""
        scenario = self._by_name.get(name)
        if scenario is None:
            listed = ", ".join(self._by_name) or "none"
            return wire.encode_error("There is no scenario of this name.", name, f"There are: {listed}."), 404
        if scenario.run is None:
            remedy = f"Send {scenario.method} {scenario.path} to the app yourself, as the page does."
            return wire.encode_error("This one is a request to the app.", name, remedy), 409
        try:
            fire = _read_fire(body)
        except MessageError as error:
            return wire.encode_error(error.what, error.value, error.remedy), 400
        running = self._running[name]
        if not running.acquire(blocking=False):
            return wire.encode_error("This scenario is running already.", name, "Wait for its result."), 409
        try:
            message = _run(scenario, fire)
        finally:
            running.release()
        self._hub.publish(message)
        return message, 200


def make_routes(actions: Actions) -> Blueprint:
    """Return the route by which a page fires *actions*."""
    routes = Blueprint("actions", __name__)

    @routes.post("/fire/<name>")
    def fire(name: str) -> Response:
        message, status = actions.fire(name, request.get_data())
        return Response(message, status=status, mimetype="application/json")

    return routes


def _read_fire(body: bytes) -> str | None:
    """Return the id that the page gave, if it gave one."""
    fire = wire.parse_object(body).get("fire")
    if fire is not None and (not isinstance(fire, str) or not 0 < len(fire) <= MAX_FIRE_LENGTH):
        remedy = f"Send a text of 1 to {MAX_FIRE_LENGTH} characters, or leave it out."
        raise MessageError("'fire' is not an id.", str(fire), remedy)
    return fire


def _run(scenario: Scenario, fire: str | None) -> bytes:
    assert scenario.run is not None
    begun = time.monotonic()
    try:
        outcome = scenario.run()
    # Not only Exception: a scenario may end itself by sys.exit(), and the server goes on.
    except BaseException as error:  # noqa: BLE001
        theirs = error.__traceback__.tb_next if error.__traceback__ else None  # the first frame is ours
        output = "".join(traceback.format_exception(type(error), error, theirs))
        outcome = Outcome(ok=False, summary=f"It raised {type(error).__name__}.", output=output)
    return wire.encode_result(
        scenario=scenario.name,
        fire=fire,
        ok=outcome.ok,
        seconds=time.monotonic() - begun,
        summary=outcome.summary,
        exit_status=outcome.exit_status,
        output=outcome.output,
    )
