"""Contexts left pushed, popped wrongly, or lying under the next request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from threading import Barrier, Event

from flask import Flask, Response, g, request, session, stream_with_context

from tests.doctor.apps.pair import MERGED, Pair, in_thread, raising, serve


def left_by_its_thread(app: Flask) -> None:
    in_thread(lambda: app.app_context().push())


def popped_by_its_thread(app: Flask) -> None:
    def work() -> None:
        context = app.app_context()
        context.push()
        context.pop()

    in_thread(work)


def left_at_the_end(app: Flask) -> None:
    app.test_request_context("/").push()


def popped_at_the_end(app: Flask) -> None:
    with app.test_request_context("/"):
        pass


def wrong_order(app: Flask) -> None:
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    inner.push()
    with raising(AssertionError, RuntimeError):
        outer.pop()
    if MERGED:
        inner.pop()
        outer.pop()


def right_order(app: Flask) -> None:
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    inner.push()
    inner.pop()
    outer.pop()


def popped_by_another_thread(app: Flask) -> None:
    context = app.app_context()
    context.push()
    in_thread(context.pop)
    context.pop()


def a_context_for_each_thread(app: Flask) -> None:
    with app.app_context():
        popped_by_its_thread(app)


def _in_two_threads_at_once(enter: Callable[[], AbstractContextManager[object]]) -> None:
    together = Barrier(2)

    def work() -> None:
        with enter():
            together.wait(10)
            together.wait(10)

    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(work) for _ in range(2)]:
            job.exception()  # from 3.2 on one of them cannot pop it


def entered_by_two_threads(app: Flask) -> None:
    context = app.test_request_context("/")
    _in_two_threads_at_once(lambda: context)


def a_request_for_each_of_two_threads(app: Flask) -> None:
    _in_two_threads_at_once(lambda: app.test_request_context("/"))


def popped_in_another_context(app: Flask) -> None:
    context = app.app_context()
    context.push()
    with raising(ValueError):
        copy_context().run(context.pop)


def popped_twice(app: Flask) -> None:
    context = app.test_request_context("/")
    with raising(LookupError, RuntimeError), context:
        context.pop()


def popped_twice_inside_another(app: Flask) -> None:
    context = app.app_context()
    with app.app_context():
        context.push()
        context.pop()
        with raising(IndexError, RuntimeError):
            context.pop()


def pushed_and_popped_twice(app: Flask) -> None:
    context = app.app_context()
    for _ in range(2):
        with context:
            pass


async def _in_tasks(*steps: Callable[[], None]) -> None:
    async def take(step: Callable[[], None]) -> None:
        step()

    for step in steps:
        await asyncio.create_task(take(step))


def popped_in_another_task(app: Flask) -> None:
    """As an asynchronous fixture does, whose halves are two tasks."""
    context = app.app_context()
    with raising(LookupError, RuntimeError):
        asyncio.run(_in_tasks(context.push, context.pop))


def popped_in_its_task(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            pass

    asyncio.run(_in_tasks(work, work))


def pushed_and_popped_in_another_context(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            pass

    with app.app_context():
        copy_context().run(work)


def _counting_app(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        g.visits = g.get("visits", 0) + 1
        return str(g.visits)


def requests_in_one_context(app: Flask) -> None:
    _counting_app(app)
    with app.app_context():
        for _ in range(2):
            app.test_client().get("/")


def requests_outside_of_it(app: Flask) -> None:
    _counting_app(app)
    with app.app_context():
        g.prepared = True
    for _ in range(2):
        app.test_client().get("/")


def _streaming_app(app: Flask) -> None:
    @app.get("/rows")
    def rows() -> Response:
        g.rows = 3

        def lines() -> Iterator[str]:
            for number in range(g.rows):
                yield f"{number}\n"

        return Response(stream_with_context(lines()))

    @app.get("/repeated")
    def repeated() -> Response:
        return Response(stream_with_context(request.path for _ in range(3)))

    @app.get("/plain")
    def plain() -> str:
        return str(g.get("rows"))


def stream_given_up(app: Flask) -> None:
    _streaming_app(app)
    response = serve(app, "/rows")
    next(response)
    list(serve(app, "/plain"))
    # Ends it after all: the next test begins with nothing pushed.
    list(response)


def stream_closed(app: Flask) -> None:
    _streaming_app(app)
    response = serve(app, "/rows")
    next(response)
    response.close()
    list(serve(app, "/plain"))


def unread_in_a_context(app: Flask) -> None:
    _streaming_app(app)
    with app.app_context():
        response = app.test_client().get("/rows")
        app.test_client().get("/plain")
        response.get_data()


def read_in_a_context(app: Flask) -> None:
    """As tests do that have a context pushed around them."""
    _streaming_app(app)
    for context in (app.app_context(), app.test_request_context("/around")):
        with context:
            for path in ("/repeated", "/repeated", "/plain"):
                app.test_client().get(path).get_data()


def unread_by_a_keeping_client(app: Flask) -> None:
    _streaming_app(app)
    with app.test_client() as client:
        response = client.get("/rows")
        client.get("/plain")
    response.get_data()


def read_by_a_keeping_client(app: Flask) -> None:
    _streaming_app(app)
    with app.test_client() as client:
        for path in ("/rows", "/rows", "/plain"):
            client.get(path).get_data()
        # Another one, while the first keeps the context of a stream that was read.
        client.get("/rows").get_data()
        app.test_client().get("/plain")


def unread_by_a_test(app: Flask) -> None:
    _streaming_app(app)
    response = app.test_client().get("/rows")
    app.test_client().get("/plain")
    response.get_data()


def read_or_closed_by_a_test(app: Flask) -> None:
    """In each way that is advised."""
    _streaming_app(app)
    client = app.test_client()
    client.get("/rows").get_data()
    client.get("/rows", buffered=True)
    with client.get("/rows") as response:
        assert 200 == response.status_code
    client.get("/plain")


def kept_request_context(app: Flask) -> None:
    with app.test_request_context("/"):
        Event().wait(0.05)
        session.get("user")


def kept_request_context_cleared(app: Flask) -> None:
    with app.test_request_context("/"):
        Event().wait(0.05)
        session.clear()


def request_context_in_use(app: Flask) -> None:
    with app.test_request_context("/"):
        session.get("user")


def pushed_by_a_callback(app: Flask) -> None:
    _counting_app(app)

    @app.before_request
    def push() -> None:
        app.app_context().push()

    with raising(AssertionError, RuntimeError):
        app.test_client().get("/")


def pushed_and_popped_by_callbacks(app: Flask) -> None:
    _counting_app(app)
    contexts = []

    @app.before_request
    def push() -> None:
        contexts.append(app.app_context())
        contexts[-1].push()

    @app.after_request
    def pop(response: Response) -> Response:
        contexts.pop().pop()
        return response

    app.test_client().get("/")


PAIRS = {
    "left by a callback": Pair(
        pushed_by_a_callback, pushed_and_popped_by_callbacks, ("context-left-pushed",)
    ),
    "left by its thread": Pair(left_by_its_thread, popped_by_its_thread, ("context-left-pushed",)),
    "left at the end": Pair(left_at_the_end, popped_at_the_end, ("context-left-pushed",)),
    "wrong order": Pair(wrong_order, right_order, ("popped-wrong",)),
    "another thread": Pair(popped_by_another_thread, a_context_for_each_thread, ("popped-wrong",)),
    "two threads": Pair(entered_by_two_threads, a_request_for_each_of_two_threads, ("popped-wrong",)),
    "popped twice": Pair(popped_twice, pushed_and_popped_twice, ("popped-wrong",)),
    "popped twice inside another": Pair(
        popped_twice_inside_another, pushed_and_popped_twice, ("popped-wrong",)
    ),
    "another task": Pair(popped_in_another_task, popped_in_its_task, ("popped-wrong",)),
    "another Context": Pair(
        popped_in_another_context, pushed_and_popped_in_another_context, ("popped-wrong",)
    ),
    "requests in one context": Pair(
        requests_in_one_context,
        requests_outside_of_it,
        ("g-shared-between-requests",),
        # Each request pushes a context of its own from 3.2 on.
        on={"source": ()},
    ),
    "stream given up": Pair(stream_given_up, stream_closed, ("stream-left-its-context",)),
    "stream of a test": Pair(unread_by_a_test, read_or_closed_by_a_test, ("stream-left-its-context",)),
    "stream in a context": Pair(unread_in_a_context, read_in_a_context, ("stream-left-its-context",)),
    "stream of a keeping client": Pair(
        unread_by_a_keeping_client, read_by_a_keeping_client, ("stream-left-its-context",)
    ),
    "kept request context": Pair(
        kept_request_context,
        request_context_in_use,
        ("stale-request-context",),
        {"stale_request_seconds": 0.04},
    ),
    "kept request context, cleared": Pair(
        kept_request_context_cleared,
        request_context_in_use,
        ("stale-request-context",),
        {"stale_request_seconds": 0.04},
    ),
}
