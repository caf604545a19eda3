/**
 * Where a jump from the playhead lands: the next problem, the next event of the same lane, the next context.
 *
 * @import { EventStore } from './event-store.js'
 */

/** Events that the Page keys pass at once. */
export const PAGE_STEPS = 15;

/** @typedef {1 | -1} Direction  1 towards what is newer. */
/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at'>} Store */

/**
 * The nearest of some indexes, beyond the step; at the end of them it goes on at the other end.
 *
 * @param {ArrayLike<number>} indexes  Ascending.
 * @param {number} step
 * @param {Direction} direction
 * @returns {{ index: number, position: number, wrapped: boolean } | null} null when there are none.
 */
export function nearest(indexes, step, direction) {
  const { length } = indexes;
  if (length === 0) return null;
  let position = countBelow(indexes, direction > 0 ? step + 1 : step);
  if (direction < 0) position -= 1;
  const wrapped = position < 0 || position >= length;
  if (wrapped) position = direction > 0 ? 0 : length - 1;
  return { index: indexes[position], position, wrapped };
}

/**
 * How many of some indexes lie below a limit.
 *
 * @param {ArrayLike<number>} indexes  Ascending.
 * @param {number} limit
 */
export function countBelow(indexes, limit) {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (indexes[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The next event of the lane that the playhead is on.
 *
 * @param {Store} store
 * @param {number} step
 * @param {Direction} direction
 * @returns {number | null} null when this lane has no more.
 */
export function onSameLane(store, step, direction) {
  if (step < store.firstIndex || step >= store.size) return direction > 0 && store.size > store.firstIndex ? store.firstIndex : null;
  const { lane } = store.at(step);
  return seek(store, step, direction, (event) => event.lane === lane);
}

/**
 * The next event that pushes a context.
 *
 * @param {Store} store
 * @param {number} step
 * @param {Direction} direction
 * @returns {number | null}
 */
export function toContext(store, step, direction) {
  return seek(store, step, direction, (event) => event.kind === 'context.pushed');
}

/**
 * @param {Store} store
 * @param {number} step
 * @param {Direction} direction
 * @param {(event: import('./events.js').ScopeEvent) => boolean} fits
 */
function seek(store, step, direction, fits) {
  for (let index = step + direction; index >= store.firstIndex && index < store.size; index += direction) {
    if (fits(store.at(index))) return index;
  }
  return null;
}
