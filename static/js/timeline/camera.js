/**
 * What of the recording is on screen: by which axis, how large, and where.
 *
 * @import { TimelineModel } from './model.js'
 * @import { Scale } from './layout.js'
 */

import { COLUMN } from './metrics.js';
import { LEAD, StepScale } from './scale.js';
import { TimeScale } from './time-scale.js';
import { Viewport } from './viewport.js';

/** @typedef {'steps' | 'time'} Axis */

/** A step is never wider than this. CSS pixels. */
const MOST_COLUMN = 160;

/** What is fitted takes this share of the plot. */
const FIT_SHARE = 0.8;

/** When the time axis is chosen, it shows what belongs together: steps without a longer pause between them. */
const PAUSE_NS = 20e6;

/** It shows at least so much. */
const LEAST_SPAN_NS = 250e3;

/** Steps that are looked at for it, on each side. */
const MOST_NEAR = 200;

export class Camera {
  viewport = new Viewport();
  #model;
  /** @type {Scale} */
  #scale;
  #width = 0;
  #narrow = false;
  /** Whether the width of a step was chosen by hand. */
  #zoomed = false;
  /** The scale of the steps axis, for when it is chosen again. */
  #column = COLUMN.wide;
  #first = 0;
  /** What was at the left edge, should the recording begin later from now on. */
  #anchor = { step: 0, x: 0 };

  /** @param {TimelineModel} model */
  constructor(model) {
    this.#model = model;
    this.#first = model.first;
    this.#scale = new StepScale(COLUMN.wide, model.folds, model.first);
  }

  get scale() {
    return this.#scale;
  }

  /** @returns {Axis} */
  get axis() {
    return this.#scale.kind;
  }

  /** Steps in view. */
  get window() {
    const { scrollX } = this.viewport;
    const count = this.#model.size;
    return {
      from: this.#scale.toStep(scrollX, count),
      to: this.#scale.toStep(scrollX + this.#width, count),
    };
  }

