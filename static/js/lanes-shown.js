/**
 * Which threads the panel has a column for.
 *
 * @import { LaneState, ScopeState } from './history.js'
 */

/** Columns that fit side by side, and how many of them may stand empty. */
const MOST = 3;
const MOST_WITH_EMPTY = 2;

/** A lane without a context stays in view this many steps after its last event. */
const RECENT_STEPS = 40;

/**
 * The lanes worth a column at a step, in their order of first appearance: the one of the event first of all,
 * then those with a context, then those that were active lately.
 *
 * @param {ScopeState} state
 * @param {number} step
 * @param {number | null} current  The lane of the event at the step.
 * @returns {{ shown: LaneState[], hidden: number }}
 */
export function lanesToShow(state, step, current) {
  const ranked = state.lanes
    .map((lane) => ({ lane, rank: rankOf(lane, step, current) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || b.lane.lastIndex - a.lane.lastIndex);
  const filled = ranked.filter(({ lane }) => lane.stack.length > 0).length;
  const most = Math.min(MOST, Math.max(MOST_WITH_EMPTY, filled));
  const chosen = new Set(ranked.slice(0, most).map(({ lane }) => lane));
  return {
    shown: state.lanes.filter((lane) => chosen.has(lane)),
    hidden: ranked.slice(most).filter(({ lane }) => lane.stack.length > 0).length,
  };
}

/** @param {LaneState} lane @param {number} step @param {number | null} current */
function rankOf(lane, step, current) {
  const isRecent = lane.lastIndex > step - RECENT_STEPS;
  if (lane.lane === current) return 4;
  if (lane.stack.some((context) => !context.abandoned)) return 3;
  if (lane.stack.length > 0 && isRecent) return 2;
  return isRecent ? 1 : 0;
}
