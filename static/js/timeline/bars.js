/**
 * Contexts as bars on the lanes of their threads.
 *
 * A *step* is the position of an event in the store, from 0.
 *
 * @import { About } from '../events.js'
 */

import { valueText } from '../naming.js';

/**
 * How a context ended. `open`: it has not; `cut`: what happened to it was lost, or the server stopped.
 *
 * @typedef {'open' | 'popped' | 'abandoned' | 'cut'} Fate
 */

/**
 * What is in `g` from a step on.
 *
 * @typedef {object} GState
 * @property {number} from  The step.
 * @property {string} name  The name written last, '' when `g` is empty.
 * @property {string} text  Its value.
 * @property {number} size  How many names there are.
 */

/**
 * @typedef {object} Bar
 * @property {number} context
 * @property {number} lane
 * @property {number} depth  How many contexts lie beneath it, from 0.
 * @property {Bar | null} parent
 * @property {number} start  The step of its push, or the first that is known of it.
 * @property {number} end  The step of its pop; `Infinity` while there is none.
 * @property {boolean} startKnown  False when it was pushed before what is kept.
 * @property {About} about
 * @property {Fate} fate
 * @property {boolean} failed  An exception left its code, or popping it failed.
 * @property {boolean} hasMarks  Whether it needs a row for marks.
 * @property {GState[]} g  Ordered by step; none when `g` is another context's.
 */

/** Names of `g` that are followed in one context; later ones are counted as one. */
const MAX_NAMES = 1_000;

/** The contexts of one thread, and which of them are pushed now. */
export class LaneBars {
  /** Bars of one depth never overlap and are ordered by start. @type {Bar[][]} */
  #byDepth = [];
  /** Bars without an end. They would break the order of the others. @type {Bar[]} */
  #abandoned = [];
  /** Failed bars before each, for each depth; made when asked for. @type {number[][]} */
  #failed = [];
  #begin = Infinity;

  /** Pushed now, the newest last. @type {Bar[]} */
  stack = [];

  /** @param {number} id */
  constructor(id) {
    this.id = id;
    /** Steps at which something happened here, in order. @type {number[]} */
    this.steps = [];
  }

  /** Problems of this lane: their steps, in order. @type {number[]} */
  problems = [];

