/**
 * What is in view, in numbers that no single step tells.
 *
 * @import { Bar } from './bar.js'
 * @import { LaneBars } from './bars.js'
 * @import { TimelineModel } from './model.js'
 */

import { firstEndingAt } from './bars.js';

/** Contexts that are looked at one by one; of more than these every second, third … is. */
const MOST_LOOKED_AT = 20_000;

/** Bins of a power of ten. */
export const BINS_PER_DECADE = 3;

/** The first bin is below this, the last above. Nanoseconds. */
export const LEAST_LIFE_NS = 1e4;
const DECADES = 7;

/**
 * @typedef {object} Census
 * @property {number} spanNs  How much time is in view.
 * @property {number} requests
 * @property {number} byHand  App contexts that were pushed by hand.
 * @property {number} deepest  The most contexts on one stack.
 * @property {number | null} medianNs  Half of the contexts that ended lived shorter; null when none ended.
 * @property {number[]} lives  How many lived how long, in bins as wide as each other on a logarithmic axis.
 * @property {boolean} exact  False when only a part of the contexts was looked at.
 */

/**
 * @param {TimelineModel} model
 * @param {number} from  First step in view.
 * @param {number} to  Last step in view.
 * @returns {Census}
 */
export function censusOf(model, from, to) {
  const rows = [...model.bars.lanes.values()].flatMap((lane) => rowsIn(lane, from, to));
  const count = rows.reduce((sum, { first, end }) => sum + end - first, 0);
  const stride = Math.max(1, Math.ceil(count / MOST_LOOKED_AT));
  /** @type {Census} */
  const census = {
    spanNs: Math.max(0, model.timeOf(to) - model.timeOf(from)), requests: 0, byHand: 0, deepest: 0, medianNs: null,
    lives: new Array(BINS_PER_DECADE * DECADES).fill(0), exact: stride === 1,
  };
  /** @type {number[]} */
  const lives = [];
  for (const { bars, first, end, depth } of rows) {
    if (end > first) census.deepest = Math.max(census.deepest, depth + 1);
    for (let i = first; i < end; i += stride) look(bars[i], model, census, lives);
  }
  for (const key of /** @type {const} */ (['requests', 'byHand'])) census[key] *= stride;
  census.lives = census.lives.map((bin) => bin * stride);
  lives.sort((a, b) => a - b);
  census.medianNs = lives[Math.floor((lives.length - 1) / 2)] ?? null;
  return census;
}

/** @param {Bar} bar @param {TimelineModel} model @param {Census} census @param {number[]} lives */
function look(bar, model, census, lives) {
  if (!bar.isApp) census.requests += 1;
  else if (bar.isByHand) census.byHand += 1;
  if (bar.fate !== 'popped' || !bar.startKnown) return;
  const life = model.timeOf(bar.end) - model.timeOf(bar.start);
  lives.push(life);
  census.lives[binOf(life)] += 1;
}

/** @param {number} life  Nanoseconds. */
function binOf(life) {
  const bin = Math.floor(Math.log10(Math.max(1, life / LEAST_LIFE_NS)) * BINS_PER_DECADE);
  return Math.min(BINS_PER_DECADE * DECADES - 1, bin);
}

/** @param {LaneBars} lane @param {number} from @param {number} to */
function rowsIn(lane, from, to) {
  return lane.rows.map((bars, depth) => {
    const first = firstEndingAt(bars, from);
    let end = first;
    let high = bars.length;
    while (end < high) {
      const middle = (end + high) >> 1;
      if (bars[middle].start <= to) end = middle + 1;
      else high = middle;
    }
    return { bars, first, end, depth };
  }).concat(lane.leaked.map((bar) => ({ bars: [bar], first: 0, end: bar.start <= to ? 1 : 0, depth: bar.depth })));
}
