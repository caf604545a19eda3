"""Threads started, and jobs given to pools of threads, while a context is pushed."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import threading
import weakref
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

from flask import Flask, copy_current_request_context, current_app, g, request

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, exception, raised, scenario

#: Seconds until a thread of a scenario is taken to hang.
PATIENCE_SECONDS = 20


def _inside_a_request(watch: Watch, view: Callable[[], Any]) -> Any:
    """Return what *view* returns, called as a view, and the answer."""
    app = Flask("app")
    app.secret_key = "secret"
    found: list[Any] = []

    @app.get("/")
    def index() -> str:
        found.append(view())
        return "index"

    watch(app)
    return [found, send(app.wsgi_app).plain]


class OwnRun(threading.Thread):
    """A thread that overrides what it runs."""

    def run(self) -> None:
        self.result = [raised(lambda: g.a), threading.current_thread() is self]


class OwnStart(threading.Thread):
    """A thread that overrides how it is started, and what starting returns."""

    def start(self) -> str:  # type: ignore[override]
        super().start()
        return f"started {self.name}"


class Named(threading.Thread):
    """A thread whose name is computed, and counted."""

    asked = 0

    @property
    def name(self) -> str:
        Named.asked += 1
        return "own"

    @name.setter
    def name(self, value: str) -> None:
        raise AttributeError("the name is fixed")


@scenario
def of_every_kind(watch: Watch) -> Any:
    def view() -> Any:
        seen: list[Any] = []

        def work(*args: int, **kwargs: int) -> None:
            thread = threading.current_thread()
            seen.append([type(thread).__name__, thread.name, thread.daemon, list(args), kwargs])

        threads: list[threading.Thread] = [
            threading.Thread(target=work, args=(1,), kwargs={"two": 2}, name="plain"),
            threading.Thread(target=work, name="daemon", daemon=True),
            threading.Timer(0, work, (3,)),
            OwnRun(name="own run"),
            OwnStart(target=work, name="own start"),
            Named(target=lambda: None),
        ]
        threads[2].name = "timer"
        Named.asked = 0
        started = [thread.start() for thread in threads]  # type: ignore[func-returns-value]
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        alive = [[thread.is_alive(), thread.ident is None] for thread in threads]
        return [started, sorted(seen), alive, Named.asked, threads[3].result]  # type: ignore[attr-defined]

    return _inside_a_request(watch, view)


@scenario
def that_cannot_be(watch: Watch) -> Any:
    """Started twice, never initialised, and refused by the operating system."""

    class Unmade(threading.Thread):
        def __init__(self) -> None:
            pass

    def view() -> Any:
        twice = threading.Thread(target=lambda: None, name="twice")
        twice.start()
        twice.join(PATIENCE_SECONDS)
        low_level = (
            "_start_joinable_thread" if hasattr(threading, "_start_joinable_thread") else "_start_new_thread"
        )
        stock = getattr(threading, low_level)

        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise RuntimeError("can't start new thread")

        setattr(threading, low_level, refuse)
        try:
            refused = raised(threading.Thread(target=lambda: None).start)
            with ThreadPoolExecutor(1) as pool:
                refused_job = raised(pool.submit, lambda: None)
        finally:
            setattr(threading, low_level, stock)
        return [raised(twice.start), raised(Unmade().start), refused, refused_job, threading.active_count()]

    return _inside_a_request(watch, view)


@scenario
def that_raises(watch: Watch) -> Any:
    """What its thread does not catch is told with the frames it always had."""

    def view() -> Any:
        def work() -> None:
            raise LookupError("in the thread")

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        return thread.is_alive()

    return _inside_a_request(watch, view)


@scenario
def jobs(watch: Watch) -> Any:
    """Their results, what they raise, and those that never run."""

    def view() -> Any:
        with ThreadPoolExecutor(1, thread_name_prefix="pool", initializer=lambda: None) as pool:
            names = pool.submit(lambda: threading.current_thread().name).result(PATIENCE_SECONDS)
            mapped = list(pool.map(pow, (2, 3), (4, 5), timeout=PATIENCE_SECONDS))
            failed = exception(pool.submit(lambda: request.path).exception(PATIENCE_SECONDS))
            misused = exception(pool.submit(pow).exception(PATIENCE_SECONDS))  # type: ignore[arg-type]
            go, running = threading.Event(), threading.Event()

            def hold() -> bool:
                running.set()
                return go.wait(PATIENCE_SECONDS)

            holds = pool.submit(hold)
            running.wait(PATIENCE_SECONDS)
            waits = pool.submit(lambda: "never")
            called: list[Any] = []
            waits.add_done_callback(lambda future: called.append(future.cancelled()))
            cancelled = [waits.cancel(), waits.cancelled(), holds.cancel()]
            left = pool.submit(lambda: "never")
            pool.shutdown(wait=False, cancel_futures=True)
            go.set()
            ends = [holds.result(PATIENCE_SECONDS), left.cancelled()]
            late = raised(pool.submit, lambda: None)
        return [names, mapped, failed, misused, cancelled, called, ends, late, raised(pool.submit)]

    return _inside_a_request(watch, view)


class OwnPool(ThreadPoolExecutor):
    """A pool that wraps what it is given."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        future = super().submit(copy_current_request_context(fn), *args, **kwargs)
        future.given = fn.__name__  # type: ignore[attr-defined]
        return future


