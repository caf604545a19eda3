"""Recordings in the page: a file that is chosen or dropped, one that is refused, and the way back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.canvas import Canvas
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


@contextmanager
def opening(recording: Path) -> Iterator[str]:
    """Run `flaskscope open`, and give the address of its page."""
    command = [sys.executable, "-m", "flaskscope", "open", str(recording), "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(line.strip() for line in process.stdout if "http://" in line)
        finally:
            process.terminate()


@pytest.fixture
def opened(recording: Path) -> Iterator[str]:
    """The address of `flaskscope open` with it."""
    with opening(recording) as address:
        yield address


#: A suite whose one test fails, with steps in its setup, its call and its teardown.
SUITE = """
import flask
import pytest

@pytest.fixture
def client():
    app = flask.Flask("shop")
    app.add_url_rule("/", view_func=lambda: "bread")
    client = app.test_client()
    client.get("/")
    yield client
    client.get("/")

def test_total_of_a_cart_in_which_there_is_a_loaf_of_bread_and_nothing_else(client):
    client.get("/")
    assert 0
"""


@pytest.fixture
def failed_test(tmp_path: Path) -> Path:
    """What the plugin of pytest keeps of a test that fails."""
    (tmp_path / "test_cart.py").write_text(SUITE)
    options = ["-p", "no:cacheprovider", "--flaskscope", "-o", "flaskscope_recordings=kept"]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", ".", "test_cart.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert 1 == done.returncode, done.stdout + done.stderr
    (kept,) = (tmp_path / "kept").glob("*.jsonl")
    return kept


def test_a_chosen_recording_is_shown_and_left_again(
    shared_demo: DemoServer, scope: ScopePage, recording: Path
) -> None:
    page = scope.open(shared_demo).page

    page.locator("input[type=file]").set_input_files(recording)

    note = page.get_by_role("region", name="A recording")
    expect(note).to_contain_text("shop.jsonl")
    expect(note).to_contain_text("Recording of shop, begun Nov 14, 2023")
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


TEST = "test_cart.py::test_total_of_a_cart_in_which_there_is_a_loaf_of_bread_and_nothing_else"


@pytest.mark.parametrize("how", ["opened", "dropped"])
def test_a_failed_test_is_shown_with_its_setup_call_and_teardown(
    shared_demo: DemoServer, scope: ScopePage, canvas: Canvas, failed_test: Path, how: str
) -> None:
    stretches = json.loads(failed_test.read_text().splitlines()[0])["stretches"]
    assert ["setup", "call", "teardown"] == [label for label, _, _ in stretches]
    with opening(failed_test) as address:
        if how == "opened":
            scope.page.goto(address)
        else:
            scope.open(shared_demo).page.locator("input[type=file]").set_input_files(failed_test)

        place = scope.narrator.get_by_role("paragraph").nth(3)
        for label, first, last in reversed(stretches):
            for step in (last, first):
                scope.playhead.focus()
                expect(scope.playhead).to_have_attribute("aria-valuemax", str(stretches[-1][2]))
                scope.page.keyboard.press("End")
                for _ in range(stretches[-1][2] - step):
                    scope.page.keyboard.press("ArrowLeft")
                expect(place).to_have_text(f"in {TEST} · {label}")
                expect(scope.playhead).to_have_attribute(
                    "aria-valuetext", re.compile(f"^Step {step} of .*, in {label}(:|$)")
                )
        scene = canvas.scene()
        top = scene["band"]["top"]
        assert [] != scene["stretches"]
        for shape in scene["stretches"]:
            x, right = max(shape["x"], scene["left"]) + 1, min(shape["right"], scene["width"]) - 1
            assert canvas.share("lineStrong", x, top, right - x, 1, ["lineStrong", "panel", "bg"]) > 0.8


def test_a_long_name_of_a_file_is_cut_and_told_whole(scope: ScopePage, failed_test: Path) -> None:
    with opening(failed_test) as address:
        scope.page.goto(address)
        name = scope.page.get_by_role("region", name="A recording").get_by_text(failed_test.name, exact=True)

        expect(name).to_have_attribute("title", failed_test.name)
        assert name.evaluate("(text) => text.scrollWidth > text.clientWidth")
        assert name.evaluate(
            "(text) => text.closest('section').scrollWidth <= text.closest('section').clientWidth"
        )
