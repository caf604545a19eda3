/**
 * The lives of contexts and the stacks of lanes, as lists of indexes: what history.js searches.
 *
 * @import { ScopeEvent, Sees } from './events.js'
 * @import { AnyRun } from './event-runs.js'
 * @import { EventStore } from './event-store.js'
 */

import { baseOf } from './events.js';
import { ContextLife, indexOfChange } from './life.js';

export { indexOfChange };

/** @typedef {Pick<EventStore, 'size' | 'at' | 'runs' | 'gaps' | 'lanes' | 'runAt'>
 *   & Partial<Pick<EventStore, 'firstIndex' | 'isPresent' | 'kindAt' | 'laneAt' | 'onLettingGo' | 'processes'>>} Events */

/** @typedef {{ stack: number[], sees: Sees, known: boolean }} StackVersion */

/** @type {StackVersion} */
export const NOTHING = { stack: [], sees: { g: null, request: null }, known: true };

/** Versions of a stack that are worked out from the events when they are asked for, between two that are kept. */
const WORKED_OUT = 8;

/**
 * The stack of a lane. A version holds from an event on. *places* are twice the indexes of those events, and one more
 * where the version is NOTHING; *kept* has some others by their index; the rest follow from the version before and
 * their event.
 *
 * @typedef {object} LaneRecord
 * @property {number} lane
 * @property {number} base  Of the run it belongs to.
 * @property {number} firstIndex
 * @property {number[]} places
 * @property {Map<number, StackVersion>} kept
 * @property {StackVersion} latest
 * @property {number} workedOut  Versions at the end that are worked out.
 */

/** @type {WeakMap<object, Ledger>} */
const ledgers = new WeakMap();

/**
 * The ledger of a store, up to its newest event.
 *
 * @param {Events} store
 */
export function ledgerOf(store) {
  let ledger = ledgers.get(store);
  if (ledger === undefined) {
    ledger = new Ledger(store);
    ledgers.set(store, ledger);
    const made = ledger;
    store.onLettingGo?.((first) => {
      made.read(store);
      made.letGo(store, first);
    });
  }
  ledger.read(store);
  return ledger;
}

/** The lives of contexts and lanes, read once from the events, in order, as they come. */
class Ledger {
  /** @type {Map<number, ContextLife>} */
  contexts = new Map();
  /** @type {Map<number, LaneRecord>} */
  lanes = new Map();
  #done;
  #gapsDone = 0;
  /** @type {Map<object, number>} Greetings already read, by their run. */
  #greeted = new Map();

  /** @param {Events} store */
  constructor(store) {
    this.#done = store.firstIndex ?? 0;
  }

  /**
   * The stack of a lane, and what code there sees.
   *
   * @param {Events} store
   * @param {LaneRecord} record
   * @param {number} step
   * @returns {StackVersion}
   */
  versionAt(store, record, step) {
    const at = lastAtOrBefore(record.places, step, indexOfPlace);
    return at < 0 ? NOTHING : this.#version(store, record, at);
  }

