"""What only the canvas knows: where the timeline puts its shapes, and the colours of its pixels there.

The layout is worked out by the page's own modules from what the page itself holds, so that a test can look for the
colour of a box where the box is said to be.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from playwright.sync_api import Page

#: Milliseconds until `Canvas.wait_for_events` gives up.
DEADLINE_MS = 15_000

#: How far a pixel may be from a colour, as a distance in RGB: a line that covers three quarters of it still counts.
NEAR = 75

#: Keeps hold of the page's own event store and viewport, which the page gives to nobody: their classes are modules,
#: and a module is the same for everybody who imports it.
WATCH_SCRIPT = """
    window.scope = {};
    const keep = async (module, type, methods, name) => {
      const { prototype } = (await import(`/_flaskscope/static/js/${module}`))[type];
      for (const method of methods) {
        const own = prototype[method];
        prototype[method] = function (...given) {
          window.scope[name] = this;
          if (given[0]?.contentWidth !== undefined) window.scope.contentWidth = given[0].contentWidth;
          return own.apply(this, given);
        };
      }
    };
    if (location.pathname.startsWith('/_flaskscope/')) {
      keep('event-store.js', 'EventStore', ['append', 'at', 'runAt'], 'store');
      keep('timeline/viewport.js', 'Viewport', ['resize'], 'viewport');
    }
