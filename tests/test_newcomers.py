"""Several apps in one program: what concerns all of them is told once, by the doctor who knows most of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, current_app, request

from flaskscope.doctor import Doctor, Finding
from flaskscope.newcomers import Newcomers


def found_in(program: Callable[[], None]) -> Finding:
    """Return the only finding of a *program* that makes apps."""
    with Newcomers(Doctor) as newcomers:
        program()
    ((finding, _),) = newcomers.findings()
    return finding


def path_of_request(_: object = None) -> str:
    return request.path


def name_of_app(_: object = None) -> str:
    return current_app.name


def fails(work: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError) as raised:
        work()
    assert "Working outside of" in str(raised.value)


def test_a_job_that_pushes_an_app_context_is_not_told_to_push_one() -> None:
    def program() -> None:
        app = Flask("shop")
        Flask("admin")

        def job() -> None:
            with app.app_context():
                path_of_request()

        with ThreadPoolExecutor(1) as pool:
            fails(pool.submit(job).result)

    finding = found_in(program)

    assert "outside-request-context" == finding.rule
    assert "is pushed in this thread, and it carries no request" in finding.sentence


@pytest.mark.parametrize("names", [("shop", "admin"), ("admin", "shop")])
def test_the_app_context_around_a_use_of_a_request_is_named_whichever_app_it_is_of(
    names: tuple[str, str],
) -> None:
    def program() -> None:
        apps = {name: Flask(name) for name in names}
        with apps["admin"].app_context():
            fails(path_of_request)

    finding = found_in(program)

    assert "outside-request-context" == finding.rule
    assert " Only #1 (app context" in finding.sentence
    assert "No other thread" not in finding.sentence


@pytest.mark.parametrize("names", [("shop", "admin"), ("admin", "shop")])
def test_a_request_of_another_app_in_another_thread_is_not_overlooked(names: tuple[str, str]) -> None:
    def program() -> None:
        apps = {name: Flask(name) for name in names}
        begun, over = threading.Event(), threading.Event()

        @apps["admin"].get("/busy")
        def busy() -> str:
            begun.set()
            over.wait(10)
            return ""

        server = threading.Thread(target=lambda: apps["admin"].test_client().get("/busy"), name="server")
        server.start()
        assert begun.wait(10)
        fails(name_of_app)
        over.set()
        server.join()

    finding = found_in(program)

    assert "outside-app-context" == finding.rule
    assert "Pushed at that moment in other threads: #2 (GET /busy) in server." in finding.sentence


def test_who_knows_what_started_a_thread_tells_of_it_though_another_app_is_busy_elsewhere() -> None:
    def program() -> None:
        shop, admin = Flask("shop"), Flask("admin")
        shop_is_left = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            with shop.app_context():
                job = pool.submit(lambda: shop_is_left.wait(10) and name_of_app())
            with admin.app_context():
                shop_is_left.set()
                fails(job.result)

    finding = found_in(program)

    assert "thread-without-context" == finding.rule
