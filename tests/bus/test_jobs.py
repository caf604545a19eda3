"""A job of a real RQ worker is a process of its own on the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Page, Program, Redis  # type: ignore[import-not-found]

#: The lines of the README.
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
