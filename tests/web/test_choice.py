"""Leaving out kinds of events at the source: who may, which ones, and that nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flaskscope.doctor.rules import RULES
from flaskscope.record.numbering import OPTIONAL_KINDS

if TYPE_CHECKING:
    from conftest import Peer, Served  # type: ignore[import-not-found]

ADDRESS = "/_flaskscope/recording"


def choose(served: Served, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    sent = {"Content_Type": "application/json", **headers}
    status, answered, text = served.send("POST", ADDRESS, json.dumps(body).encode(), **sent)
    return status, json.loads(text) if answered["Content-Type"] == "application/json" else {}


def events_after(served: Served, number: int) -> list[Any]:
    served.scope.hub.flush()
    return list(served.scope.hub.journal.read(number, 1_000).events)


def test_what_is_left_out_is_counted_and_leaves_no_gap_in_the_numbers(served: Served) -> None:
    served.get("/")
    whole = [event.kind for event in events_after(served, 0)]
    assert {"session.read", "request.matched"} <= set(whole)

    status, message = choose(served, {"without": ["session.read", "request.matched"]})
    served.get("/")

    assert (200, "settings", ["session.read", "request.matched"], 0) == (
        status,
        *(message[name] for name in ("type", "without", "left_out")),
    )
    told = events_after(served, 0)
    assert list(range(1, len(told) + 1)) == [event.number for event in told]
    second = [event.kind for event in told[len(whole) :]]
    left = [kind for kind in whole if kind not in ("session.read", "request.matched")]
    assert left == second
    asked = json.loads(served.get(ADDRESS)[2])
    assert len(whole) - len(left) == asked["left_out"]

    assert 200 == choose(served, {"without": []})[0]
    served.get("/")
    assert whole == [event.kind for event in events_after(served, len(told))]


def test_all_who_watch_are_told_and_so_is_who_comes_later(
    served: Served, connect: Callable[..., Peer]
) -> None:
    watcher = connect(served)
    assert [] == watcher.until("hello")["settings"]["without"]

    _, message = choose(served, {"without": ["g.read"], "run": served.scope.recording.run})

    assert message == watcher.until("settings")
    hello = connect(served).until("hello")
    assert ["g.read"] == hello["settings"]["without"]
    assert 0 == hello["counts"]["left_out"]


def test_a_kind_that_others_rest_on_is_refused_by_name(served: Served) -> None:
    status, error = choose(served, {"without": ["g.read", "context.pushed"]})

    assert (400, "context.pushed") == (status, error["value"])
    assert "g.read, g.missed, session.read, request.matched, teardown" in error["remedy"]
    assert [] == served.scope.recording.without


def test_what_is_no_list_of_kinds_is_refused(served: Served) -> None:
    for body in ({}, {"without": "g.read"}, {"without": [3]}, {"without": [["g.read"]]}):
        status, error = choose(served, body)

        assert (400, "'without' is not a list of kinds.") == (status, error["what"])
    assert 400 == choose(served, ["g.read"])[0]
    assert [] == served.scope.recording.without


def test_what_was_meant_for_another_process_changes_nothing(served: Served) -> None:
    status, error = choose(served, {"without": ["g.read"], "run": "0123456789abcdef"})

    assert (400, "0123456789abcdef") == (status, error["value"])
    assert [] == served.scope.recording.without


def test_another_site_and_a_form_are_turned_away(served: Served) -> None:
    assert 403 == choose(served, {"without": ["g.read"]}, Origin="http://evil.example")[0]
    assert 415 == choose(served, {"without": ["g.read"]}, Content_Type="text/plain")[0]
    assert [] == served.scope.recording.without


def test_without_the_token_nobody_may(serve: Callable[..., Served]) -> None:
    served = serve({"FLASKSCOPE_TOKEN": "a-token-for-the-others"})

    assert 401 == choose(served, {"without": ["g.read"]})[0]
    assert [] == served.scope.recording.without
    own = "Bearer a-token-for-the-others"
    assert 200 == choose(served, {"without": ["g.read"]}, Authorization=own)[0]


def test_what_goes_wrong_cannot_be_left_out() -> None:
    # What the rules below lose is told in the page; no other rule reads what can be left out.
    reading = {rule.name for rule in RULES if set(rule.kinds) & set(OPTIONAL_KINDS)}

    assert {"teardown-repeated", "teardown-slow", "teardown-raised", "stale-request-context"} == reading
