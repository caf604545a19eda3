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

  /** @param {number} x @param {Areas} areas @returns {Grip} */
  gripAt(x, areas) {
    const scale = this.scale(areas);
    const { from, to } = this.#camera.window;
    const left = scale.toX(from);
    const right = Math.max(left + LEAST_WIDTH, scale.toX(to));
    if (Math.abs(x - left + OUTSIDE) <= EDGE_REACH) return 'left';
    if (Math.abs(x - right - OUTSIDE) <= EDGE_REACH) return 'right';
    return x >= left && x <= right ? x - left : (right - left) / 2;
  }

  /** Where the lanes must be scrolled to for the window to begin at x. @param {number} x @param {Areas} areas */
  leftFor(x, areas) {
    const { scale } = this.#camera;
    return scale.toX(this.#stepAt(x, areas)) - scale.column / 2;
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
