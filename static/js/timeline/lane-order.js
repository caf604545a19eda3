/**
 * Which lanes come first, and which are folded.
 *
 * @import { Lane } from '../events.js'
 * @import { LaneBars } from './bars.js'
 */

/** @typedef {'first' | 'activity'} LaneSort  In the order of their first event, or the busiest first. */

/** What a person decided about the lanes. */
export class LaneOrder {
  /** @type {LaneSort} */
  #sort = 'first';
  /** @type {Set<number>} */
  #pinned = new Set();
  /** @type {Set<number>} */
  #folded = new Set();
  #changed;

  /** @param {() => void} [changed]  After each change. */
  constructor(changed = () => {}) {
    this.#changed = changed;
  }

  get sort() {
    return this.#sort;
  }

  /** @param {LaneSort} sort */
  sortBy(sort) {
    this.#sort = sort;
    this.#changed();
  }

  /** A pinned lane stays on top, and in view when it is idle. @param {number} lane */
  isPinned(lane) {
    return this.#pinned.has(lane);
  }

  /** A folded lane takes one row. @param {number} lane */
  isFolded(lane) {
    return this.#folded.has(lane);
  }

  /** @param {number} lane */
  togglePin(lane) {
    toggle(this.#pinned, lane);
    this.#changed();
  }

  /** @param {number} lane */
  toggleFold(lane) {
    toggle(this.#folded, lane);
    this.#changed();
  }

  /**
   * Pinned lanes first, then those of each process together, processes in the order of their first event.
   *
   * @param {Iterable<LaneBars>} lanes  In the order of their first event.
   * @param {ReadonlyMap<number, Lane>} names
   * @returns {LaneBars[]}
   */
  apply(lanes, names) {
    const all = [...lanes];
    /** @type {Map<number, number>} */
    const places = new Map();
    /** @param {LaneBars} lane */
    const placeOf = (lane) => {
      const process = names.get(lane.id)?.process ?? -1;
      const place = places.get(process) ?? places.size;
      places.set(process, place);
      return place;
    };
    const keyed = all.map((lane, i) => ({ lane, i, place: placeOf(lane), pinned: this.isPinned(lane.id) ? 0 : 1 }));
    keyed.sort((a, b) => a.pinned - b.pinned || a.place - b.place ||
      (this.#sort === 'activity' ? b.lane.steps.length - a.lane.steps.length : 0) || a.i - b.i);
    return keyed.map(({ lane }) => lane);
  }
}

/** @param {Set<number>} set @param {number} value */
function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}
