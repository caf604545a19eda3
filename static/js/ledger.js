/**
 * The lives of contexts and the stacks of lanes, as lists of indexes: what history.js searches.
 *
 * @import { About, ScopeEvent, Sees } from './events.js'
 * @import { EventStore } from './event-store.js'
 */

/** @typedef {Pick<EventStore, 'size' | 'at' | 'runs' | 'gaps' | 'lanes' | 'runAt'>
 *   & Partial<Pick<EventStore, 'firstIndex' | 'onLettingGo'>>} Events */

/**
 * All that is known about one context: indexes only.
 *
 * @typedef {object} ContextLife
 * @property {About} about
 * @property {number | null} lane
 * @property {number} pushedAt
 * @property {number[]} ends  In order: an index where its last pop was, `~index` where it was pushed again after that.
 * @property {number | null} abandonedAt
 * @property {Map<string, number[]>} g  For each name its changes in order: an index where it was set, `~index`
 *   where it was deleted.
 * @property {number[]} gEvents
 * @property {number[]} session
 * @property {Map<number, ScopeEvent> | null} kept  Events that the store let go and that still tell what it holds.
 */

/** @typedef {{ stack: number[], sees: Sees, known: boolean }} StackVersion */

/** @type {StackVersion} */
export const NOTHING = { stack: [], sees: { g: null, request: null }, known: true };

/**
 * The stack of a lane: `versions[i]` holds from the event `indexes[i]` on.
 *
 * @typedef {object} LaneRecord
 * @property {number} lane
 * @property {number | undefined} run  The base of the run it belongs to.
 * @property {number} firstIndex
 * @property {number[]} indexes
 * @property {StackVersion[]} versions
 * @property {number[]} events  Indexes of all its events.
 */

/** What most contexts have of something: shared, and never written to. @type {number[]} */
const NONE = [];
/** @type {Map<string, number[]>} */
const NO_NAMES = new Map();

