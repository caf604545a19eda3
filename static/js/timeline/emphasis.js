/**
 * What a person looks for and what they left out: hits are marked, and what is left out is dimmed.
 *
 * What went wrong is never dimmed: a problem stays visible whatever is left out.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { Filter } from '../filter.js'
 * @import { Search } from '../search.js'
 * @import { Bar } from './bar.js'
 * @import { LaneBars } from './bars.js'
 */

import { countBelow } from '../jumps.js';

/** @typedef {Pick<Search, 'hits' | 'has' | 'asked'>} Sought */
/** @typedef {Pick<Filter, 'isActive' | 'hides' | 'shows' | 'visible' | 'done' | 'asked'>} Left */
/** @typedef {Pick<EventStore, 'firstIndex' | 'laneAt'>} Store */

/** @type {Sought} */
const NOTHING_SOUGHT = { hits: new Uint32Array(0), has: () => false, asked: 0 };
/** @type {Left} */
const NOTHING_LEFT_OUT = { isActive: false, hides: () => false, shows: () => true, visible: new Uint32Array(0), done: 0, asked: 0 };

export class Emphasis {
  #store;
  #search;
  #filter;
  /** The steps of the hits of each lane, as far as they were looked at. @type {Map<number, number[]>} */
  #hitsByLane = new Map();
  #hitsDone = -1;
  #hitsOf = '';
  /** For each depth of a lane: how many of its first bars are dimmed. @type {Map<LaneBars, number[][]>} */
  #dimmed = new Map();
  #dimmedOf = '';

  /**
   * @param {Store} [store]
   * @param {Sought} [search]
   * @param {Left} [filter]
   */
  constructor(store = { firstIndex: 0, laneAt: () => -1 }, search = NOTHING_SOUGHT, filter = NOTHING_LEFT_OUT) {
    this.#store = store;
    this.#search = search;
    this.#filter = filter;
  }

  /** Steps that were found, ascending. @returns {ArrayLike<number>} */
  get hits() {
    return this.#search.hits;
  }

  /** Whether anything is left out. */
  get dimsAnything() {
    return this.#filter.isActive;
  }

  /** @param {number} step */
  isHit(step) {
    return this.#search.has(step);
  }

  /** @param {number} step  Of an event. */
  dimsStep(step) {
    return this.#filter.hides(step);
  }

  /** @param {Bar} bar */
  dimsBar(bar) {
    return this.#filter.isActive && !bar.showsFailure && bar.fate !== 'abandoned' && this.#filter.hides(bar.start);
  }

  /** A lane that was left out as a whole. @param {number} lane */
  hidesLane(lane) {
    return this.#filter.isActive && !this.#filter.shows('lane', lane);
  }

  /**
   * Whether anything that is not left out lies in the steps *from* up to, but without, *to*.
   *
   * @param {number} from
   * @param {number} to
   */
  showsAny(from, to) {
    const { isActive, visible, done } = this.#filter;
    return !isActive || to > done || countBelow(visible, to) > countBelow(visible, from);
  }

  /** The hits of one lane, ascending; some may have been let go. @param {number} lane @returns {readonly number[]} */
  hitsOf(lane) {
    const { hits, asked } = this.#search;
    const key = `${asked} ${this.#store.firstIndex}`;
    if (key !== this.#hitsOf) {
      this.#hitsOf = key;
      this.#hitsByLane.clear();
      this.#hitsDone = -1;
    }
    for (let i = countBelow(hits, this.#hitsDone + 1); i < hits.length; i += 1) {
      const id = this.#store.laneAt(hits[i]);
      const steps = this.#hitsByLane.get(id);
      if (steps === undefined) this.#hitsByLane.set(id, [hits[i]]);
      else steps.push(hits[i]);
      this.#hitsDone = hits[i];
    }
    return this.#hitsByLane.get(lane) ?? NO_STEPS;
  }

  /**
   * Whether all of the bars *from* up to, but without, *to* of a row are dimmed. Sums make it cheap for any number.
   *
   * @param {LaneBars} lane
   * @param {number} depth
   * @param {number} from
   * @param {number} to
   */
  dimsAll(lane, depth, from, to) {
    if (!this.#filter.isActive) return false;
    const sums = this.#sumsOf(lane, depth);
    const known = Math.min(to, sums.length - 1);
    if (known > from && sums[known] - sums[from] < known - from) return false;
    for (let i = Math.max(from, known); i < to; i += 1) if (!this.dimsBar(lane.rows[depth][i])) return false;
    return true;
  }

  /** @param {LaneBars} lane @param {number} depth */
  #sumsOf(lane, depth) {
    const key = `${this.#filter.asked} ${this.#store.firstIndex}`;
    if (key !== this.#dimmedOf) {
      this.#dimmedOf = key;
      this.#dimmed.clear();
    }
    let rows = this.#dimmed.get(lane);
    if (rows === undefined) this.#dimmed.set(lane, (rows = []));
    const sums = (rows[depth] ??= [0]);
    const { visible, done } = this.#filter;
    const bars = lane.rows[depth];
    // The newest bar may still fail, and what the filter has not looked at yet may still fit.
    for (let i = sums.length - 1; i < bars.length - 1 && bars[i].start < done; i += 1) {
      const step = Math.ceil(bars[i].start);
      const isLeftOut = visible[countBelow(visible, step)] !== step;
      sums.push(sums[i] + (isLeftOut && !bars[i].showsFailure ? 1 : 0));
    }
    return sums;
  }
}

/** @type {readonly number[]} */
const NO_STEPS = [];

/**
 * Hits as ticks on a row: those that lie closer than a tick are one.
 *
 * @param {ArrayLike<number>} hits  Ascending steps.
 * @param {number} from  First step in view.
 * @param {number} to  Last step in view.
 * @param {(step: number) => number} toX
 * @param {(x: number) => number} firstFrom  The first step at an x or right of it.
 * @returns {{ x: number, right: number }[]}
 */
export function ticksOf(hits, from, to, toX, firstFrom) {
  /** @type {{ x: number, right: number }[]} */
  const ticks = [];
  const end = countBelow(hits, to + 1);
  for (let i = countBelow(hits, from); i < end;) {
    const x = toX(hits[i]);
    // However many there are, of those that share a tick the first and the last are looked at.
    const next = Math.min(end, Math.max(i + 1, countBelow(hits, firstFrom(x + 2 * HALF_TICK))));
    const right = (next - 1 === i ? x : toX(hits[next - 1])) + HALF_TICK;
    const last = ticks.at(-1);
    if (last !== undefined && x - HALF_TICK <= last.right + 1) last.right = Math.max(last.right, right);
    else ticks.push({ x: x - HALF_TICK, right });
    i = next;
  }
  return ticks;
}

/** CSS pixels. */
const HALF_TICK = 1.5;