"""

_SCENE_SCRIPT = """
async () => {
  const from = (module) => import(`/_flaskscope/static/js/${module}`);
  const { layOut } = await from('timeline/layout.js');
  const { TimelineModel } = await from('timeline/model.js');
  const { StepScale } = await from('timeline/scale.js');
  const { TextMeter } = await from('timeline/text-meter.js');
  const { COLUMN, NARROW } = await from('timeline/metrics.js');
  const { contextName } = await from('events.js');
  const { store, viewport } = window.scope;
  const model = new TimelineModel(store);
  model.advance();
  const { clientWidth: width, clientHeight: height } = document.querySelector('.timeline');
  const scene = layOut({
    store, model,
    scale: new StepScale(width < NARROW ? COLUMN.narrow : COLUMN.wide, model.folds),
    view: { width, height, scrollX: viewport.scrollX, scrollY: viewport.scrollY },
    hasOverview: viewport.overflowsX,
    measure: new TextMeter(document.createElement('canvas').getContext('2d')).measure,
  });
  return {
    lanes: scene.lanes.map(({ id, name, y, height }) => ({ id, name, y, height })),
    boxes: scene.boxes.map(({ bar, x, right, y, height, dashed, leaked, openRight, title, pill, strip, marksY }) => ({
      kind: bar.about.type, name: contextName(bar.context), lane: bar.lane, depth: bar.depth,
      x, right, y, height, dashed, leaked, openRight, title, pill, strip, marksY,
    })),
    marks: scene.marks.map(({ step, kind, x, y }) => ({ step, kind, x, y })),
    rivers: scene.rivers,
    folds: scene.folds,
    stretches: scene.stretches,
    band: scene.areas.stretches,
    width, height, left: scene.areas.left,
  };
}
"""

_PIXELS_SCRIPT = """
async ({ x, y, width, height, among, near, counted }) => {
  const { readPalette } = await import('/_flaskscope/static/js/timeline/palette.js');
  const style = getComputedStyle(document.documentElement);
  const palette = readPalette((name) => style.getPropertyValue(`--${name}`), document.documentElement.dataset.theme);
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const colours = among.map((name) => {
    paint.fillStyle = palette[name];
    paint.fillRect(0, 0, 1, 1);
    return paint.getImageData(0, 0, 1, 1).data;
  });
  const canvas = document.querySelector('.timeline canvas');
  const { data } = canvas.getContext('2d').getImageData(
    Math.round(x * devicePixelRatio), Math.round(y * devicePixelRatio),
    Math.max(1, Math.round(width * devicePixelRatio)), Math.max(1, Math.round(height * devicePixelRatio)));
  const found = counted ? {} : [];
  for (let i = 0; i < data.length; i += 4) {
    let nearest = 'other';
    let distance = near;
    for (let j = 0; j < colours.length; j += 1) {
      const [red, green, blue] = colours[j];
      const far = Math.hypot(red - data[i], green - data[i + 1], blue - data[i + 2]);
      if (far < distance) [nearest, distance] = [among[j], far];
    }
    if (counted) found[nearest] = (found[nearest] ?? 0) + 1;
    else found.push(nearest);
  }
  return found;
}
"""


_EVENTS_SCRIPT = """
([count, deadline]) => new Promise((resolve, reject) => {
  const { store } = window.scope;
  const look = () => store.size >= count && resolve();
  store.subscribe(look);
  look();
  AbortSignal.timeout(deadline).addEventListener(
    'abort', () => reject(new Error(`the page holds ${store.size} events, not ${count}`)));
})
"""

_VIEW_SCRIPT = """
async () => {
  for (let i = 0; i < 2; i += 1) await new Promise(requestAnimationFrame);
  return [window.scope.viewport.scrollX, window.scope.contentWidth];
}
"""


@dataclass(frozen=True)
class Box:
    """A context as it is drawn. Lengths are CSS pixels from the top left of the timeline."""

    kind: str
    name: str
    lane: int
    depth: int
    x: float
    right: float
    y: float
    height: float
    dashed: bool
    leaked: bool
    openRight: bool  # noqa: N815 - as the page calls it
    title: str
    pill: dict[str, Any] | None
    strip: dict[str, Any] | None
    marksY: float  # noqa: N815


class Canvas:
    """The timeline's canvas in a page that was opened with `WATCH_SCRIPT`."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def wait_for_events(self, count: int) -> None:
        """Wait until the page holds *count* events. It need not have drawn them yet."""
        self._page.evaluate(_EVENTS_SCRIPT, [count, DEADLINE_MS])

    def view(self) -> tuple[float, float]:
        """Return how much of the recording lies left of the plot, and how wide all of it is. CSS pixels.

        Two frames later than it is asked for, so that what was just done is in it.
        """
        left, width = self._page.evaluate(_VIEW_SCRIPT)
        return float(left), float(width)

    def scene(self) -> dict[str, Any]:
        """Return what is drawn now, as timeline/scene.js describes it."""
        return cast("dict[str, Any]", self._page.evaluate(_SCENE_SCRIPT))

    def boxes(self) -> list[Box]:
        """Return the contexts in view, parents before their children."""
        return [Box(**box) for box in self.scene()["boxes"]]

    def colours(self, x: float, y: float, width: float, height: float, among: list[str]) -> list[str]:
        """Return for each pixel, row by row, which colour of the palette in *among* it has, or nearly has.

        "other" is none of them.
        """
        return cast("list[str]", self._read((x, y, width, height), among, counted=False))

    def count(self, x: float, y: float, width: float, height: float, among: list[str]) -> Counter[str]:
        """Return how many pixels have, or nearly have, each colour in *among*, or "other"."""
        return Counter(cast("dict[str, int]", self._read((x, y, width, height), among, counted=True)))

    def share(self, colour: str, x: float, y: float, width: float, height: float, among: list[str]) -> float:
        """Return the share of pixels, 0 to 1, that have *colour* rather than another one in *among*."""
        found = self.count(x, y, width, height, among)
        return found[colour] / found.total()

    def _read(self, place: tuple[float, float, float, float], among: list[str], *, counted: bool) -> object:
        x, y, width, height = place
        arguments = {
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "among": among,
            "near": NEAR,
            "counted": counted,
        }
        return self._page.evaluate(_PIXELS_SCRIPT, arguments)


def changes(colours: list[str]) -> int:
    """Return how often the colour changes from one pixel to the next."""
    return sum(a != b for a, b in zip(colours, colours[1:], strict=False))
