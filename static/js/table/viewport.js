/** @import { CssPixels } from '../units.js' */

/** The height of a row, as css/table.css has it. */
export const ROW_HEIGHT = 28;

/** Rows kept beyond each edge, so that scrolling shows no holes. */
const OVERSCAN = 6;

/**
 * The rows worth having in the document.
 *
 * @param {{ count: number, scrollTop: CssPixels, height: CssPixels }} view
 * @returns {{ from: number, to: number }} *to* excluded.
 */
export function rowsInView({ count, scrollTop, height }) {
  const first = Math.floor(scrollTop / ROW_HEIGHT);
  const shown = Math.ceil(height / ROW_HEIGHT) + 1;
  const from = Math.min(Math.max(0, first - OVERSCAN), Math.max(0, count - 1));
  return { from, to: Math.min(count, first + shown + OVERSCAN) };
}

/**
 * Where to scroll so that a row is in view, with some of what follows and more of what went before.
 *
 * @param {number} row
 * @param {{ scrollTop: CssPixels, height: CssPixels, count: number }} view
 * @returns {CssPixels} Equal to *scrollTop* when it is well in view already.
 */
export function scrollTopFor(row, { scrollTop, height, count }) {
  const top = row * ROW_HEIGHT;
  const room = Math.min(ROW_HEIGHT, Math.max(0, (height - ROW_HEIGHT) / 2));
  if (top - room >= scrollTop && top + ROW_HEIGHT + room <= scrollTop + height) return scrollTop;
  // No farther than the last row: the browser would stop there, and tell of it as if a person had scrolled.
  const most = Math.max(0, count * ROW_HEIGHT - height);
  return Math.max(0, Math.min(most, Math.round(top - (height - ROW_HEIGHT) * 0.6)));
}
