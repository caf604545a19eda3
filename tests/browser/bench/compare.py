"""The timeline beside vis-timeline on the same data, and beside itself with a hundred times as much.

Run by hand, from the root of the repository; nothing here decides about a test::

    python -m tests.browser.bench.compare            # everything; installs vis-timeline with npm in a temporary folder
    python -m tests.browser.bench.compare --quick    # a tenth of it, without vis-timeline: does the script still work?
    python -m tests.browser.bench.compare live       # a part of it: scale, live or vis

Times are processor time of the page's main thread, so that what else the machine does matters little; compare only
what one run prints. "Frame" is a frame while the view moves and zooms. Memory is what is still used after the garbage
was collected, arrays of numbers included.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Route, sync_playwright

from tests.browser.demo_server import DemoServer

HERE = Path(__file__).parent
FLOOD_SCRIPT = (HERE / "flood.js").read_text(encoding="utf-8")
BUSY = ["run", "--app", f"{HERE / 'busy_app.py'}:app"]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
VIS = "vis-timeline@8.5.4"
PARTS = ("live", "scale", "vis")


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    *small* and *large* are contexts of a recording, *frames* are those of one measurement, which is repeated
    *repetitions* times for the median, *seconds* those of the live feed.
    """

    small: int = 10_000
    large: int = 1_000_000
    frames: int = 60
    repetitions: int = 3
    seconds: int = 5


QUICK = Effort(small=1_000, large=10_000, frames=6, repetitions=1, seconds=1)

#: The page keeps a million events. For the benchmark it keeps so many that a million contexts are all there.
KEPT = "export const CAPACITY = 1_000_000;"
KEPT_HERE = "export const CAPACITY = 4_000_000;"

#: Events of one second of the live feed.
LIVE_RATE = 5_000

#: Requests a second to the app of busy_app.py. Each makes twelve events.
REQUESTS = LIVE_RATE // 12


_MOVE_OURS = """async (frames) => {
  const element = document.querySelector('#timeline');
  const box = element.getBoundingClientRect();
  for (let i = 0; i < frames; i += 1) {
    const turn = { clientX: box.left + 700, clientY: box.top + 200, bubbles: true, cancelable: true };
    element.dispatchEvent(new WheelEvent('wheel', { ...turn, ctrlKey: true, deltaY: i < frames / 2 ? -80 : 80 }));
    element.dispatchEvent(new WheelEvent('wheel', { ...turn, deltaX: i % 20 < 10 ? 40 : -40 }));
    await new Promise(requestAnimationFrame);
  }
}"""

#: From when the data is there to when all of it is painted. Making the story up is no part of it, as with the other.
_OPEN_OURS = """async (options) => {
  const rows = story(options);
  const began = performance.now();
  const events = await fill(rows);
  return { events, firstMs: performance.now() - began };
}"""

_OPEN_VIS = """async (contexts) => {
  const open = new Map();
  const items = [];
  // It knows no unit below a millisecond: a microsecond is drawn as one.
  for (const [at, kind, lane, id] of story({ contexts, startNs: 0 })) {
    if (kind === 'context.pushed') open.set(id, at);
    else if (kind === 'context.popped') {
      const start = open.get(id);
      items.push({ id, group: lane, content: `#${id}`, start: start / 1000, end: Math.max(start + 1000, at) / 1000 });
    }
  }
  document.body.replaceChildren(document.createElement('div'));
  const groups = [...new Set(items.map(({ group }) => group))].map((id) => ({ id, content: `Thread-${id}` }));
  const began = performance.now();
  window.vis_ = new vis.Timeline(document.body.firstChild, new vis.DataSet(items), new vis.DataSet(groups),
    { height: '500px', stack: false, showCurrentTime: false });
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}"""

_MOVE_VIS = """async (frames) => {
  const { min, max } = vis_.getItemRange();
  const [from, to] = [min.valueOf(), max.valueOf()];
  for (let i = 0; i < frames; i += 1) {
    const share = 0.85 ** (i < frames / 2 ? i : frames - i);
    const middle = from + (to - from) * (0.5 + 0.02 * (i % 20));
    vis_.setWindow(middle - (to - from) * share / 2, middle + (to - from) * share / 2, { animation: false });
    await new Promise(requestAnimationFrame);
  }
}"""

_TELL = """([rate, seconds]) => {
  window.told = story({ contexts: rate * seconds, firstContext: 500_000_000, startNs: 900e9 });
}"""

_LIVE = """async ([rate, seconds]) => {
  const rows = window.told;
  const store = floodedStore;
  let number = store.lastNumber;
  let next = 0;
  const ages = [];
  const began = performance.now();
  await new Promise((done) => {
    const timer = setInterval(() => {
      const due = Math.min(rows.length, Math.floor((performance.now() - began) / 1000 * rate));
      if (due > next) {
        const batch = rows.slice(next, due)
          .map(([at, kind, lane, id, fields]) => [(number += 1), at, kind, lane, id, null, ...fields]);
        next = due;
        const came = performance.now();
        store.append({ type: 'events', from: batch[0][0], to: number, lanes: [], sites: [], rows: batch });
        painted().then(() => ages.push(performance.now() - came));
      }
      if (performance.now() - began < seconds * 1000) return;
      clearInterval(timer);
      done();
    }, 20);
  });
  ages.sort((a, b) => a - b);
  return { events: next, p50: ages[Math.floor(ages.length / 2)], p95: ages[Math.floor(ages.length * 0.95)] };
}"""


