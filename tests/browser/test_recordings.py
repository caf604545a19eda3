"""Recordings in the page: a file that is chosen or dropped, one that is refused, and the way back."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.demo_server import DemoServer
from tests.browser.scope_page import ScopePage

HEADER = {
    "flaskscope_recording": 1,
    "run": "ab",
    "app": "shop",
    "clock": {"monotonic_ns": "0", "unix_ms": 1.7e12},
}


@pytest.fixture
def recording(shared_demo: DemoServer, tmp_path: Path) -> Path:
    """What the demo recorded so far, as `flaskscope record` writes it."""
    with urllib.request.urlopen(shared_demo.url("/hello/ada")) as answer:
        answer.read()
    with urllib.request.urlopen(shared_demo.address + "events") as answer:
        lines = answer.read()
    path = tmp_path / "shop.jsonl"
    path.write_bytes(json.dumps(HEADER).encode() + b"\n" + lines)
    return path


@pytest.fixture
def opened(recording: Path) -> Iterator[str]:
    """The address of `flaskscope open` with it."""
    command = [sys.executable, "-m", "flaskscope", "open", str(recording), "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield next(line.strip() for line in process.stdout if "http://" in line)
        process.terminate()


def test_a_chosen_recording_is_shown_and_left_again(
    shared_demo: DemoServer, scope: ScopePage, recording: Path
) -> None:
    page = scope.open(shared_demo).page

    page.locator("input[type=file]").set_input_files(recording)

    note = page.get_by_role("region", name="A recording")
    expect(note).to_contain_text("shop.jsonl")
    expect(note).to_contain_text("Of shop, begun Nov 14, 2023")
    expect(scope.top.get_by_role("button", name="shop.jsonl, at its end")).to_be_visible()
    expect(page).to_have_title("shop.jsonl · FlaskScope")
    expect(page.locator(".fire-button")).to_have_count(0)
    assert scope.steps() == len(recording.read_text().splitlines()) - 1
    page.reload()
    expect(note).to_contain_text("shop.jsonl")

    note.get_by_role("button", name="Back to live").click()

    expect(scope.state).to_contain_text("Live")
    expect(scope.button("GET /")).to_be_visible()


def test_a_dropped_file_that_is_no_recording_is_refused_with_line_and_reason(
    shared_demo: DemoServer, scope: ScopePage
) -> None:
    page = scope.open(shared_demo).at_real_speed().page
    scope.fire("GET /")
    steps = scope.steps()

    page.evaluate(
        """(text) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], 'notes.txt'));
          for (const type of ['dragenter', 'dragover', 'drop']) {
            const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
            document.body.dispatchEvent(event);
          }
        }""",
        json.dumps(HEADER) + "\nnot an event\n",
    )

    card = page.get_by_role("region", name="Recording", exact=True)
    expect(card).to_contain_text("notes.txt is not shown")
    expect(card).to_contain_text("Line 2: this is no JSON object.")
    assert scope.steps() >= steps
    expect(scope.state).to_contain_text("Live")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_an_opened_recording_says_that_it_is_one(scope: ScopePage, opened: str) -> None:
    scope.page.goto(opened)

    expect(scope.page.get_by_role("region", name="A recording")).to_contain_text("shop.jsonl")
    expect(scope.top.get_by_role("button", name="shop.jsonl, at its end")).to_be_visible()
    expect(scope.page.get_by_role("button", name="Back to live")).to_have_count(0)
    expect(scope.page.get_by_role("button", name="Build a request")).to_have_count(0)
