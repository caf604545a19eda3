/**
 * What to say while more happens than anybody reads: numbers, and the keys that lead on.
 *
 * @import { Narration } from '../narrator.js'
 */

import { code, join, say } from '../phrases.js';
import { countText, plural } from '../units.js';

/** From so many contexts in view on, no single step says what is going on. */
export const BUSY_CONTEXTS = 100;

/**
 * @typedef {object} Summary
 * @property {number} contexts
 * @property {number} leaked
 * @property {number} problems
 * @property {number} lanes
 */

/** @param {Summary} summary */
export function isBusy({ contexts }) {
  return contexts >= BUSY_CONTEXTS;
}

/** @param {Summary} summary @returns {Narration} */
export function tellBusy({ contexts, leaked, problems, lanes }) {
  const wrong = [
    leaked === 0 ? null : `${countText(leaked)} never popped`,
    problems === 0 ? null : plural(problems, 'problem'),
  ].filter((part) => part !== null);
  const what = `${[`${plural(contexts, 'context')} in view`, ...wrong].join(', ')}.`;
  return {
    what: join([what], say`On ${plural(lanes, 'thread')}.`),
    why: join(
      wrong.length === 0 ? say`No problem among them.` : say`Problems stay visible at every zoom: ${code('E')} leads to the next.`,
      say`${code('F')} fits the selection, ${code('W')} ${code('S')} zoom, ${code('A')} ${code('D')} pan.`,
    ),
    problem: wrong.length > 0,
  };
}
