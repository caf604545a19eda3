/**
 * Contexts as bars on the lanes of their threads.
 *
 * A *step* is the position of an event in the store, from 0.
 *
 * @import { About } from '../events.js'
 * @import { BarRow, Fate } from './bar.js'
 */

import { countBelow } from '../jumps.js';
import { laneStepsOf } from '../lane-steps.js';
import { Bar } from './bar.js';

/** Contexts that are found by their number; older ones only at a step at which they were pushed. */
const MOST_LATEST = 8_192;

/** The contexts of one thread, and which of them are pushed now. */
export class LaneBars {
  /** Bars of one depth never overlap and are ordered by start. @type {Bar[][]} */
  #byDepth = [];
  /** Bars without an end. They would break the order of the others. @type {Bar[]} */
  #abandoned = [];
  /** Where the bars that show a failure begin, for each depth. @type {number[][]} */
  #failed = [];
  #begin = Infinity;
  #store;
  /** @type {BarRow[]} */
  #shared = [];

  /** Pushed now, the newest last. @type {Bar[]} */
  stack = [];

  /** @param {number} id @param {import('../lane-steps.js').Store} store */
  constructor(id, store) {
    this.id = id;
    this.#store = store;
  }

  /** Steps at which something happened here, in order. */
  get steps() {
    return laneStepsOf(this.#store).of(this.id);
  }

  /** What bars of a depth have in common. @param {number} depth */
  row(depth) {
    return (this.#shared[depth] ??= { store: this.#store, lane: this.id, depth });
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
    const bars = this.#byDepth[bar.depth];
    // Many lanes have one bar only, and a list that grew has room to spare.
    if (bars === undefined) this.#byDepth[bar.depth] = [bar];
    else bars.push(bar);
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

  /** A bar failed. @param {Bar} bar */
  fail(bar) {
    if (bar.showsFailure) return;
    bar.failed = true;
    // Bars of a depth do not overlap: they fail in the order in which they begin.
    if (bar.showsFailure) (this.#failed[bar.depth] ??= []).push(bar.start);
  }

  /**
   * Whether one of the bars *from* up to, but without, *to* of a depth shows a failure.
   *
   * @param {number} depth
   * @param {number} from
   * @param {number} to
   */
  failedIn(depth, from, to) {
    const failed = this.#failed[depth];
    const bars = this.#byDepth[depth];
    if (failed === undefined || to <= from) return false;
    return failed[countBelow(failed, bars[from].start)] <= bars[to - 1].start;
  }

  /** Forget what ended before a step, and depend no longer on events before it. @param {number} step */
  letGo(step) {
    for (const [depth, bars] of this.#byDepth.entries()) {
      if (bars === undefined) continue;
      const kept = bars.slice(firstEndingAt(bars, step));
      for (let i = 0; i < kept.length && kept[i].start < step; i += 1) kept[i].keep();
      this.#byDepth[depth] = kept;
      if (this.#failed[depth] !== undefined) this.#failed[depth] = this.#failed[depth].slice(countBelow(this.#failed[depth], kept[0]?.start ?? step));
    }
    for (const bar of this.#abandoned) if (bar.start < step) bar.keep();
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
    bar.close(end, fate);
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
  /** The latest bar of each of the latest contexts, and of all that are open. @type {Map<number, Bar>} */
  #latest = new Map();
  #store;
  /** Pushed and not known to be abandoned. */
  openCount = 0;
  /** All bars ever added. */
  count = 0;

  /** @param {import('../lane-steps.js').Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @param {number} id */
  lane(id) {
    let lane = this.lanes.get(id);
    if (lane === undefined) {
      lane = new LaneBars(id, this.#store);
      this.lanes.set(id, lane);
    }
    return lane;
  }

  /**
   * The bar of a context: the one on *lane* if it is pushed there, else the latest anywhere.
   *
   * @param {number | null} context
   * @param {number} lane
   * @param {number} [step]  Where it was pushed, for one that is long over.
   * @returns {Bar | undefined}
   */
  find(context, lane, step) {
    if (context === null) return undefined;
    const stack = this.lanes.get(lane)?.stack ?? [];
    for (let i = stack.length - 1; i >= 0; i -= 1) if (stack[i].context === context) return stack[i];
    const latest = this.#latest.get(context);
    if (latest !== undefined || step === undefined) return latest;
    return this.lanes.get(lane)?.barsIn(step, step).find((bar) => bar.context === context);
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
    const bar = new Bar(lane.row(parent === null ? 0 : parent.depth + 1), parent, about, step, startKnown);
    lane.add(bar);
    this.#remember(bar);
    this.openCount += 1;
    this.count += 1;
    return bar;
  }

  /** @param {Bar} bar */
  #remember(bar) {
    this.#latest.delete(bar.context);
    this.#latest.set(bar.context, bar);
    if (this.#latest.size <= MOST_LATEST) return;
    const [[context, oldest]] = this.#latest;
    this.#latest.delete(context);
    // One that is still open comes to the end of the line.
    if (oldest.fate === 'open') this.#latest.set(context, oldest);
  }

  /** A bar failed. @param {Bar} bar */
  fail(bar) {
    this.lane(bar.lane).fail(bar);
  }

  /**
   * @param {Bar} bar
   * @param {number} end
   * @param {Fate} fate
   */
  close(bar, end, fate) {
    if (bar.fate === 'open') this.openCount -= 1;
    this.lane(bar.lane).remove(bar, end, fate);
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
   * End whatever is pushed now on some lanes; the latest is first.
   *
   * @param {number} end
   * @param {(lane: number) => boolean} fits
   * @returns {Bar[]} What was ended.
   */
  cutAll(end, fits) {
    /** @type {Bar[]} */
    const cut = [];
    for (const lane of this.lanes.values()) {
      if (!fits(lane.id)) continue;
      while (lane.stack.length > 0) {
        const bar = lane.stack[lane.stack.length - 1];
        this.close(bar, end, 'cut');
        cut.push(bar);
      }
    }
    return cut;
  }

  /** Forget what ended before a step. @param {number} step */
  letGo(step) {
    for (const lane of this.lanes.values()) lane.letGo(step);
    for (const [context, bar] of this.#latest) if (bar.end < step) this.#latest.delete(context);
  }
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
