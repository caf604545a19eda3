/**
 * What is known about one context, in little memory: there is one of these for every context on the page.
 *
 * Indexes only. What an event says is asked of the store; what the store let go and is still needed is kept here.
 *
 * @import { About, ScopeEvent } from './events.js'
 * @import { EventStore } from './event-store.js'
 */

import { countBelow } from './jumps.js';

/** @typedef {Pick<EventStore, 'at'>} Store */

/** With more events than this the names of `g` and the session have lists of their own. */
const MANY_EVENTS = 64;

/** What only few contexts have. */
class Rare {
  /** What happened to its `g` and its session. @type {number[]} */
  events;
  /** When the push is not an event here, or not any more. @type {About | null} */
  about = null;
  /** @type {number | null} */
  lane = null;
  /** In order: an index where its last pop was, `~index` where it was pushed again after that. @type {number[] | null} */
  ends = null;
  /** @type {number | null} */
  abandonedAt = null;
  /** For each name its changes in order: an index where it was set, `~index` where it was deleted. @type {Map<string, number[]> | null} */
  names = null;
  /** What happened to its session, once there is much. @type {number[]} */
  session = [];
  /** Events that the store let go and that still tell what it holds. @type {Map<number, ScopeEvent>} */
  kept = new Map();
  /** The names of `g` whose first events were let go, in the order in which they came. @type {string[]} */
  order = [];

  /** @param {number[]} events */
  constructor(events) {
    this.events = events;
  }
}

export class ContextLife {
  /** @type {number} */
  #pushedAt;
  /** Index of its last pop; -1 for none. */
  #end = -1;
  /** What happened to its `g` and its session: one index, several in order, or more than indexes. @type {number | number[] | Rare} */
  #told = -1;

  /** @param {number} pushedAt */
  constructor(pushedAt) {
    this.#pushedAt = pushedAt;
  }

  get pushedAt() {
    return this.#pushedAt;
  }

  /** @returns {Rare | null} */
  get rare() {
    return this.#told instanceof Rare ? this.#told : null;
  }

  /** @returns {Rare} Made when it is needed. A private method would cost each context a field. */
  more() {
    const { rare } = this;
    if (rare !== null) return rare;
    const made = new Rare(this.events.slice());
    this.#told = made;
    return made;
  }

  /** It was pushed before what is kept. @param {About} about @param {number | null} lane */
  describe(about, lane) {
    this.more().about = about;
    this.more().lane = lane;
  }