  /** @param {Events} store @param {LaneRecord} record @param {number} at */
  #version(store, record, at) {
    const { places, kept } = record;
    let from = at;
    while (from >= 0 && !isNothing(places[from]) && !kept.has(indexOfPlace(places[from]))) from -= 1;
    let version = from < 0 ? NOTHING : kept.get(indexOfPlace(places[from])) ?? NOTHING;
    for (let i = from + 1; i <= at; i += 1) {
      const index = indexOfPlace(places[i]);
      version = this.#after(version, store.at(index), index);
    }
    return version;
  }

  /**
   * Forget what is only about events before an index, and take along what is needed of them afterwards.
   *
   * @param {Events} store  Still holds those events.
   * @param {number} first
   */
  letGo(store, first) {
    for (const record of this.lanes.values()) {
      // The version before the first event still holds at it.
      const before = Math.max(0, lastAtOrBefore(record.places, first - 1, indexOfPlace));
      if (before === 0) continue;
      const version = this.#version(store, record, before);
      record.places = record.places.slice(before);
      for (const index of record.kept.keys()) if (index < first) record.kept.delete(index);
      if (version !== NOTHING) record.kept.set(indexOfPlace(record.places[0]), version);
    }
    for (const [id, life] of this.contexts) {
      const { end } = life;
      if (end >= 0 && end < first) this.contexts.delete(id);
      else if (life.pushedAt < first) life.shorten(store, first);
    }
    for (const record of this.lanes.values()) {
      for (const [index, version] of record.kept) record.kept.set(index, this.#withoutGone(version));
      record.latest = this.#withoutGone(record.latest);
    }
  }

  /** @param {StackVersion} version */
  #withoutGone(version) {
    if (version.stack.every((id) => this.contexts.has(id))) return version;
    return { ...version, stack: version.stack.filter((id) => this.contexts.has(id)) };
  }

  /** @param {Events} store */
  read(store) {
    for (const run of runsOf(store)) if ((this.#greeted.get(run) ?? 0) < run.open.length) this.#greet(store, run);
    for (; this.#done < store.size; this.#done += 1) {
      this.#forget(store);
      this.#take(store.at(this.#done), this.#done, store);
    }
    this.#forget(store);
  }

  /** Contexts that were pushed before what is kept belong on their stacks from the start. @param {Events} store @param {AnyRun} run */
  #greet(store, run) {
    for (const { index, about } of run.open.slice(this.#greeted.get(run) ?? 0)) {
      if (this.contexts.has(about.id)) continue;
      const lane = [...store.lanes.values()].findLast(({ id, name }) => name === about.thread && baseOf(id) === run.base);
      const life = new ContextLife(index - 1);
      life.describe(about, lane?.id ?? null);
      this.contexts.set(about.id, life);
      if (lane === undefined) continue;
      const record = this.#lane(lane.id, index - 1);
      this.#put(record, index - 1, { stack: [...record.latest.stack, about.id], sees: about.sees, known: true });
    }
    this.#greeted.set(run, run.open.length);
  }

  /** After lost events no stack is certain. @param {Events} store */
  #forget(store) {
    for (; this.#gapsDone < store.gaps.length; this.#gapsDone += 1) {
      const { index, base } = store.gaps[this.#gapsDone];
      if (index > this.#done) return;
      for (const record of this.lanes.values()) {
        if (record.base === base && record.latest.stack.length > 0) this.#put(record, index, { ...NOTHING, known: false });
      }
    }
  }

  /** @param {ScopeEvent} event @param {number} index @param {Events} store */
  #take(event, index, store) {
    const record = this.#lane(event.lane, index);
    switch (event.kind) {
      case 'context.pushed': {
        const known = this.contexts.get(event.context);
        if (known === undefined) this.contexts.set(event.context, new ContextLife(index));
        else known.pushAgain(index);
        this.#putAfter(record, event, index);
        return;
      }
      case 'context.popped':
        this.#putAfter(record, event, index);
        if (event.pushes > 0) return;
        this.contexts.get(event.context)?.pop(index);
        this.#removeElsewhere(event.context, record, index, store);
        return;
      case 'context.abandoned':
        this.contexts.get(event.context)?.abandon(index);
        this.#putAfter(record, event, index);
        return;
      case 'g.set':
      case 'g.deleted':
      case 'g.missed':
      case 'g.read':
      case 'session.opened':
      case 'session.read':
      case 'session.changed':
      case 'session.deleted':
      case 'session.saved':
        if (event.context !== null) this.contexts.get(event.context)?.add(store, event, index);
    }
  }

  /**
   * The stack of a lane after an event of it.
   *
   * @param {StackVersion} before
   * @param {ScopeEvent} event
   * @param {number} index
   * @returns {StackVersion}
   */
  #after(before, event, index) {
    switch (event.kind) {
      case 'context.pushed': {
        const { id, sees } = event.about;
        return { stack: this.#proven([...before.stack, id], sees, index), sees, known: true };
      }
      case 'context.popped': {
        const { g, request } = event.sees;
        const stack = this.#proven(without(before.stack, event.context, event.pushes), event.sees, index);
        const isEmpty = stack.length === 0 && g === null && request === null;
        return isEmpty ? NOTHING : { stack, sees: event.sees, known: true };
      }
      case 'context.abandoned':
        return { ...before, sees: NOTHING.sees };
      default:
        return before;
    }
  }

  /**
   * A stack with what code sees there, too: after lost events, or in a task that began with the contexts of
   * another one, nothing else tells that these are pushed.
   *
   * @param {number[]} stack
   * @param {Sees} sees
   * @param {number} index
   */
  #proven(stack, sees, index) {
    const missing = [sees.g, sees.request].filter((id) => id !== null && !stack.includes(id) && this.#isKnownAt(id, index));
    if (missing.length === 0) return stack;
    return [...new Set(/** @type {number[]} */ (missing))].sort((a, b) => a - b).concat(stack);
  }

  /** @param {number} id @param {number} index */
  #isKnownAt(id, index) {
    const life = this.contexts.get(id);
    return life !== undefined && life.pushedAt <= index;
  }

  /** A context may be popped by another thread than the one that pushed it. @param {number} id @param {LaneRecord} popper @param {number} index @param {Events} store */
  #removeElsewhere(id, popper, index, store) {
    const lane = this.contexts.get(id)?.lane(store);
    if (lane == null || lane === popper.lane) return;
    const record = this.lanes.get(lane);
    if (record === undefined || !record.latest.stack.includes(id)) return;
    this.#put(record, index, { ...record.latest, stack: without(record.latest.stack, id, 0) });
  }

  /** @param {number} lane @param {number} index */
  #lane(lane, index) {
    let record = this.lanes.get(lane);
    if (record === undefined) {
      record = { lane, base: baseOf(lane), firstIndex: index, places: [], kept: new Map(), latest: NOTHING, workedOut: 0 };
      this.lanes.set(lane, record);
    }
    return record;
  }

  /** Put what follows from an event; not all of it is kept. @param {LaneRecord} record @param {ScopeEvent} event @param {number} index */
  #putAfter(record, event, index) {
    const version = this.#after(record.latest, event, index);
    // NOTHING is there anyway. What stands at the same index does not follow from the event alone.
    const isKept = version === NOTHING || record.workedOut >= WORKED_OUT || record.places.length === 0 || indexOfPlace(record.places[record.places.length - 1]) === index;
    if (isKept) {
      this.#put(record, index, version);
      return;
    }
    record.places.push(index * 2);
    record.latest = version;
    record.workedOut += 1;
  }

  /** @param {LaneRecord} record @param {number} index @param {StackVersion} version */
  #put(record, index, version) {
    record.latest = version;
    record.workedOut = 0;
    const last = record.places.at(-1);
    if (last !== undefined && indexOfPlace(last) === index) record.places.pop();
    record.places.push(index * 2 + (version === NOTHING ? 1 : 0));
    if (version === NOTHING) record.kept.delete(index);
    else record.kept.set(index, version);
  }
}

/** @param {number[]} stack @param {number} id @param {number} pushes  How many of them stay. */
function without(stack, id, pushes) {
  if (pushes === 0) return stack.filter((other) => other !== id);
  const newest = stack.lastIndexOf(id);
  return newest < 0 ? stack : stack.toSpliced(newest, 1);
}

/**
 * @param {readonly number[]} indexes  Ascending.
 * @param {number} step
 * @param {(index: number) => number} [read]
 * @returns {number} The position of the last one not after the step; -1 for none.
 */
export function lastAtOrBefore(indexes, step, read = (index) => index) {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (read(indexes[middle]) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** @param {number} place */
function indexOfPlace(place) {
  return Math.floor(place / 2);
}

/** @param {number} place */
function isNothing(place) {
  return (place & 1) === 1;
}

/** The runs of the server and those of other processes. @param {Events} store @returns {AnyRun[]} */
function runsOf(store) {
  return store.processes === undefined || store.processes.size === 0 ? store.runs : [...store.runs, ...store.processes.values()];
}