@scenario
def jobs_of_other_pools(watch: Watch) -> Any:
    def view() -> Any:
        g.a = 1

        def work() -> list[Any]:
            return [request.path, sorted(g)]

        with OwnPool(1) as own:
            future = own.submit(work)
            seen = [future.result(PATIENCE_SECONDS), future.given]
        with ThreadPool(2) as pool:
            seen.append(pool.map(str, range(5)))
            seen.append(raised(pool.apply, lambda: current_app.name)["text"])
            pool.close()
            pool.join()

        async def off_the_loop() -> list[Any]:
            loop = asyncio.get_running_loop()
            return [await asyncio.to_thread(work), await loop.run_in_executor(None, str, 1)]

        return [*seen, asyncio.run(off_the_loop())]

    return _inside_a_request(watch, view)


@scenario
def a_job_older_than_its_context(watch: Watch) -> Any:
    """It runs when the context it was given in is gone: both let go of all that they had."""
    app = Flask("app")
    go = threading.Event()
    references: list[Any] = []
    results: list[Any] = []

    class Job:
        def __call__(self) -> Any:
            go.wait(PATIENCE_SECONDS)
            return raised(lambda: g.a)["text"]

    pool = ThreadPoolExecutor(1)

    @app.get("/")
    def index() -> str:
        for _ in range(2):
            job = Job()
            references.append(weakref.ref(job))
            results.append(pool.submit(job))
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        references.append(weakref.ref(thread))
        references.append(weakref.ref(current_app.app_context))
        return "index"

    watch(app)
    gc.collect()
    gc.disable()
    try:
        answer = send(app.wsgi_app).plain
        go.set()
        found = [result.result(PATIENCE_SECONDS) for result in results]
        pool.shutdown()
        alive = [reference() is not None for reference in references]
    finally:
        gc.enable()
    return [answer, found, alive]


@scenario
def detached_while_a_job_waits(watch: Watch) -> Any:
    app = Flask("app")
    go = threading.Event()
    watch(app)
    with ThreadPoolExecutor(1) as pool, app.app_context():
        pool.submit(go.wait, PATIENCE_SECONDS)
        waiting = pool.submit(lambda: raised(lambda: g.a)["text"])
        thread = threading.Thread(target=lambda: go.wait(PATIENCE_SECONDS))
        thread.start()
        watch.stop()
        go.set()
        thread.join(PATIENCE_SECONDS)
        return waiting.result(PATIENCE_SECONDS)


@scenario
def looked_at_from_outside(watch: Watch) -> Any:
    """The methods look like what they are, and can be pickled."""
    app = watch(Flask("app"))
    item = vars(futures.thread)["_WorkItem"]
    seen: list[Any] = []
    with app.app_context():
        for method in (threading.Thread.start, ThreadPoolExecutor.submit, item.__init__, item.run):
            seen.append(
                [
                    method.__name__,
                    method.__qualname__,
                    method.__module__,
                    method.__doc__,
                    str(inspect.signature(method)),
                    inspect.isfunction(method),
                    inspect.getsource(method).splitlines()[0],
                    method.__annotations__,
                    sorted(set(vars(method)) - {"__wrapped__"}),
                ]
            )
        seen.append(pickle.loads(pickle.dumps(threading.Thread.start)) is threading.Thread.start)
        thread = threading.Thread(name="seen")
        seen.append([repr(thread), repr(thread.start), sorted(vars(thread))])
    return seen


@scenario
def in_tasks(watch: Watch) -> Any:
    """Tasks keep their names and are let go of as ever, and threads may be started by them."""
    app = watch(Flask("app"))
    references: list[Any] = []

    class Task(asyncio.Task[Any]):
        asked = 0

        def get_name(self) -> str:
            Task.asked += 1
            return "own"

        def __hash__(self) -> int:
            Task.asked += 1
            return super().__hash__()

    async def work() -> str:
        with app.test_request_context("/task"):
            g.a = 1
            await asyncio.sleep(0)
            thread = threading.Thread(target=lambda: None)
            thread.start()
            thread.join(PATIENCE_SECONDS)
            return request.path

    async def main() -> list[Any]:
        named = asyncio.create_task(work(), name="named")
        references.append(weakref.ref(named))
        before = Task.asked
        own = Task(work())
        asked_to_begin = Task.asked - before
        results = [await named, await own, named.get_name(), asked_to_begin > 0]
        before = Task.asked
        with app.app_context():
            g.b = 1
        return [*results, Task.asked - before]

    gc.collect()
    gc.disable()
    try:
        results = asyncio.run(main())
        alive = [reference() is not None for reference in references]
    finally:
        gc.enable()
    return [results, alive]
