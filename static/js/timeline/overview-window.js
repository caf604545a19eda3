/**
 * The window on the overview: it is what the lanes show, and moves them when it is moved.
 *
 * @import { Camera } from './camera.js'
 * @import { Grip } from './gestures.js'
 * @import { TimelineModel } from './model.js'
 * @import { Areas } from './scene.js'
 */

import { overviewScale } from './paint-overview.js';

/** How near the pointer must be to an edge. CSS pixels. */
const EDGE_REACH = 7;

/** Where a window that would show nothing shows what is nearest: in this share of the plot from its edge. */
const NEAREST_SHARE = 0.2;

/** The window is held as if it were at least so wide, and its edges lie so far outside of its steps. */
const LEAST_WIDTH = 8;
const OUTSIDE = 4;

export class OverviewWindow {
  #model;
  #camera;

  /** @param {TimelineModel} model @param {Camera} camera */
  constructor(model, camera) {
    this.#model = model;
    this.#camera = camera;
  }

  /** @param {Areas} areas */
  scale(areas) {
    const { size, first } = this.#model;
    return overviewScale(areas, size, first, this.#camera.axis === 'time' ? this.#model : null);
  }

  /** Where it is, CSS pixels: of the steps in view, or true to time. @param {Areas} areas */
  span(areas) {
    const scale = this.scale(areas);
    const { times } = this.#camera;
    if (times !== null && scale.xOf !== null) return { left: scale.xOf(times.from), right: scale.xOf(times.to) };
    const { from, to } = this.#camera.window;
    return { left: scale.toX(from), right: scale.toX(to) };
  }

  /** @param {number} x @param {Areas} areas @returns {Grip} */
  gripAt(x, areas) {
    const { left, right: end } = this.span(areas);
    const right = Math.max(left + LEAST_WIDTH, end);
    if (Math.abs(x - left + OUTSIDE) <= EDGE_REACH) return 'left';
    if (Math.abs(x - right - OUTSIDE) <= EDGE_REACH) return 'right';
    return x >= left && x <= right ? x - left : (right - left) / 2;
  }

  /** Where the lanes must be scrolled to for the window to begin at x. @param {number} x @param {Areas} areas */
  leftFor(x, areas) {
    const { times } = this.#camera;
    const overview = this.scale(areas);
    if (times !== null && overview.toTime !== null) return this.#leftAt(overview.toTime(x), times);
    const { scale } = this.#camera;
    return scale.toX(this.#stepAt(x, areas)) - scale.column / 2;
  }

  /**
   * The same by time. Where nothing happened, what is nearest is shown: a pause has nothing to be seen.
   *
   * @param {number} at  Nanoseconds.
   * @param {NonNullable<Camera['times']>} times
   */
  #leftAt(at, { from, to, width, scale }) {
    const { first, size } = this.#model;
    const after = Math.max(first, Math.min(size, this.#model.firstStepAt(at)));
    const end = at + (to - from);
    const next = after < size ? this.#model.timeOf(after) : Infinity;
    if (next <= end) return scale.xOf(at);
    const before = Math.max(first, after - 1);
    const last = this.#model.timeOf(before);
    return at - last <= next - end ? scale.xOf(last) - width * (1 - NEAREST_SHARE) : scale.xOf(next) - width * NEAREST_SHARE;
  }

  /** @param {number} x @param {'left' | 'right'} edge @param {Areas} areas */
  resize(x, edge, areas) {
    const { from, to } = this.#camera.window;
    const step = this.#stepAt(x, areas);
    if (edge === 'left') this.#camera.show(Math.min(step, to - 1), to);
    else this.#camera.show(from, Math.max(step, from + 1));
  }

  /** @param {number} x @param {Areas} areas */
  #stepAt(x, areas) {
    const { first, size } = this.#model;
    return Math.max(first, Math.min(size - 1, Math.round(this.scale(areas).toStep(x))));
  }
}
