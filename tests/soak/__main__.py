"""An app, its pages, a hub and a Redis for many minutes, with restarts of all of them: figures, not a test.

``python -m tests.soak --minutes 10`` prints what the requests of the app took without FlaskScope and with it, what each
page was told, and the memory of every process. It ends with 1 if anything was lost that nobody was told of, or told
twice.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.soak.load import Load
from tests.soak.page import Page
from tests.soak.programs import (
    APP,
    EVENTS_OF_A_REQUEST,
    Memory,
    Programs,
    await_port,
    end,
    free_port,
    workers_of,
)


def bare(programs: Programs, rate: float, seconds: float) -> Load:
    """Return what the same requests take without FlaskScope, measured for a twentieth of *seconds*."""
    port = free_port()
    app = programs.start_app(port, FLASKSCOPE_ENABLED="0")
    Load(port, rate).run(2)
    load = Load(port, rate)
    load.start(max(5.0, seconds / 20)).join()
    end(app)
    return load


def soak(options: argparse.Namespace, folder: Path) -> int:
    seconds = options.minutes * 60
    rate = options.events / EVENTS_OF_A_REQUEST
    programs = Programs(folder)
    (folder / "soak.py").write_text(APP, encoding="utf-8")

    print("without FlaskScope, before", bare(programs, rate, seconds).told(), flush=True)
    programs.start_redis()
    await_port(programs.redis_port)
    port, hub_port = free_port(), free_port()
    app = programs.start_app(port, FLASKSCOPE_ENABLED="1", FLASKSCOPE_REDIS_URL=programs.redis_url)
    hub = programs.start_hub(hub_port)
    stopping = threading.Event()
    app_url, hub_url = (f"ws://127.0.0.1:{each}/_flaskscope/stream?follow=1" for each in (port, hub_port))
    stalled = [Page(app_url.partition("?")[0]) for _ in range(options.stalled)]
    pages = [Page(app_url) for _ in range(options.pages - options.stalled - 2)]
    of_hub = [Page(hub_url) for _ in range(2)]
    works = [page.stall for page in stalled] + [page.read for page in (*pages, *of_hub)]
    readers = [threading.Thread(target=work, args=(stopping,), daemon=True) for work in works]
    for reader in readers:
        reader.start()

    memory = Memory()
    load = Load(port, rate)
    loading = load.start(seconds)
    begun = time.monotonic()
    used: dict[int, float] = {}
    plan = [(seconds * part, what) for part, what in ((0.3, "reload"), (0.5, "redis"), (0.7, "reload"))]
    while loading.is_alive():
        loading.join(2)
        memory.look("hub", hub.pid)
        for pid in workers_of(app):
            memory.look("worker", pid)
            used[pid] = memory.use(pid)
        if plan and time.monotonic() - begun >= plan[0][0]:
            what = plan.pop(0)[1]
            print(f"{time.monotonic() - begun:7.0f} s  {what}", flush=True)
            if what == "reload":
                app.send_signal(signal.SIGHUP)
            else:
                assert programs.redis is not None
                programs.redis.kill()
                programs.redis.wait()
                threading.Event().wait(3)
                programs.start_redis()
    threading.Event().wait(8)  # what is on its way arrives; a worker that was killed is given up
    ended_app = end(app)
    threading.Event().wait(3)
    stopping.set()
    for reader in readers:
        reader.join(5)
    ended_hub = end(hub)
    end(programs.redis)
    print("with FlaskScope           ", load.told())
    # Again: a machine that others share may be another one by now.
    print("without FlaskScope, after ", bare(programs, rate, seconds).told(), flush=True)
    programs.log.close()
    print(f"the app's workers used {sum(used.values()) / seconds:.0%} of a processor")
    print(f"Ctrl+C with {len(works)} pages: app {ended_app:.1f} s, hub {ended_hub:.1f} s")
    print("memory at 0, 1/4, 1/2, 3/4 and the end of each process's life:")
    print("\n".join(memory.told()))
    answered = len(load.took)
    wrong = 0
    for kind, group in (("app's", pages), ("hub's", of_hub)):
        for number, page in enumerate(group, start=1):
            wrong += len(page.wrong)
            print(
                f"  {kind} page {number:>2}: {page.events:>9,} events, {page.lost:>7,} told as lost, "
                f"{page.finished:>8,} of {answered:,} requests, {page.connections} connections, "
                f"{page.size / 1e6:.0f} MB, {len(page.wrong)} untold gaps or doubles {page.wrong[:2] or ''}"
            )
    for why in sorted({why for page in (*pages, *of_hub) for why in page.whys})[:20]:
        print(f"  lost: {why}")
    print(f"  stalled pages: {[page.connections for page in stalled]} connections")
    log = (folder / "log").read_text("utf-8", "replace")
    print(
        "log of all processes:\n"
        + "\n".join(f"  {line}" for line in log.splitlines() if "FlaskScope" in line or "Error" in line)
    )
    silent = [page for page in (*pages, *of_hub) if page.finished < answered and not page.lost]
    print(
        "ALL COUNTED" if not wrong and not silent else f"NOT ALL COUNTED: {wrong} gaps, {len(silent)} pages"
    )
    return 1 if wrong or silent else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--stalled", type=int, default=2, help="how many of the pages read nothing")
    parser.add_argument("--events", type=float, default=2_000.0, help="events a second")
    options = parser.parse_args()
    # A shell that runs us in the background has Ctrl+C ignored, and whatever we start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        return soak(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
