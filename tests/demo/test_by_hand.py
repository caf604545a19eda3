"""What code outside of a request sees, with and without a context of its own."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable

import pytest
from flask import Flask, has_app_context

from flaskscope.demo import by_hand


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (
            by_hand.push_app_context,
            "current_app is flaskscope.demo.app and g.user is ada; there is no request.",
        ),
        (
            by_hand.nest_app_contexts,
            "g.user was missing in the inner context and is ada again in the outer one.",
        ),
        (
            by_hand.push_test_request,
            "request.path is /hello/ada and g.language is en, though nobody sent anything.",
        ),
        (
            by_hand.push_test_request_with_session,
            "session['user'] was grace and was never saved: there was no response to put a cookie on.",
        ),
        (
            by_hand.run_background_job,
            "The job 'send mail' found flaskscope.demo.app through a context of its own.",
        ),
        (by_hand.run_scheduled_task, "It ran 3 times and found g.last_run missing / missing / missing."),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_says_what_it_saw_and_leaves_nothing_pushed(
    app: Flask, work: Callable[[Flask], str], sentence: str
) -> None:
    assert work(app) == sentence
    assert not has_app_context()


def test_a_leaked_context_stays_pushed_and_is_never_torn_down(app: Flask) -> None:
    torn_down: list[BaseException | None] = []
    app.teardown_appcontext(torn_down.append)
    # A context of Python's own, so that this thread does not keep what is leaked into it.
    leaking = contextvars.Context()

    leaking.run(by_hand.leak_app_context, app)

    assert leaking.run(has_app_context)
    assert not has_app_context()
    assert torn_down == []


def test_g_outside_is_flasks_own_error() -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            by_hand.use_g_outside()
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)

    (error,) = errors
    assert str(error).startswith("Working outside of application context.")
