"""Eight threads send two hundred requests while the page looks on: nothing is lost, nothing is mixed up."""

from __future__ import annotations

import http.client
import json
import re
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.canvas import Canvas
from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

THREADS = 8
REQUESTS_EACH = 25


def test_what_the_page_holds_is_what_the_journal_holds(
    demo: DemoServer, scope: ScopePage, page: Page, canvas: Canvas
) -> None:
    """Numbers without a gap, and every context popped on the lane on which it was pushed."""
    scope.open(demo)

    with ThreadPoolExecutor(THREADS) as threads:
        statuses = [status for one in threads.map(lambda n: visit(demo, n), range(THREADS)) for status in one]

    assert statuses == [200] * (THREADS * REQUESTS_EACH)
    journal = journal_of(demo)
    canvas.wait_for_events(len(journal))
    held = events_held_by(page)

    assert [event["number"] for event in journal] == list(range(1, len(journal) + 1))
    assert held == journal

    stacks: dict[int, list[int]] = defaultdict(list)
    pushed = 0
    for event in held:
        if event["kind"] == "context.pushed":
            stacks[event["lane"]].append(event["context"])
            pushed += 1
        elif event["kind"] == "context.popped":
            assert stacks[event["lane"]].pop() == event["context"], event
    assert pushed == 2 * THREADS * REQUESTS_EACH
    assert not any(stacks.values())

    scope.expect_step(len(journal), len(journal))
    expect(scope.state).to_contain_text("Live, following")
    expect(scope.problems).to_be_hidden()
    expect(scope.lasting).to_contain_text(f"g began empty in all {THREADS * REQUESTS_EACH} pushes.")


def visit(demo: DemoServer, thread: int) -> list[int]:
    """Send the requests of one thread; return their statuses."""
    parts = urlsplit(demo.address)
    statuses = []
    for number in range(REQUESTS_EACH):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request(
            "POST" if number % 5 == 0 else "GET", "/login" if number % 5 == 0 else f"/hello/t{thread}"
        )
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        connection.close()
    return statuses


def journal_of(demo: DemoServer) -> list[dict[str, Any]]:
    """Return the events that the server keeps, as it gives them to programs, with the names that the page has."""
    with urllib.request.urlopen(f"{demo.address}events", timeout=30) as answer:
        events = [in_camel_case(json.loads(line)) for line in answer]
    for event in events:
        # A program gets lanes and sites in full, the page their numbers.
        for place in ("lane", "site"):
            event[place] = event[place] and event[place]["id"]
    return events


def events_held_by(page: Page) -> list[dict[str, Any]]:
    """Return the events in the page's own store."""
    events = page.evaluate(
        "() => Array.from({ length: window.scope.store.size }, (_, i) => window.scope.store.at(i))"
    )
    return cast("list[dict[str, Any]]", events)


def in_camel_case(value: Any) -> Any:
    if isinstance(value, list):
        return [in_camel_case(item) for item in value]
    if isinstance(value, dict):
        return {
            re.sub("_(.)", lambda match: match[1].upper(), name): in_camel_case(item)
            for name, item in value.items()
        }
    return value
