"""Threads started and jobs given to pools while a request is handled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask, copy_current_request_context, current_app, g, request

from tests.doctor.apps.pair import Pair, in_thread, raising


def _page_size() -> int:
    return int(current_app.config.get("PAGE_SIZE", 10))


def _in_a_request(app: Flask, view: Callable[[], Any]) -> None:
    @app.get("/report")
    def report() -> str:
        view()
        return "begun"

    app.test_client().get("/report")


def job_of_a_request(app: Flask) -> None:
    with ThreadPoolExecutor(1) as pool:
        # The thread of the pool is older than the request.
        pool.submit(int).result()

        def view() -> None:
            with raising(RuntimeError):
                pool.submit(_page_size).result()

        _in_a_request(app, view)


def job_of_a_request_with_context(app: Flask) -> None:
    def job() -> None:
        with app.app_context():
            g.pages = _page_size()

    with ThreadPoolExecutor(2) as pool:

        def view() -> None:
            pool.submit(job).result()
            pool.submit(copy_current_request_context(lambda: request.path)).result()

        _in_a_request(app, view)


def thread_with_the_request(app: Flask) -> None:
    _in_a_request(app, lambda: in_thread(lambda: request.path, "reporter"))


def thread_with_its_own_context(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            _page_size()

    _in_a_request(app, lambda: in_thread(work, "reporter"))


def thread_with_only_an_app_context(app: Flask) -> None:
    def work() -> str:
        with app.app_context():
            return request.path

    _in_a_request(app, lambda: in_thread(work, "reporter"))


def thread_with_a_copy_of_the_request(app: Flask) -> None:
    def work() -> str:
        return request.path

    _in_a_request(app, lambda: in_thread(copy_current_request_context(work), "reporter"))


PAIRS = {
    "job of a request": Pair(job_of_a_request, job_of_a_request_with_context, ("thread-without-context",)),
    "thread that reads the request": Pair(
        thread_with_the_request, thread_with_its_own_context, ("thread-without-context",)
    ),
    "thread that has only an app context": Pair(
        thread_with_only_an_app_context, thread_with_a_copy_of_the_request, ("thread-without-context",)
    ),
}