  /** Times in view, which may lie before and after all steps; null on the axis of steps. */
  get times() {
    const scale = this.#scale;
    if (scale.kind !== 'time') return null;
    const { scrollX } = this.viewport;
    return { from: scale.toTime(scrollX), to: scale.toTime(scrollX + this.#width), width: this.#width, scale };
  }

  /**
   * @param {number} width  Of the plot, CSS pixels.
   * @param {boolean} narrow
   */
  resize(width, narrow) {
    this.#width = width;
    if (narrow === this.#narrow) return;
    this.#narrow = narrow;
    if (this.#zoomed) return;
    this.#column = narrow ? COLUMN.narrow : COLUMN.wide;
    if (this.axis === 'steps') this.#scale = new StepScale(this.#column, this.#model.folds, this.#model.first);
  }

  /** Take over how much there is by now. */
  settle() {
    const { first, size } = this.#model;
    if (first !== this.#first) {
      // Older steps were let go: what is on screen stays where it is.
      this.#first = first;
      this.#scale = this.#scale.zoomed(1, first);
      const by = this.#scale.toX(Math.max(first, this.#anchor.step)) - this.#anchor.x;
      this.viewport.scrollTo(this.viewport.scrollX + by, this.viewport.scrollY, true);
    }
    if (this.#scale.kind === 'time' && this.#scale.perNs === 0 && size > first && this.#width > 0) {
      // The axis was chosen before there was anything to see.
      this.#scale = new TimeScale(this.#perNsAround(size - 1), this.#model);
    }
    this.viewport.resize({ width: this.#width, contentWidth: this.#scale.width(size) });
    const step = this.#scale.toStep(this.viewport.scrollX, size);
    this.#anchor = { step, x: this.#scale.toX(step) };
  }

  /**
   * Choose the axis. A step keeps its place on screen.
   *
   * @param {Axis} axis
   * @param {number} step
   */
  setAxis(axis, step) {
    if (axis === this.axis) return;
    const model = this.#model;
    const kept = Math.max(model.first, Math.min(model.size - 1, step));
    const x = Math.max(0, Math.min(this.#width, this.#scale.toX(kept) - this.viewport.scrollX));
    if (axis === 'steps') this.#use(new StepScale(this.#column, model.folds, model.first));
    else {
      if (this.#scale.kind === 'steps') this.#column = this.#scale.column;
      this.#use(new TimeScale(this.#perNsAround(kept), model));
    }
    this.viewport.scrollTo(this.#scale.toX(kept) - x, this.viewport.scrollY, true);
  }

  /**
   * @param {number} x  What stays where it is, CSS pixels from the left of the plot.
   * @param {number} factor  Above 1 to see less, larger.
   * @returns {boolean} Whether anything changed.
   */
  zoomAt(x, factor) {
    const before = this.#scale;
    const size = this.#model.size;
    if (size === 0) return false;
    const place = this.viewport.scrollX + x;
    const step = before.toStep(place, size);
    const offset = place - before.toX(step);
    this.#zoomTo(before.kind === 'time' ? before.perNs * factor : before.column * factor);
    const ratio = sizeOf(this.#scale) / sizeOf(before);
    if (ratio === 1) return false;
    this.#zoomed = true;
    this.viewport.scrollTo(this.#scale.toX(step) + offset * ratio - x, this.viewport.scrollY, true);
    return true;
  }

  /**
   * Show some steps as large as they fit.
   *
   * @param {number} from
   * @param {number} to
   */
  fit(from, to) {
    const { size } = this.#model;
    if (size === 0) return;
    this.#zoomed = true;
    const room = this.#width * FIT_SHARE;
    if (this.#scale.kind === 'time') {
      this.#zoomTo(room / Math.max(1, this.#model.timeOf(to) - this.#model.timeOf(from)));
    } else {
      this.#zoomTo(room / Math.max(1, to - from));
      // Folds take room, too, and it depends on the width of a step.
      for (let i = 0; i < 3; i += 1) {
        const taken = this.#scale.toX(to) - this.#scale.toX(from);
        if (taken > room) this.#zoomTo((sizeOf(this.#scale) * room) / taken);
      }
    }
    const middle = (this.#scale.toX(from) + this.#scale.toX(to)) / 2;
    this.viewport.scrollTo(middle - this.#width / 2, this.viewport.scrollY, true);
    this.#comeBack();
  }

  /**
   * Show steps from edge to edge.
   *
   * @param {number} from
   * @param {number} to
   */
  show(from, to) {
    this.fit(from, to);
    this.zoomAt(this.#width / 2, 1 / FIT_SHARE);
    const middle = (this.#scale.toX(from) + this.#scale.toX(to)) / 2;
    this.viewport.scrollTo(middle - this.#width / 2, this.viewport.scrollY, true);
    this.#comeBack();
  }

  fitAll() {
    const { first, size } = this.#model;
    this.fit(first, size - 1);
    this.#zoomTo(0);
    this.viewport.scrollTo(0, this.viewport.scrollY, true);
  }

  /** Beyond an end there is nothing to see. */
  #comeBack() {
    const most = Math.max(0, this.#scale.width(this.#model.size) - this.#width);
    const { scrollX, scrollY } = this.viewport;
    this.viewport.scrollTo(Math.max(0, Math.min(most, scrollX)), scrollY, true);
  }

  /** @param {number} value  Pixels of a step or of a nanosecond; held between all and the most there is. */
  #zoomTo(value) {
    const model = this.#model;
    if (this.#scale.kind === 'time') {
      const all = Math.max(1, model.timeOf(model.size - 1) - model.timeOf(model.first));
      this.#use(new TimeScale(Math.max(value, (this.#width - LEAD - this.#scale.column) / all), model));
      return;
    }
    const most = this.#narrow ? COLUMN.narrow : COLUMN.wide;
    const share = this.#scale.width(model.size) / this.#scale.column;
    const least = Math.min(most, (this.#width - LEAD) / Math.max(1, share));
    this.#column = Math.max(least, Math.min(MOST_COLUMN, value));
    this.#use(new StepScale(this.#column, model.folds, model.first));
  }

  /** @param {Scale} scale */
  #use(scale) {
    this.#scale = scale;
    this.viewport.resize({ width: this.#width, contentWidth: scale.width(this.#model.size) });
  }

  /** @param {number} step */
  #perNsAround(step) {
    const model = this.#model;
    const least = Math.max(model.first, step - MOST_NEAR);
    const most = Math.min(model.size - 1, step + MOST_NEAR);
    let [from, to] = [step, step];
    while (from > least && model.timeOf(from) - model.timeOf(from - 1) < PAUSE_NS) from -= 1;
    while (to < most && model.timeOf(to + 1) - model.timeOf(to) < PAUSE_NS) to += 1;
    return (this.#width * FIT_SHARE) / Math.max(LEAST_SPAN_NS, model.timeOf(to) - model.timeOf(from));
  }
}

/** @param {Scale} scale */
function sizeOf(scale) {
  return scale.kind === 'time' ? scale.perNs : scale.column;
}
