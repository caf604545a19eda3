/** How long contexts lived, as columns with an axis beneath. */

import { durationText } from '../units.js';

/** Columns that are shown at least, so that the picture does not jump with every context. */
const LEAST_COLUMNS = 9;

/**
 * @typedef {object} Histogram
 * @property {{ share: number, count: number, from: number, to: number }[]} columns  *share* of the highest, 0 to 1;
 *   *from* and *to* in nanoseconds.
 * @property {{ at: number, text: string }[]} ticks  *at* is a place between the columns, from 0 to how many there are.
 */

/**
 * The columns that hold something, and those between them.
 *
 * @param {number[]} bins
 * @param {number} leastNs  Where the first bin begins.
 * @param {number} perDecade
 * @returns {Histogram | null} null when there is nothing.
 */
export function histogramOf(bins, leastNs, perDecade) {
  let first = bins.findIndex((count) => count > 0);
  if (first < 0) return null;
  let end = bins.findLastIndex((count) => count > 0) + 1;
  while (end - first < LEAST_COLUMNS && (first > 0 || end < bins.length)) {
    if (end < bins.length) end += 1;
    if (end - first < LEAST_COLUMNS && first > 0) first -= 1;
  }
  const most = Math.max(...bins);
  /** @param {number} bin */
  const edge = (bin) => leastNs * 10 ** (bin / perDecade);
  const columns = bins.slice(first, end).map((count, i) => ({ share: count / most, count, from: edge(first + i), to: edge(first + i + 1) }));
  const ticks = [];
  for (let bin = Math.ceil(first / perDecade) * perDecade; bin <= end; bin += perDecade) {
    ticks.push({ at: bin - first, text: durationText(Math.round(edge(bin))) });
  }
  return { columns, ticks };
}
