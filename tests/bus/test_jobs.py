"""Jobs of real workers of RQ and Celery are processes of their own on the page."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

JOBS = """
from flask import g
from shop import app


def count_stock():
    with app.app_context():
        g.stock = 12
        return g.stock
"""

ENQUEUE = """
import sys
from redis import Redis
from rq import Queue

job = Queue(connection=Redis.from_url(sys.argv[1])).enqueue("jobs.count_stock")
print("job", job.id)
"""


def test_a_job_of_an_rq_worker_is_told_with_all_it_did(
    start_redis: Callable[..., Redis],
    start_hub: Callable[..., str],
    start: Callable[..., Program],
    open_page: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    """RQ forks for each job and ends the child without Python's own end: what it did arrives all the same."""
    (tmp_path / "jobs.py").write_text(JOBS)
    (tmp_path / "enqueue.py").write_text(ENQUEUE)
    url = start_redis().url
    page = open_page(start_hub(FLASKSCOPE_REDIS_URL=url))
    assert 0 == start("enqueue.py", url).wait()

    worker = start(
        *("-m", "rq.cli", "worker", "--burst", "--url", url),
        FLASKSCOPE_ENABLED="1",
        FLASKSCOPE_REDIS_URL=url,
        PYTHONPATH=str(tmp_path),
    )

    assert 0 == worker.wait()
    run = page.until(lambda page: next(iter(page.processes), None))
    page.until(lambda page: "context.popped" in page.kinds(run))
    assert ["context.pushed", "g.set", "context.popped"] == page.kinds(run)
    assert page.processes[run]["process"]["pid"] != worker.process.pid


CELERY = """
import os

from celery import Celery
from flask import current_app, g
from shop import app as shop

app = Celery("tasks", broker=os.environ["BROKER"])


@app.task
def count_stock():
    with shop.app_context():
        g.stock = 12


@app.task
def forget_the_context():
    current_app.name
"""

SEND = """
import tasks

tasks.count_stock.delay()
tasks.forget_the_context.delay()
"""


def test_tasks_of_a_celery_worker_are_told_and_examined(
    start_redis: Callable[..., Redis],
    start_hub: Callable[..., str],
    start: Callable[..., Program],
    open_page: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    """Celery forks its pool from a process in which FlaskScope is attached already."""
    (tmp_path / "tasks.py").write_text(CELERY)
    (tmp_path / "send.py").write_text(SEND)
    broker = start_redis().url
    address = start_hub()
    page = open_page(address)
    assert 0 == start("send.py", BROKER=broker, FLASKSCOPE_ENABLED="0").wait()

    worker = start(
        *("-m", "celery", "-A", "tasks", "worker", "--concurrency", "1", "--without-gossip"),
        BROKER=broker,
        FLASKSCOPE_ENABLED="1",
        FLASKSCOPE_HUB_URL=address,
    )

    run = page.until(lambda page: next(iter(page.processes), None))
    page.until(lambda page: "access.failed" in page.kinds(run))
    assert ["context.pushed", "g.set", "context.popped", "access.failed"] == page.kinds(run)
    assert page.processes[run]["process"]["pid"] != worker.process.pid
    page.until(lambda page: page.problems.get(run) == ["job-without-context"])
    worker.process.send_signal(signal.SIGTERM)
    assert 0 == worker.wait()
    page.until(lambda page: page.processes[run]["state"] == "ended")
