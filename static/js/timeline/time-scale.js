/**
 * The time axis: an x for each step by the clock, and the ticks to read it by.
 *
 * An *x* is in CSS pixels from the left end of the recording, before scrolling. Times are nanoseconds since the
 * start of the first run on the page.
 *
 * @import { TimelineModel } from './model.js'
 * @import { Fold } from './scale.js'
 * @import { Nanoseconds } from '../units.js'
 */

import { LEAD } from './scale.js';

/** A microsecond is never wider than this. CSS pixels. */
const MOST_PER_US = 240;

/** CSS pixels between two ticks with a text, at least. */
const TICK_ROOM = 74;

/** Width of a divider, where the pause it stands in has room for it. CSS pixels. */
const DIVIDER = 30;

/** @typedef {Pick<TimelineModel, 'first' | 'timeOf' | 'firstStepAt' | 'breaks'>} Times */

/** Time is true to scale: idle stretches are as long as they were. */
export class TimeScale {
  kind = /** @type {const} */ ('time');
  /** Room after the last step. CSS pixels. */
  column = 22;

  /**
   * @param {number} perNs  CSS pixels of a nanosecond, above 0.
   * @param {Times} times
   */
  constructor(perNs, times) {
    this.perNs = Math.min(MOST_PER_US / 1000, perNs);
    this.times = times;
    this.startNs = times.timeOf(times.first);
  }

  get first() {
    return this.times.first;
  }

  /** Nothing is folded away, but where the recording broke off there is a divider. */
  get folds() {
    return this.times.breaks;
  }

  /** @param {number} factor @returns {TimeScale} */
  zoomed(factor) {
    return new TimeScale(this.perNs * factor, this.times);
  }

  /** @param {number} step @returns {number} CSS pixels. */
  toX(step) {
    return this.xOf(this.times.timeOf(step));
  }

  /** @param {Nanoseconds} ns @returns {number} CSS pixels. */
  xOf(ns) {
    return LEAD + (ns - this.startNs) * this.perNs;
  }

  /** @param {number} x @returns {Nanoseconds} */
  toTime(x) {
    return this.startNs + (x - LEAD) / this.perNs;
  }

  /** @param {number} x @param {number} count */
  firstFrom(x, count) {
    return Math.min(count, this.times.firstStepAt(this.toTime(x)));
  }

  /** @param {number} x @param {number} count  @returns {number} The step nearest to x. */
  toStep(x, count) {
    const after = Math.min(this.firstFrom(x, count), count - 1);
    if (after <= this.first) return this.first;
    return x - this.toX(after - 1) < this.toX(after) - x ? after - 1 : after;
  }

  /**
   * Where a divider is drawn: in the middle between the steps on both sides, where what was pushed is cut, too.
   *
   * @param {Fold} fold
   * @returns {{ from: number, to: number }} CSS pixels.
   */
  foldSpan({ before }) {
    const right = this.toX(before);
    const left = before > this.first ? this.toX(before - 1) : right - LEAD;
    const half = Math.min(DIVIDER, right - left) / 2;
    return { from: (left + right) / 2 - half, to: (left + right) / 2 + half };
  }

  /** @param {number} count */
  width(count) {
    return count === 0 ? 0 : this.toX(count - 1) + this.column;
  }
}

/** @typedef {{ x: number, text: string }} TimeTick  A tick without text is a small one. */

/**
 * The units that ticks are told in, by the step between them and by how much is in view; with longer steps they say the
 * time itself.
 *
 * @type {[below: Nanoseconds, span: Nanoseconds, unit: Nanoseconds, name: string, mostAnchor: Nanoseconds][]}
 */
const UNITS = [
  [1e6, 2e6, 1e3, 'µs', 1e6],
  [1e8, Infinity, 1e6, 'ms', 1e9],
];

/** Steps of more than a second, in seconds. */
const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/**
 * Ticks for a part of the time axis. Where they are close they count from *anchor*: a round time, no further left of
 * the view than the view is wide or ten times that, so that the figures stay small and it stays while the view moves a little.
 *
 * @param {Nanoseconds} from
 * @param {Nanoseconds} to
 * @param {number} perNs
 * @returns {{ ticks: { at: Nanoseconds, text: string }[], anchor: string }}  *anchor* is '' where the ticks are
 *   counted from the start.
 */
export function timeTicks(from, to, perNs) {
  const step = tickStep(TICK_ROOM / perNs);
  const small = step / (leading(step) === 2 ? 4 : 5);
  const unit = UNITS.find(([below, span]) => step < below && to - from < span);
  const round = unit === undefined ? 1 : Math.min(unit[4], 10 ** Math.ceil(Math.log10(Math.max(1, to - from))));
  const anchor = unit === undefined ? 0 : Math.floor(from / round) * round;
  const first = Math.ceil((from - anchor) / small);
  const last = Math.floor((to - anchor) / small);
  const each = Math.round(step / small);
  const ticks = [];
  for (let i = first; i <= last; i += 1) {
    const at = anchor + i * small;
    let text = '';
    if (i % each === 0) text = unit === undefined ? clockText(at, step) : relativeText(i * small, unit[2], unit[3]);
    ticks.push({ at, text });
  }
  return { ticks, anchor: unit === undefined ? '' : `from ${anchorText(anchor, unit[2], round)}` };
}

/** The next of 1, 2, 5 × 10ⁿ; above a second what clocks show. @param {Nanoseconds} least */
function tickStep(least) {
  if (least > 5e8) {
    const seconds = LONG_STEPS.find((one) => one * 1e9 >= least);
    return (seconds ?? Math.ceil(least / 86_400e9) * 86_400) * 1e9;
  }
  const power = 10 ** Math.max(3, Math.floor(Math.log10(least)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= least) ?? 10 * power;
}

/** The first figure of a number. @param {number} value */
function leading(value) {
  return Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
}

/** @param {Nanoseconds} ns @param {Nanoseconds} unit @param {string} name */
function relativeText(ns, unit, name) {
  return ns === 0 ? '0' : `+${+(ns / unit).toFixed(3)} ${name}`;
}

/** @param {Nanoseconds} at @param {Nanoseconds} step */
function clockText(at, step) {
  const seconds = at / 1e9;
  if (seconds < 60) return `${seconds.toFixed(step < 1e8 ? 2 : step < 1e9 ? 1 : 0)} s`;
  return minutesText(seconds, step < 1e9 ? (step < 1e8 ? 2 : 1) : 0);
}

/** @param {Nanoseconds} at @param {Nanoseconds} unit  Of the ticks. @param {Nanoseconds} round  *at* is a multiple of this. */
function anchorText(at, unit, round) {
  const seconds = at / 1e9;
  const places = unit < 1e6 ? 6 : round >= 1e9 && seconds >= 60 ? 0 : 3;
  const text = seconds < 60 ? seconds.toFixed(places) : minutesText(seconds, places);
  // Figures in threes: nobody counts six of them.
  return `${text.replace(/(\.\d{3})(\d{3})$/, '$1\u202f$2')}${seconds < 60 ? ' s' : ''}`;
}

/** @param {number} seconds @param {number} places */
function minutesText(seconds, places) {
  const rounded = +seconds.toFixed(places);
  const rest = (rounded % 60).toFixed(places).padStart(places === 0 ? 2 : places + 3, '0');
  const minutes = Math.floor(rounded / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}
