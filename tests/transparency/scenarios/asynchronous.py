"""Async views and callbacks, and asyncio's tasks."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import flask
from flask import Flask, current_app, g, request, session

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario


def _app() -> tuple[Flask, list[Any]]:
    app = Flask("app")
    app.secret_key = "secret"
    torn: list[Any] = []
    app.teardown_appcontext(lambda error: torn.append([sorted(g), error]))
    return app, torn


@scenario
def async_views_and_callbacks(watch: Watch) -> Any:
    app, torn = _app()
    order: list[Any] = []

    @app.before_request
    async def before() -> None:
        g.before = 1
        order.append("before")

    @app.after_request
    async def after(response: flask.Response) -> flask.Response:
        order.append(["after", sorted(g)])
        response.headers["X-After"] = "1"
        return response

    @app.teardown_request
    async def teardown(error: BaseException | None) -> None:
        order.append(["teardown", error])

    @app.errorhandler(ValueError)
    async def handle(error: ValueError) -> str:
        return f"handled {error}"

    @app.get("/")
    async def index() -> str:
        g.view = 1
        session["a"] = session.get("a", 0) + 1
        await asyncio.sleep(0)
        g.later = 1
        return f"{request.path} {sorted(g)} {threading.current_thread() is threading.main_thread()}"

    @app.get("/fail")
    async def fail() -> str:
        await asyncio.sleep(0)
        raise ValueError("async")

    @app.get("/broken")
    async def broken() -> str:
        return str(g.missing)

    watch(app)
    return [[send(app.wsgi_app, path).plain for path in ("/", "/fail", "/broken")], order, torn]


@scenario
def tasks_of_a_view(watch: Watch) -> Any:
    """Tasks inherit the context; what one of them pushes is its own."""
    app, torn = _app()

    @app.get("/")
    async def index() -> dict[str, Any]:
        g.shared = []

        async def work(number: int) -> list[Any]:
            g.shared.append(number)
            with current_app.app_context():
                g.own = number
                await asyncio.sleep(0)
                inner = [g.own, "shared" in g]
            await asyncio.sleep(0)
            return [number, inner, request.path, "own" in g]

        results = await asyncio.gather(*(work(number) for number in range(5)))
        return {"results": results, "shared": sorted(g.shared)}

    watch(app)
    return [send(app.wsgi_app).plain, torn]


@scenario
def tasks_with_contexts_of_their_own(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)

    async def work(number: int) -> Any:
        with app.app_context():
            g.number = number
            await asyncio.sleep(0)
            with app.test_request_context(f"/{number}"):
                await asyncio.sleep(0)
                return [g.get("number"), request.path]

    async def left() -> None:
        app.app_context().push()

    async def main() -> Any:
        results = await asyncio.gather(*(work(number) for number in range(5)))
        await asyncio.create_task(left())
        cancelled = asyncio.create_task(work(9))
        await asyncio.sleep(0)
        cancelled.cancel()
        return [results, raised(cancelled.exception) if cancelled.done() else None, flask.has_app_context()]

    return [asyncio.run(main()), sorted(torn, key=repr)]


@scenario
def async_without_a_context(watch: Watch) -> Any:
    app, torn = _app()
    watch(app)

    async def main() -> Any:
        return [raised(lambda: g.a), raised(lambda: request.path)]

    with app.app_context():
        synced = app.ensure_sync(main)()
    return [asyncio.run(main()), synced, torn]