#: How old events are by the clock of the server, which is this machine's, once a frame shows them. Of each message the
#: oldest one counts. How long messages were on their way is part of it, and told apart.
_AGES = """async (seconds) => {
  const store = floodedStore;
  const { unixMs } = store.runs.at(-1).hello.clock;
  const now = () => performance.timeOrigin + performance.now();
  const sorted = { came: [], painted: [], waited: [] };
  let events = 0;
  const stop = store.subscribe(({ type, from, to }) => {
    if (type !== 'events' || to === from) return;
    events += to - from;
    const happened = unixMs + store.at(from).atNs / 1e6;
    const came = now();
    sorted.came.push(came - happened);
    painted().then(() => {
      sorted.painted.push(now() - happened);
      sorted.waited.push(now() - came);
    });
  });
  await new Promise((done) => setTimeout(done, seconds * 1000));
  stop();
  const share = (ages, part) => ages.sort((a, b) => a - b)[Math.floor(ages.length * part)] ?? 0;
  return { events, ...Object.fromEntries(Object.entries(sorted).flatMap(([name, ages]) =>
    [[`${name}50`, share(ages, 0.5)], [`${name}95`, share(ages, 0.95)]])) };
}"""

#: The same work on every machine and at every load: how fast this one is, beside what is measured on it.
_CALIBRATE = """() => {
  let x = 1;
  for (let i = 0; i < 3e7; i += 1) x = (x * 1664525 + 1013904223) >>> 0;
  const items = [];
  for (let i = 0; i < 2e5; i += 1) items.push({ i, key: `k${i % 97}` });
  const sums = new Map();
  for (const { i, key } of items) sums.set(key, (sums.get(key) ?? 0) + i);
  return x + sums.size;
}"""


class Meter:
    """Processor time and memory of one page."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("Performance.enable", {"timeDomain": "threadTicks"})

    def cpu_ms(self) -> float:
        metrics = self._cdp.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration") * 1000

    def heap_bytes(self) -> int:
        self._cdp.send("HeapProfiler.collectGarbage")
        usage: dict[str, Any] = self._cdp.send("Runtime.getHeapUsage")
        return int(usage["usedSize"]) + int(usage.get("backingStorageSize", 0))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small part of it, without vis-timeline")
    parser.add_argument(
        "part", nargs="*", choices=[*PARTS, []], help="what to measure; everything, if not given"
    )
    options = parser.parse_args()
    quick: bool = options.quick
    parts: list[str] = options.part or [part for part in PARTS if part != "vis" or not quick]
    effort = QUICK if quick else Effort()
    small, large = effort.small, effort.large
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        named = os.environ.get("CHROMIUM")
        path = next(path for path in (named, *map(shutil.which, CHROMIUM_NAMES)) if path)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        demo = DemoServer(Path(folder))
        demo.start()
        try:
            frames: dict[int, dict[str, float]] = {}
            if "live" in parts:
                _live(browser, demo, effort.seconds)
                _ages(browser, Path(folder), effort.seconds)
            if "scale" in parts or "vis" in parts:
                frames[small] = _ours(browser, demo, small, effort)
            if "scale" in parts:
                frames[large] = _ours(browser, demo, large, effort)
                for axis in ("steps", "time"):
                    ratio = frames[large][axis] / frames[small][axis]
                    print(
                        f"frame, {axis} axis: {large:,} contexts / {small:,} contexts = {ratio:.2f} (aim 2 at most)"
                    )
            if "vis" in parts:
                vis_frame, vis_first = _vis(browser, Path(folder), effort)
                print(
                    f"first paint: ours / vis-timeline at {small:,} = {frames[small]['first'] / vis_first:.3f}"
                )
                for axis in ("steps", "time"):
                    print(
                        f"frame: ours, {axis} axis / vis-timeline at {small:,} = {frames[small][axis] / vis_frame:.3f}"
                    )
        finally:
            demo.stop()
            browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(FLOOD_SCRIPT)
    context.set_default_timeout(300_000)
    context.route("**/static/js/event-store.js", _keep_more)
    yield context.new_page()
    context.close()


def _keep_more(route: Route) -> None:
    response = route.fetch()
    source = response.text()
    if KEPT not in source:
        raise RuntimeError(f"event-store.js does not say how much it keeps as {KEPT!r}")
    route.fulfill(response=response, body=source.replace(KEPT, KEPT_HERE))


def _open(page: Page, demo: DemoServer) -> Meter:
    page.goto(demo.address)
    page.evaluate("floodReady()")
    page.get_by_role("button", name="Real speed").click()
    return Meter(page)


def _ours(browser: Browser, demo: DemoServer, contexts: int, effort: Effort) -> dict[str, float]:
    frames: dict[str, float] = {}
    with _page(browser) as page:
        meter = _open(page, demo)
        before = meter.heap_bytes()
        told: dict[str, float] = page.evaluate(_OPEN_OURS, {"contexts": contexts})
        events, frames["first"] = int(told["events"]), told["firstMs"]
        print(
            f"ours: {contexts:,} contexts, {events:,} events: first paint of all {frames['first'] / 1000:.2f} s"
        )
        print(f"ours: {(meter.heap_bytes() - before) / events:.0f} bytes of heap an event (aim 100 at most)")
        for axis in ("steps", "time"):
            page.locator(f"[data-axis={axis}]").click()
            page.locator("[data-do=fit]").click()
            page.locator("[data-do=fit]").click()
            frames[axis] = _frame_ms(page, meter, _MOVE_OURS, effort)
            print(
                f"ours: {contexts:,} contexts, {axis} axis: {frames[axis]:.2f} ms of the main thread a frame"
            )
    return frames


def _live(browser: Browser, demo: DemoServer, seconds: int) -> None:
    """Events that are handed to the page's own store, as fast as they are told to come."""
    with _page(browser) as page:
        meter = _open(page, demo)
        _calibrate(page, meter)
        # Making the story up is no work of the page's.
        page.evaluate(_TELL, [LIVE_RATE, seconds])
        before = meter.cpu_ms()
        told: dict[str, float] = page.evaluate(_LIVE, [LIVE_RATE, seconds])
        share = (meter.cpu_ms() - before) / (seconds * 1000)
        print(f"live: {LIVE_RATE:,} events a second take {share:.0%} of the main thread (aim 25 % at most)")
        print(
            f"live: arrived to painted {told['p50']:.1f} ms, p95 {told['p95']:.1f} ms (aim two frames: 33 ms)"
        )


