"""Uses of the proxies with nothing behind them."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app, g, request, session
from flask.globals import app_ctx

from flaskscope.events import AccessFailed
from flaskscope.record import proxies
from flaskscope.record.circumstances import Circumstances, circumstances_of
from flaskscope.record.recorder import Recording, attach
from tests.record.story import line_of, of


@pytest.mark.parametrize(
    ("proxy", "needs"), [("current_app", "app"), ("g", "app"), ("request", "request"), ("session", "request")]
)
def test_each_proxy_is_told_with_the_context_it_needs(
    app: Flask, recording: Recording, proxy: str, needs: str
) -> None:
    used: Any = {"current_app": current_app, "g": g, "request": request, "session": session}[proxy]

    with pytest.raises(RuntimeError, match=f"Working outside of {needs}"):
        _ = used.anything

    (failed,) = of(recording, AccessFailed)
    words = "application" if needs == "app" else "request"
    assert (proxy, needs, f"Working outside of {words} context.") == (
        failed.proxy,
        failed.needs,
        failed.message,
    )
    assert "_ = used.anything" == line_of(recording, failed)
    assert not failed.importing


def test_one_that_the_app_swallows_is_told_too(app: Flask, recording: Recording) -> None:
    with contextlib.suppress(RuntimeError):
        g.user = "ada"

    assert ["g"] == [failed.proxy for failed in of(recording, AccessFailed)]


def test_one_in_a_thread_has_the_lane_of_that_thread(app: Flask, recording: Recording) -> None:
    def work() -> None:
        with pytest.raises(RuntimeError):
            _ = current_app.name

    thread = threading.Thread(target=work, name="plain")
    thread.start()
    thread.join()

    (failed,) = of(recording, AccessFailed)
    assert "plain" == recording.lanes[failed.lane - 1].name


def test_one_while_a_module_is_imported_says_so(
    app: Flask, recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "too_early_module.py").write_text("from flask import current_app\nname = current_app.name\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RuntimeError):
        __import__("too_early_module")

    (failed,) = of(recording, AccessFailed)
    assert failed.importing
    assert "name = current_app.name" == line_of(recording, failed)


def test_asking_whether_there_is_something_is_no_failure(app: Flask, recording: Recording) -> None:
    assert not request
    assert not bool(g)
    assert "unbound" in repr(session)
    assert not isinstance(request, dict)
    assert [] == dir(current_app)

    assert [] == of(recording, AccessFailed)


def test_what_a_person_sees_is_what_flask_shows(app: Flask) -> None:
    def shown() -> tuple[str, bool, object, int]:
        with pytest.raises(RuntimeError) as caught:
            _ = request.path
        frames = len(caught.traceback)
        return str(caught.value), caught.value.__suppress_context__, caught.value.__cause__, frames

    bare = shown()
    with attach(app):
        assert bare == shown()
    assert bare == shown()


def _library(tmp_path: Path, name: str, source: str, folder: str = "site-packages") -> Any:
    """Import *source* as the module *name* of a package that was installed into *folder*."""
    path = tmp_path / folder / f"{name.replace('.', '/')}.py"
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(source, str(path), "exec"), namespace)
    return namespace["call"]


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_one_by_an_extension_has_the_users_line_and_names_the_extension(
    app: Flask, recording: Recording, tmp_path: Path, folder: str
) -> None:
    """Debian's own Python has its packages in a folder of another name."""
    call = _library(
        tmp_path, "flask_database.session", "def call(proxy):\n    return proxy.anything\n", folder
    )

    with pytest.raises(RuntimeError):
        call(app_ctx)

    (failed,) = of(recording, AccessFailed)
    assert "call(app_ctx)" == line_of(recording, failed)
    assert ("app_ctx", "app", "flask_database", None) == (
        failed.proxy,
        failed.needs,
        failed.via,
        failed.runner,
    )


@pytest.mark.parametrize(
    ("module", "runner"),
    [
        ("celery.app.trace", "Celery task"),
        ("rq.job", "RQ job"),
        ("apscheduler.executors.base", "APScheduler job"),
        ("a_runner_of_our_own", None),
    ],
)
def test_one_in_a_job_names_the_runner(
    app: Flask, recording: Recording, tmp_path: Path, module: str, runner: str | None
) -> None:
    call = _library(tmp_path, module, "def call(job):\n    return job()\n")

    with pytest.raises(RuntimeError):
        call(lambda: current_app.name)

    (failed,) = of(recording, AccessFailed)
    assert (None, runner) == (failed.via, failed.runner)


def test_where_two_record_its_place_is_looked_for_once(
    app: Flask, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames: list[object] = []

    def counting(frame: Any) -> Circumstances:
        frames.append(frame)
        return circumstances_of(frame)

    monkeypatch.setattr(proxies, "circumstances_of", counting)
    second = Flask("second")
    with attach(second) as other, pytest.raises(RuntimeError):
        _ = current_app.name

    assert 1 == len(frames)
    assert ["current_app"] == [failed.proxy for failed in of(recording, AccessFailed)]
    assert ["current_app"] == [failed.proxy for failed in of(other, AccessFailed)]