/** @param {number[]} indexes @param {number} index */
function added(indexes, index) {
  if (indexes === NONE) return [index];
  indexes.push(index);
  return indexes;
}

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
  /** @type {number[]} Indexes of the pops that ended a context. */
  pops = [];
  #done;
  #gapsDone = 0;
  /** @type {Map<object, number>} Greetings already read, by their run. */
  #greeted = new Map();

  /** @param {Events} store */
  constructor(store) {
    this.#done = store.firstIndex ?? 0;
  }

  /**
   * Forget what is only about events before an index, and take along what is needed of them afterwards.
   *
   * @param {Events} store  Still holds those events.
   * @param {number} first
   */
  letGo(store, first) {
    for (const [id, life] of this.contexts) {
      const end = life.ends.at(-1);
      if (end !== undefined && end >= 0 && end < first) this.contexts.delete(id);
      else shorten(life, store, first);
    }
    this.pops = from(this.pops, first);
    for (const record of this.lanes.values()) {
      record.events = from(record.events, first);
      // The version before the first event still holds at it.
      const before = Math.max(0, lastAtOrBefore(record.indexes, first - 1));
      record.indexes = record.indexes.slice(before);
      record.versions = record.versions.slice(before).map((version) => (
        version.stack.every((id) => this.contexts.has(id))
          ? version
          : { ...version, stack: version.stack.filter((id) => this.contexts.has(id)) }
      ));
    }
  }

  /** @param {Events} store */
  read(store) {
    this.#greet(store);
    for (; this.#done < store.size; this.#done += 1) {
      this.#forget(store);
      this.#take(store.at(this.#done), this.#done, store);
    }
    this.#forget(store);
  }

  /** Contexts that were pushed before what is kept belong on their stacks from the start. @param {Events} store */
  #greet(store) {
    for (const run of store.runs) {
      const done = this.#greeted.get(run) ?? 0;
      for (const { index, about } of run.open.slice(done)) {
        if (this.contexts.has(about.id)) continue;
        const lane = [...store.lanes.values()].findLast(
          (candidate) => candidate.name === about.thread && store.runs.findLast((r) => r.base <= candidate.id) === run,
        );
        this.#add(about, lane?.id ?? null, index - 1);
        if (lane === undefined) continue;
        const record = this.#lane(lane.id, index - 1, run.base);
        const { stack } = latest(record);
        this.#put(record, index - 1, { stack: [...stack, about.id], sees: about.sees, known: true });
      }
      this.#greeted.set(run, run.open.length);
    }
  }

  /** After lost events no stack is certain. @param {Events} store */
  #forget(store) {
    for (; this.#gapsDone < store.gaps.length; this.#gapsDone += 1) {
      const { index } = store.gaps[this.#gapsDone];
      if (index > this.#done) return;
      for (const record of this.lanes.values()) {
        const version = latest(record);
        if (version.stack.length > 0) this.#put(record, index, { ...NOTHING, known: false });
      }
    }
  }

  /** @param {ScopeEvent} event @param {number} index @param {Events} store */
  #take(event, index, store) {
    const record = this.#lane(event.lane, index, store.runAt(index)?.base);
    record.events.push(index);
    switch (event.kind) {
      case 'context.pushed': {
        const { about } = event;
        const known = this.contexts.get(about.id);
        if (known === undefined) this.#add(about, event.lane, index);
        else if (known.ends.length > 0) known.ends = [...known.ends, ~index];
        this.#put(record, index, {
          stack: this.#proven([...latest(record).stack, about.id], about.sees), sees: about.sees, known: true,
        });
        return;
      }
      case 'context.popped': {
        const life = this.contexts.get(event.context);
        if (life !== undefined && event.pushes === 0) {
          life.ends = [...life.ends, index];
          // Arrays that grew have room to spare, and most contexts never need it.
          if (life.gEvents !== NONE) life.gEvents = life.gEvents.slice();
          if (life.session !== NONE) life.session = life.session.slice();
          this.pops.push(index);
        }
        const stack = without(latest(record).stack, event.context, event.pushes);
        const { g, request } = event.sees;
        const proven = this.#proven(stack, event.sees);
        const isNothing = proven.length === 0 && g === null && request === null;
        this.#put(record, index, isNothing ? NOTHING : { stack: proven, sees: event.sees, known: true });
        if (event.pushes === 0) this.#removeElsewhere(event.context, record, index);
        return;
      }
      case 'context.abandoned': {
        const life = this.contexts.get(event.context);
        if (life !== undefined) life.abandonedAt = index;
        this.#put(record, index, { ...latest(record), sees: NOTHING.sees });
        return;
      }
      case 'g.set':
      case 'g.deleted':
      case 'g.missed':
      case 'g.read': {
        const life = this.#lifeOf(event);
        if (life === undefined) return;
        life.gEvents = added(life.gEvents, index);
        if (event.kind === 'g.missed' || event.kind === 'g.read') return;
        if (life.g === NO_NAMES) life.g = new Map();
        const change = event.kind === 'g.set' ? index : ~index;
        const changes = life.g.get(event.name);
        if (changes === undefined) life.g.set(event.name, [change]);
        else changes.push(change);
        return;
      }
      case 'session.opened':
      case 'session.read':
      case 'session.changed':
      case 'session.deleted':
      case 'session.saved':
      {
        const life = this.#lifeOf(event);
        if (life !== undefined) life.session = added(life.session, index);
      }
    }
  }

  /** @param {ScopeEvent} event */
  #lifeOf(event) {
    return event.context === null ? undefined : this.contexts.get(event.context);
  }

  /** @param {About} about @param {number | null} lane @param {number} pushedAt */
  #add(about, lane, pushedAt) {
    this.contexts.set(about.id, {
      about, lane, pushedAt, ends: NONE, abandonedAt: null, g: NO_NAMES, gEvents: NONE, session: NONE, kept: null,
    });
  }

  /**
   * A stack with what code sees there, too: after lost events, or in a task that began with the contexts of
   * another one, nothing else tells that these are pushed.
   *
   * @param {number[]} stack
   * @param {Sees} sees
   */
  #proven(stack, sees) {
    const missing = [sees.g, sees.request].filter((id) => id !== null && !stack.includes(id) && this.contexts.has(id));
    if (missing.length === 0) return stack;
    return [...new Set(/** @type {number[]} */ (missing))].sort((a, b) => a - b).concat(stack);
  }

  /** A context may be popped by another thread than the one that pushed it. @param {number} id @param {LaneRecord} popper @param {number} index */
  #removeElsewhere(id, popper, index) {
    const lane = this.contexts.get(id)?.lane;
    if (lane == null || lane === popper.lane) return;
    const record = this.lanes.get(lane);
    if (record === undefined) return;
    const version = latest(record);
    if (version.stack.includes(id)) this.#put(record, index, { ...version, stack: without(version.stack, id, 0) });
  }

  /** @param {number} lane @param {number} index @param {number | undefined} run */
  #lane(lane, index, run) {
    let record = this.lanes.get(lane);
    if (record === undefined) {
      record = { lane, run, firstIndex: index, indexes: [], versions: [], events: [] };
      this.lanes.set(lane, record);
    }
    return record;
  }

  /** @param {LaneRecord} record @param {number} index @param {StackVersion} version */
  #put(record, index, version) {
    if (record.indexes.at(-1) === index) record.versions[record.versions.length - 1] = version;
    else {
      record.indexes.push(index);
      record.versions.push(version);
    }
  }
}

/** @param {number[]} indexes  Ascending. @param {number} first */
function from(indexes, first) {
  return indexes.slice(lastAtOrBefore(indexes, first - 1) + 1);
}

/**
 * Keep only what a life still needs of the events before an index.
 *
 * @param {ContextLife} life
 * @param {Events} store
 * @param {number} first
 */
function shorten(life, store, first) {
  /** @param {number} index */
  const keep = (index) => {
    life.kept ??= new Map();
    if (index < first && !life.kept.has(index)) life.kept.set(index, store.at(index));
  };
  for (const [name, changes] of life.g) {
    const last = Math.max(0, lastAtOrBefore(changes, first - 1, indexOfChange));
    life.g.set(name, changes.slice(last));
    if (changes[last] >= 0) keep(changes[last]);
  }
  for (const index of life.session) keep(index);
  life.gEvents = from(life.gEvents, first);
}

/** @param {LaneRecord} record */
function latest(record) {
  return record.versions.at(-1) ?? NOTHING;
}

/** @param {number} change  An index, or `~index` for a deletion. */
export function indexOfChange(change) {
  return change < 0 ? ~change : change;
}

/** @param {number[]} stack @param {number} id @param {number} pushes  How many of them stay. */
function without(stack, id, pushes) {
  if (pushes === 0) return stack.filter((other) => other !== id);
  const newest = stack.lastIndexOf(id);
  return newest < 0 ? stack : stack.toSpliced(newest, 1);
}

/**
 * @param {number[]} indexes  Ascending.
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
