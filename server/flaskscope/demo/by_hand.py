"""What code outside a request does to get a context, and what goes wrong if it does not.

Each function is run in a thread of its own and returns a sentence about what it saw.
"""

from __future__ import annotations

import sched
import time

from flask import Flask, current_app, g, request, session

#: How often the scheduled task runs, and how long it waits in between, in seconds.
TASK_RUNS = 3
TASK_INTERVAL_SECONDS = 0.1


def push_app_context(app: Flask) -> str:
    """Push an app context and put something in its g."""
    with app.app_context():
        g.user = "ada"
        return f"current_app is {current_app.name} and g.user is {g.user}; there is no request."


def nest_app_contexts(app: Flask) -> str:
    """Push one app context inside another one: the inner g hides the outer g."""
    with app.app_context():
        g.user = "ada"
        with app.app_context():
            inside = g.get("user", "missing")
            g.user = "grace"
        return f"g.user was {inside} in the inner context and is {g.user} again in the outer one."


def push_test_request(app: Flask) -> str:
    """Push a request that nobody sent."""
    with app.test_request_context("/hello/ada?lang=en"):
        g.language = request.args["lang"]
        return f"request.path is {request.path} and g.language is {g.language}, though nobody sent anything."


def push_test_request_with_session(app: Flask) -> str:
    """Change the session of a request that nobody sent: no response carries it away."""
    with app.test_request_context("/login", method="POST"):
        session["user"] = "grace"
        user = session["user"]
    return f"session['user'] was {user} and was never saved: there was no response to put a cookie on."


def run_background_job(app: Flask) -> str:
    """Do what a job in a thread does to get at the app: push a context of its own."""
    with app.app_context():
        g.job = "send mail"
        return f"The job '{g.job}' found {current_app.name} through a context of its own."


def run_scheduled_task(app: Flask) -> str:
    """Run a task three times: each time has a new context, and its g is empty."""
    found: list[str] = []

    def task() -> None:
        with app.app_context():
            found.append(g.get("last_run", "missing"))
            g.last_run = "just now"

    scheduler = sched.scheduler(time.monotonic, time.sleep)
    for run in range(TASK_RUNS):
        scheduler.enter(run * TASK_INTERVAL_SECONDS, priority=1, action=task)
    scheduler.run()
    return f"It ran {len(found)} times and found g.last_run {' / '.join(found)}."


def leak_app_context(app: Flask) -> str:
    """Push an app context and never pop it: its teardown functions do not run when the thread ends."""
    context = app.app_context()
    context.push()
    g.connection = "open"
    return "A context was pushed and never popped. Its thread is over, its teardown functions never ran."


def use_g_outside() -> str:
    """Use g where nothing is pushed.

    Raises:
        RuntimeError: From Flask.
    """
    g.user = "ada"
    return f"g.user is {g.user}"
