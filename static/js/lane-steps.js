/**
 * The events of each lane, as ascending indexes: kept once for all parts of the page that ask for them.
 *
 * @import { EventStore } from './event-store.js'
 */

import { countBelow } from './jumps.js';

/** @typedef {Pick<EventStore, 'size' | 'at'> & Partial<Pick<EventStore, 'firstIndex' | 'laneAt' | 'onLettingGo'>>} Store */

/** @type {WeakMap<object, LaneSteps>} */
const kept = new WeakMap();

/** @type {readonly number[]} */
const NONE = [];

/**
 * The events of the lanes of a store, up to its newest event.
 *
 * @param {Store} store
 */
export function laneStepsOf(store) {
  let steps = kept.get(store);
  if (steps === undefined) {
    steps = new LaneSteps(store);
    kept.set(store, steps);
  }
  steps.read();
  return steps;
}

class LaneSteps {
  #store;
  #done;
  /** @type {Map<number, number[]>} */
  #byLane = new Map();

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.#done = store.firstIndex ?? 0;
    store.onLettingGo?.((first) => this.#letGo(first));
  }

  /** A view: ask again after each change. @param {number} lane @returns {readonly number[]} */
  of(lane) {
    return this.#byLane.get(lane) ?? NONE;
  }

  /** Look at the events that came since. */
  read() {
    const store = this.#store;
    for (; this.#done < store.size; this.#done += 1) {
      const lane = store.laneAt?.(this.#done) ?? store.at(this.#done).lane;
      const steps = this.#byLane.get(lane);
      // A list that grows has room to spare from its second entry on: many lanes have few events.
      if (steps === undefined) this.#byLane.set(lane, [this.#done]);
      else steps.push(this.#done);
    }
  }

  /** @param {number} first */
  #letGo(first) {
    this.read();
    for (const [lane, steps] of this.#byLane) {
      const gone = countBelow(steps, first);
      if (gone === steps.length) this.#byLane.delete(lane);
      else if (gone > 0) this.#byLane.set(lane, steps.slice(gone));
    }
  }
}