  /** The first step that touches this lane; `Infinity` while there is none. */
  get first() {
    return Math.min(this.steps[0] ?? Infinity, this.#begin);
  }

  /** The last step that touches this lane; `Infinity` while a context is pushed or was abandoned. */
  get last() {
    if (this.stack.length > 0 || this.#abandoned.length > 0) return Infinity;
    return this.steps[this.steps.length - 1] ?? -1;
  }

  /** @param {Bar} bar */
  add(bar) {
    (this.#byDepth[bar.depth] ??= []).push(bar);
    this.stack.push(bar);
    this.#begin = Math.min(this.#begin, bar.start);
  }

  /** The bars of a depth, which never overlap, ordered by start. @returns {readonly Bar[][]} */
  get rows() {
    return this.#byDepth;
  }

  /** Bars without an end. @returns {readonly Bar[]} */
  get leaked() {
    return this.#abandoned;
  }

  /**
   * How many of the first *count* bars of a depth failed.
   *
   * @param {number} depth
   * @param {number} count
   */
  failedBefore(depth, count) {
    const sums = (this.#failed[depth] ??= [0]);
    const bars = this.#byDepth[depth];
    // The newest bar may still fail; all before it have ended.
    for (let i = sums.length - 1; i < bars.length - 1; i += 1) sums.push(sums[i] + (isFailed(bars[i]) ? 1 : 0));
    if (count < sums.length) return sums[count];
    return sums[sums.length - 1] + (isFailed(bars[bars.length - 1]) ? 1 : 0);
  }

  /** Forget what ended before a step. @param {number} step */
  letGo(step) {
    this.#failed = [];
    for (const [depth, bars] of this.#byDepth.entries()) {
      if (bars !== undefined) this.#byDepth[depth] = bars.slice(firstEndingAt(bars, step));
    }
    this.steps = this.steps.slice(firstFrom(this.steps, step));
    this.problems = this.problems.slice(firstFrom(this.problems, step));
    this.#begin = this.#byDepth.reduce((least, bars) => Math.min(least, bars?.[0]?.start ?? Infinity), Infinity);
  }

  /**
   * Take a bar off the stack.
   *
   * @param {Bar} bar
   * @param {number} end  Its last step.
   * @param {Fate} fate
   */
  remove(bar, end, fate) {
    const place = this.stack.lastIndexOf(bar);
    if (place >= 0) this.stack.splice(place, 1);
    bar.end = end;
    bar.fate = fate;
    if (fate !== 'abandoned') return;
    const row = this.#byDepth[bar.depth];
    row.splice(row.lastIndexOf(bar), 1);
    this.#abandoned.push(bar);
  }

  /**
   * The bars that touch the steps *from* to *to*, parents before their children.
   *
   * @param {number} from
   * @param {number} to
   * @returns {Bar[]}
   */
  barsIn(from, to) {
    /** @type {Bar[]} */
    const found = [];
    for (const bars of this.#byDepth) {
      if (bars === undefined) continue;
      for (let i = firstEndingAt(bars, from); i < bars.length && bars[i].start <= to; i += 1) found.push(bars[i]);
    }
    if (this.#abandoned.length === 0) return found;
    for (const bar of this.#abandoned) if (bar.start <= to) found.push(bar);
    return found.sort((a, b) => a.depth - b.depth);
  }

  /**
   * How many contexts are pushed right after *step*.
   *
   * @param {number} step
   */
  depthAt(step) {
    let count = 0;
    for (const bar of this.barsIn(step, step)) if (bar.start <= step && bar.end > step) count += 1;
    return count;
  }

  /**
   * Whether an event of this lane lies in the steps *from* to *to*.
   *
   * @param {number} from
   * @param {number} to
   */
  isActiveIn(from, to) {
    const at = firstFrom(this.steps, from);
    return at < this.steps.length && this.steps[at] <= to;
  }
}

/** All lanes, and each context by its number. */
export class Bars {
  /** In the order of their first event. @type {Map<number, LaneBars>} */
  lanes = new Map();
  /** The latest bar of each context. @type {Map<number, Bar>} */
  #latest = new Map();
  /** What open contexts hold in `g`. @type {Map<Bar, Map<string, string>>} */
  #names = new Map();
  /** Pushed and not known to be abandoned. */
  openCount = 0;
  /** All bars ever added. */
  count = 0;

  /** @param {number} id */
  lane(id) {
    let lane = this.lanes.get(id);
    if (lane === undefined) {
      lane = new LaneBars(id);
      this.lanes.set(id, lane);
    }
    return lane;
  }

  /**
   * The bar of a context: the one on *lane* if it is pushed there, else the latest anywhere.
   *
   * @param {number | null} context
   * @param {number} lane
   * @returns {Bar | undefined}
   */
  find(context, lane) {
    if (context === null) return undefined;
    const stack = this.lanes.get(lane)?.stack ?? [];
    for (let i = stack.length - 1; i >= 0; i -= 1) if (stack[i].context === context) return stack[i];
    return this.#latest.get(context);
  }

  /**
   * @param {About} about
   * @param {number} laneId
   * @param {number} step
   * @param {boolean} startKnown
   * @returns {Bar}
   */
  push(about, laneId, step, startKnown) {
    const lane = this.lane(laneId);
    const parent = lane.stack.at(-1) ?? null;
    /** @type {Bar} */
    const bar = {
      context: about.id,
      lane: laneId,
      depth: parent === null ? 0 : parent.depth + 1,
      parent,
      start: step,
      end: Infinity,
      startKnown,
      about,
      fate: 'open',
      failed: false,
      hasMarks: about.type !== 'app',
      g: [],
    };
    lane.add(bar);
    this.#latest.set(about.id, bar);
    this.openCount += 1;
    this.count += 1;
    if (about.type !== 'request') this.#beginG(bar, step);
    return bar;
  }

  /**
   * @param {Bar} bar
   * @param {number} end
   * @param {Fate} fate
   */
  close(bar, end, fate) {
    if (bar.fate === 'open') this.openCount -= 1;
    this.lane(bar.lane).remove(bar, end, fate);
    this.#names.delete(bar);
    // An array that grew has room to spare, and a closed bar never needs it.
    bar.g = bar.g.slice();
  }

  /**
   * The thread of a context ended without popping it: its bar has no end.
   *
   * @param {Bar} bar
   */
  abandon(bar) {
    this.close(bar, Infinity, 'abandoned');
  }

  /**
   * End whatever is pushed now; the latest is first.
   *
   * @param {number} end
   * @returns {Bar[]} What was ended.
   */
  cutAll(end) {
    /** @type {Bar[]} */
    const cut = [];
    for (const lane of this.lanes.values()) {
      while (lane.stack.length > 0) {
        const bar = lane.stack[lane.stack.length - 1];
        this.close(bar, end, 'cut');
        cut.push(bar);
      }
    }
    return cut;
  }

  /**
   * @param {Bar} bar
   * @param {number} step
   * @param {string} name
   * @param {string | null} text  The value; null when the name was deleted.
   */
  changeG(bar, step, name, text) {
    const names = this.#names.get(bar);
    if (names === undefined) return;
    names.delete(name);
    if (text !== null && names.size < MAX_NAMES) names.set(name, text);
    bar.g.push(newest(names, step));
  }

  /** Forget what ended before a step. @param {number} step */
  letGo(step) {
    for (const lane of this.lanes.values()) lane.letGo(step);
    for (const [context, bar] of this.#latest) if (bar.end < step) this.#latest.delete(context);
  }

  /** @param {Bar} bar @param {number} step */
  #beginG(bar, step) {
    const names = new Map();
    for (const [name, value] of bar.about.g ?? []) names.set(name, valueText(value));
    this.#names.set(bar, names);
    bar.g.push(newest(names, step));
  }
}

/**
 * @param {Map<string, string>} names
 * @param {number} from
 * @returns {GState}
 */
function newest(names, from) {
  let last = ['', ''];
  // A Map has no last(): but it is small, and it is walked once for each write.
  for (const entry of names) last = entry;
  return { from, name: last[0], text: last[1], size: names.size };
}

/** Whether a bar is drawn as a failure. @param {Bar} bar */
export function isFailed(bar) {
  return bar.failed && bar.about.implicit !== true;
}

/**
 * @param {readonly number[]} steps  Ascending.
 * @param {number} step
 * @returns {number} The place of the first one at *step* or later.
 */
export function firstFrom(steps, step) {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {readonly Bar[]} bars
 * @param {number} step
 * @returns {number} The place of the first bar that ends at *step* or later.
 */
export function firstEndingAt(bars, step) {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle].end < step) low = middle + 1;
    else high = middle;
  }
  return low;
}
