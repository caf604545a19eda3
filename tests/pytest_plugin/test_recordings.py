"""What a failed test did is kept in a file, and the failure says how to open it."""

from __future__ import annotations

import os
import re
import shlex
import urllib.request
from pathlib import Path

import pytest

from flaskscope.recordings import read_recording
from tests.commands.command import Running
from tests.pytest_plugin.suite import run

pytest_plugins = ["pytester"]

FAILS = """
def test_good(app): app.test_client().get("/")
def test_bad(app):
    app.test_client().get("/")
    assert 1 == 2
"""


def test_the_command_that_opens_it_is_in_the_report_of_the_failure(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", test_it=FAILS)

    (recording,) = done.recordings
    assert {"passed": 1, "failed": 1} == done.outcomes
    report = done.text.partition("assert 1 == 2")[2].partition("= FlaskScope =")[0]
    assert f"flaskscope open {recording.relative_to(done.folder)}" in report


def test_that_command_shows_it_in_the_page(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", test_it=FAILS)
    command = re.search(r"^flaskscope (open .+)$", done.text, re.MULTILINE)
    assert command is not None

    running = Running(done.folder, *shlex.split(command[1]), "--port", "0", "--no-open")
    try:
        address = running.wait_for(r"http://\S+")
        told = running.wait_for(r"Events by stretch: .*")
        with urllib.request.urlopen(address, timeout=10) as page:
            text = page.read().decode()
    finally:
        running.kill()

    assert re.fullmatch(r"Events by stretch: call 1 to \d+\.", told)
    assert "FlaskScope" in text


def test_it_has_what_that_test_did_and_no_other(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", test_it=FAILS)

    recorded = read_recording(done.recordings[0])
    assert "shop" == recorded.app
    assert "pytest test_it.py::test_bad" == recorded.header.process
    assert ["pytest test_bad"] == [lane.name for lane in recorded.lanes]
    assert 1 == [event.kind for event in recorded.recorded].count("request.finished")
    assert [1] == [event.number for event in recorded.recorded][:1]


def test_it_has_what_was_pushed_before_the_test_began(pytester: pytest.Pytester) -> None:
    """The context that a wider fixture keeps pushed belongs to what the test saw, and so does its g."""
    body = """
import pytest
from flask import g
from conftest import make_app
@pytest.fixture(scope="module", autouse=True)
def app():
    the_app = make_app()
    with the_app.app_context():
        g.currency = "EUR"
        yield the_app
def test_good(app): app.test_client().get("/")
def test_bad(app): assert app.test_client().get("/").text == g.currency
"""
    done = run(pytester, "--flaskscope", test_it=body)

    kinds = [event.kind for event in read_recording(done.recordings[0]).recorded]
    assert ["context.pushed", "g.set"] == kinds[:2]
    assert 1 == kinds.count("request.finished")


def test_setup_call_and_teardown_are_labelled_stretches_of_it(pytester: pytest.Pytester) -> None:
    body = """
import pytest
from flask import g
from conftest import make_app
@pytest.fixture(scope="module", autouse=True)
def app():
    the_app = make_app()
    with the_app.app_context():
        yield the_app
@pytest.fixture(autouse=True)
def user(app):
    g.user = "anna"
    yield
    del g.user
def test_good(): pass
def test_bad(app):
    g.cart = 1
    g.cart = 2
    assert 0
def test_last(): pass
"""
    done = run(pytester, "--flaskscope", test_it=body)

    recorded = read_recording(done.recordings[0])
    # Before it, what is pushed; then g.user is set, g.cart twice, and g.user is deleted.
    expected = (("before the test", 1, 1), ("setup", 2, 2), ("call", 3, 4), ("teardown", 5, 5))
    assert expected == recorded.header.stretches
    assert ["g.set", "g.set", "g.set", "g.deleted"] == [event.kind for event in recorded.recorded[1:]]


@pytest.mark.parametrize("part", ["setup", "teardown"])
def test_an_error_in_a_fixture_keeps_one_too(pytester: pytest.Pytester, part: str) -> None:
    first, second = ("1 / 0", "pass") if part == "setup" else ("pass", "1 / 0")
    body = f"""
import pytest
@pytest.fixture
def broken(app):
    app.test_client().get("/")
    {first}
    yield
    {second}
def test(broken): pass
"""
    done = run(pytester, "--flaskscope", test_it=body)

    assert 1 == done.outcomes["errors"]
    assert "request.finished" in done.kinds_of(done.recordings[0])


def test_nothing_is_kept_of_tests_that_pass_or_never_use_flask(pytester: pytest.Pytester) -> None:
    done = run(
        pytester,
        "--flaskscope",
        test_it="def test_it(app): app.test_client().get('/')\ndef test_bad(): 1 / 0",
    )

    assert {"passed": 1, "failed": 1} == done.outcomes
    assert [] == done.recordings
    assert "flaskscope open" not in done.text


MANY = """
import pytest
@pytest.mark.parametrize("number", range(5))
def test_bad(app, number):
    app.test_client().get("/")
    assert number > 10
"""


def test_no_more_are_kept_than_asked_for(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", "-o", "flaskscope_keep=2", test_it=MANY)

    assert 2 == len(done.recordings)
    assert 4 == done.text.count("flaskscope open")  # in the report of each, and in the summary
    assert {"0", "1"} == set(re.findall(r"test_bad-(\d)", done.text))


def test_those_of_earlier_runs_leave_first(pytester: pytest.Pytester) -> None:
    first = run(pytester, "--flaskscope", "-o", "flaskscope_keep=3", "-k", "0 or 1 or 2", test_it=MANY)
    for age, recording in enumerate(reversed(first.recordings), start=1):
        os.utime(recording, (1_000_000_000 - age,) * 2)

    second = run(pytester, "--flaskscope", "-o", "flaskscope_keep=3", "-k", "3 or 4", test_it=MANY)

    names = [re.sub(r".*test_bad-(\d).*", r"\1", recording.name) for recording in second.recordings]
    assert ["2", "3", "4"] == sorted(names)


def test_the_folder_can_be_chosen(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", "-o", "flaskscope_recordings=kept here", test_it=FAILS)

    (recording,) = (done.folder / "kept here").iterdir()
    assert f"flaskscope open 'kept here/{recording.name}'" in done.text


def test_without_a_cache_they_are_kept_elsewhere(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--flaskscope", "-p", "no:cacheprovider", test_it=FAILS)

    found = re.search(r"flaskscope open (\S+)", done.text)
    assert found is not None
    path = Path(found[1])
    assert "shop" == read_recording(path).app
    path.unlink()
    path.parent.rmdir()


def test_a_folder_that_cannot_be_written_is_told_and_changes_nothing(pytester: pytest.Pytester) -> None:
    (pytester.path / "taken").write_text("a file")

    done = run(pytester, "--flaskscope", "-o", "flaskscope_recordings=taken", test_it=FAILS)

    assert {"passed": 1, "failed": 1} == done.outcomes
    assert "The recording of test_it.py::test_bad could not be kept" in done.text
