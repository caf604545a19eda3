/**
 * What is in view, as numbers.
 *
 * @import { LaneBars } from './bars.js'
 */

import { firstEndingAt, firstFrom } from './bars.js';

/**
 * @typedef {object} Summary
 * @property {number} contexts  That touch the view.
 * @property {number} leaked  Of them, those never popped.
 * @property {number} problems  Exceptions and everything else that went wrong in view.
 * @property {number} lanes  In which something happened.
 */

/**
 * Counted by halves, whatever there is.
 *
 * @param {Iterable<LaneBars>} lanes
 * @param {number} from  First step in view.
 * @param {number} to  Last step in view.
 * @returns {Summary}
 */
export function summaryOf(lanes, from, to) {
  const summary = { contexts: 0, leaked: 0, problems: 0, lanes: 0 };
  for (const lane of lanes) {
    const { contexts, leaked } = contextsIn(lane, from, to);
    summary.contexts += contexts;
    summary.leaked += leaked;
    summary.problems += firstFrom(lane.problems, to + 1) - firstFrom(lane.problems, from);
    if (contexts > 0 || lane.isActiveIn(from, to)) summary.lanes += 1;
  }
  return summary;
}

/**
 * How many contexts of a lane touch the view, and how many of them were never popped.
 *
 * @param {LaneBars} lane
 * @param {number} from
 * @param {number} to
 */
export function contextsIn(lane, from, to) {
  const leaked = lane.leaked.filter(({ start }) => start <= to).length;
  let contexts = leaked;
  for (const bars of lane.rows) {
    if (bars === undefined) continue;
    // Bars of a row do not overlap: those that begin up to the last step, less those that ended before the first.
    contexts += Math.max(0, firstBeginningAfter(bars, to) - firstEndingAt(bars, from));
  }
  return { contexts, leaked };
}

/** @param {readonly { start: number }[]} bars @param {number} step */
function firstBeginningAfter(bars, step) {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle].start <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}