def _calibrate(page: Page, meter: Meter) -> None:
    before = meter.cpu_ms()
    page.evaluate(_CALIBRATE)
    print(f"live: a fixed piece of work takes {meter.cpu_ms() - before:.0f} ms of the main thread here")


def _ages(browser: Browser, folder: Path, seconds: int) -> None:
    """Real requests to a real server, which sends what it records over the network."""
    server = DemoServer(folder, command=BUSY)
    server.start()
    try:
        with _page(browser) as page, ThreadPoolExecutor(1) as pool:
            meter = _open(page, server)
            asked = pool.submit(_read, server.url(f"/busy?requests={REQUESTS}&seconds={seconds + 2}"))
            page.wait_for_timeout(1_000)
            before = meter.cpu_ms()
            told: dict[str, float] = page.evaluate(_AGES, seconds)
            share = (meter.cpu_ms() - before) / (seconds * 1000)
            asked.result()
    finally:
        server.stop()
    rate = told["events"] / seconds
    print(f"stream: {rate:,.0f} events a second from a server take {share:.0%} of the main thread")
    print(
        f"stream: the oldest event of a message, by the server's clock: came {told['came50']:.0f} ms, p95 "
        f"{told['came95']:.0f} ms; painted {told['painted50']:.0f} ms, p95 {told['painted95']:.0f} ms "
        f"(aim two frames and a batch); between the two {told['waited50']:.0f} ms, p95 {told['waited95']:.0f} ms"
    )


def _read(url: str) -> None:
    with urllib.request.urlopen(url, timeout=60) as response:
        response.read()


def _vis(browser: Browser, folder: Path, effort: Effort) -> tuple[float, float]:
    """Return the milliseconds of a frame, and those to the first paint."""
    contexts = effort.small
    (folder / "package.json").write_text(json.dumps({"private": True}))
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--legacy-peer-deps", VIS]
    subprocess.run(install, cwd=folder, check=True)
    bundle = folder / "node_modules/vis-timeline/standalone"
    with _page(browser) as page:
        page.goto("about:blank")
        page.add_script_tag(path=bundle / "umd/vis-timeline-graph2d.min.js")
        page.add_style_tag(path=bundle.parent / "styles/vis-timeline-graph2d.min.css")
        meter = Meter(page)
        first_ms: float = page.evaluate(_OPEN_VIS, contexts)
        print(f"vis-timeline: {contexts:,} contexts: first paint {first_ms / 1000:.2f} s")
        frame = _frame_ms(page, meter, _MOVE_VIS, effort)
        print(f"vis-timeline: {contexts:,} contexts: {frame:.2f} ms of the main thread a frame")
    return frame, first_ms


def _frame_ms(page: Page, meter: Meter, move: str, effort: Effort) -> float:
    times = []
    for _ in range(effort.repetitions):
        before = meter.cpu_ms()
        page.evaluate(move, effort.frames)
        times.append((meter.cpu_ms() - before) / effort.frames)
    return median(times)


if __name__ == "__main__":
    main()