  /** @param {Store} store @returns {About} */
  about(store) {
    if (this.rare?.about != null) return this.rare.about;
    const event = store.at(this.#pushedAt);
    if (event.kind !== 'context.pushed') throw new TypeError(`Event ${this.#pushedAt} pushes nothing`);
    return event.about;
  }

  /** The lane of its first push; null when that was not recorded. @param {Store} store @returns {number | null} */
  lane(store) {
    return this.rare?.about != null ? this.rare.lane : store.at(this.#pushedAt).lane;
  }

  /** @returns {boolean} Whether it was popped and not pushed again. */
  get isOver() {
    const ends = this.rare?.ends;
    return ends == null ? this.#end >= 0 : (ends.at(-1) ?? -1) >= 0;
  }

  /** @returns {number} Index of its newest pop; -1 while it is pushed. */
  get end() {
    return this.isOver ? this.#end : -1;
  }

  /** @param {number} index */
  pushAgain(index) {
    if (this.#end < 0) return;
    this.more().ends = [...(this.more().ends ?? [this.#end]), ~index];
  }

  /** @param {number} index */
  pop(index) {
    const ends = this.rare?.ends ?? (this.#end < 0 ? null : [this.#end]);
    if (ends !== null) this.more().ends = [...ends, index];
    this.#end = index;
    // Arrays that grew have room to spare, and most contexts never need it.
    if (Array.isArray(this.#told)) this.#told = this.#told.slice();
  }

  /** Index of its last pop until a step; null while it is pushed. @param {number} step */
  poppedAt(step) {
    const ends = this.rare?.ends;
    if (ends == null) return this.#end >= 0 && this.#end <= step ? this.#end : null;
    const last = ends.findLast((end) => indexOfChange(end) <= step);
    return last !== undefined && last >= 0 ? last : null;
  }

  /** @param {number} index */
  abandon(index) {
    this.more().abandonedAt = index;
  }

  /** @param {number} step */
  isAbandonedAt(step) {
    const at = this.rare?.abandonedAt;
    return at != null && at <= step;
  }

  /** Something happened to its `g` or its session. @param {Store} store @param {ScopeEvent} event @param {number} index */
  add(store, event, index) {
    const list = this.#told instanceof Rare ? this.#told.events : this.#told;
    if (typeof list !== 'number') list.push(index);
    else this.#told = list < 0 ? index : [list, index];
    if (this.rare?.names != null) this.list(event, index);
    else if (typeof list !== 'number' && list.length > MANY_EVENTS) this.listAll(store);
  }

  /** Indexes of what happened to its `g` and its session. @returns {readonly number[]} */
  get events() {
    const list = this.#told instanceof Rare ? this.#told.events : this.#told;
    if (typeof list !== 'number') return list;
    return list < 0 ? [] : [list];
  }

  /** Names of `g` that came before all that its events tell. @returns {readonly string[]} */
  get order() {
    return this.rare?.order ?? [];
  }

  /** Changes of the names of `g`, once there are many; null before. */
  get names() {
    return this.rare?.names ?? null;
  }

  /** Indexes of what happened to its session, and of more as long as there is not much. @returns {readonly number[]} */
  get session() {
    return this.rare?.names == null ? this.events : this.rare.session;
  }

  /** An event of this context, perhaps one that the store let go. @param {Store} store @param {number} index */
  event(store, index) {
    return this.rare?.kept.get(index) ?? store.at(index);
  }

  /**
   * Keep only what is still needed of the events before an index.
   *
   * @param {Store} store  Still holds those events.
   * @param {number} first
   */
  shorten(store, first) {
    if (this.#pushedAt < first && this.rare?.about == null) this.describe(this.about(store), this.lane(store));
    const { events } = this;
    const gone = countBelow(events, first);
    if (gone === 0) return;
    /** @type {Map<string, number>} */
    const latest = new Map();
    /** @type {number[]} */
    const needed = [];
    for (let i = 0; i < gone; i += 1) {
      const event = this.event(store, events[i]);
      if (event.kind === 'g.set' || event.kind === 'g.deleted') latest.set(event.name, events[i]);
      else if (event.kind.startsWith('session.')) needed.push(events[i]);
    }
    needed.push(...latest.values());
    needed.sort((a, b) => a - b);
    const kept = new Map(needed.map((index) => [index, this.event(store, index)]));
    this.more().kept = kept;
    this.more().order = [...new Set([...this.more().order, ...latest.keys()])];
    this.more().events = [...needed, ...events.slice(gone)];
    if (this.rare?.names != null) this.listAll(store);
  }

  /** @param {Store} store */
  listAll(store) {
    this.more().names = new Map();
    this.more().session = [];
    for (const index of this.events) this.list(this.event(store, index), index);
  }

  /** @param {ScopeEvent} event @param {number} index */
  list(event, index) {
    const { names, session } = this.more();
    if (event.kind.startsWith('session.')) session.push(index);
    if (event.kind !== 'g.set' && event.kind !== 'g.deleted') return;
    const change = event.kind === 'g.set' ? index : ~index;
    const changes = names?.get(event.name);
    if (changes === undefined) names?.set(event.name, [change]);
    else changes.push(change);
  }
}

/** @param {number} change  An index, or `~index` for a deletion. */
export function indexOfChange(change) {
  return change < 0 ? ~change : change;
}
