/**
 * Which lanes come first, and which are folded.
 *
 * @import { Surroundings } from '../dom.js'
 * @import { Lane } from '../events.js'
 * @import { LaneBars } from './bars.js'
 */

/** @typedef {'first' | 'activity'} LaneSort  In the order of their first event, or the busiest first. */

const STORED_AS = 'flaskscope.lanes';

/** Names of lanes that are remembered of each kind; the latest. */
const MOST_NAMES = 100;

/**
 * What a person decided about the lanes, remembered by their names: numbers are another run's.
 */
export class LaneOrder {
  /** @type {LaneSort} */
  #sort = 'first';
  /** @type {Set<string>} */
  #pinned = new Set();
  /** @type {Set<string>} */
  #folded = new Set();
  #changed;
  #nameOf;
  #memory;

  /**
   * @param {() => void} [changed]  After each change.
   * @param {object} [parts]
   * @param {(lane: number) => string} [parts.nameOf]
   * @param {Pick<Surroundings, 'read' | 'keep'> | null} [parts.memory]
   */
  constructor(changed = () => {}, { nameOf = String, memory = null } = {}) {
    this.#changed = changed;
    this.#nameOf = nameOf;
    this.#memory = memory;
    const kept = rememberedIn(memory);
    this.#sort = kept.sort;
    this.#pinned = new Set(kept.pinned);
    this.#folded = new Set(kept.folded);
  }

  get sort() {
    return this.#sort;
  }

  /** @param {LaneSort} sort */
  sortBy(sort) {
    this.#sort = sort;
    this.#keep();
  }

  /** A pinned lane stays on top, and in view when it is idle. @param {number} lane */
  isPinned(lane) {
    return this.#pinned.size > 0 && this.#pinned.has(this.#nameOf(lane));
  }

  /** A folded lane takes one row. @param {number} lane */
  isFolded(lane) {
    return this.#folded.size > 0 && this.#folded.has(this.#nameOf(lane));
  }

  /** The lanes of a folded process are hidden under its heading. @param {string} name */
  isGroupFolded(name) {
    return this.#folded.has(groupKey(name));
  }

  /** @param {string} name */
  toggleGroup(name) {
    toggle(this.#folded, groupKey(name));
    this.#keep();
  }

  /** @param {number} lane */
  togglePin(lane) {
    toggle(this.#pinned, this.#nameOf(lane));
    this.#keep();
  }

  /** @param {number} lane */
  toggleFold(lane) {
    toggle(this.#folded, this.#nameOf(lane));
    this.#keep();
  }

  #keep() {
    const names = (/** @type {Set<string>} */ all) => [...all].slice(-MOST_NAMES);
    this.#memory?.keep(STORED_AS, JSON.stringify({ sort: this.#sort, pinned: names(this.#pinned), folded: names(this.#folded) }));
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

/** No lane is called so. @param {string} name */
function groupKey(name) {
  return `process: ${name}`;
}

/**
 * What was remembered, as far as it is what was written: others may write there, too.
 *
 * @param {Pick<Surroundings, 'read'> | null} memory
 * @returns {{ sort: LaneSort, pinned: string[], folded: string[] }}
 */
function rememberedIn(memory) {
  /** @type {any} */
  let kept = null;
  try {
    kept = JSON.parse(memory?.read(STORED_AS) ?? 'null');
  } catch {
    // Not ours: as if nothing had been decided.
  }
  const names = (/** @type {unknown} */ list) => (Array.isArray(list) ? list.filter((name) => typeof name === 'string').slice(0, MOST_NAMES) : []);
  return { sort: kept?.sort === 'activity' ? 'activity' : 'first', pinned: names(kept?.pinned), folded: names(kept?.folded) };
}

/** @param {Set<string>} set @param {string} value */
function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}
