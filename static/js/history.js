/**
 * What was pushed, what `g` and the session held and what code could reach, at any step.
 *
 * Nothing is copied at checkpoints. `g` begins empty with its context, so the state at a step is found in the
 * life of the few contexts that are open then; a life is lists of indexes, searched by halves.
 *
 * @import { About, ScopeEvent, Sees, SessionOpened, SessionSaved, Snapshot } from './events.js'
 * @import { EventStore } from './event-store.js'
 */

/** @typedef {Pick<EventStore, 'size' | 'at' | 'runs' | 'gaps' | 'lanes' | 'runAt'>} Events */

/**
 * The session of a request, as it is at a step.
 *
 * @typedef {object} SessionState
 * @property {SessionOpened | null} opened  null when the opening was not recorded.
 * @property {Map<string, Snapshot>} items
 * @property {boolean} changedSinceOpen
 * @property {number} reads  How often it was asked for a key until the step.
 * @property {SessionSaved | null} saved  The last time it was offered for saving until the step.
 * @property {boolean} pending  Whether it was changed and not offered for saving since.
 */

/**
 * @typedef {object} LaneState
 * @property {number} lane
 * @property {ContextState[]} stack  The newest last. A context pushed twice is in it twice.
 * @property {Sees} sees
 * @property {boolean} known  False after lost events, until the next push or pop tells what is there.
 * @property {number} lastIndex  Of the last event of this lane until the step; -1 for none.
 */

/**
 * @typedef {object} ScopeState
 * @property {LaneState[]} lanes  Of the run that the step belongs to, in the order of their first appearance.
 * @property {Map<number, ContextState>} contexts  All that are on a stack.
 */

/**
 * The state at a step.
 *
 * @param {Events} store
 * @param {number} step  -1 for the state before the first event.
 * @returns {ScopeState}
 */
export function stateAt(store, step) {
  const ledger = ledgerOf(store);
  const run = store.runAt(step);
  /** @type {Map<number, ContextState>} */
  const contexts = new Map();
  const lanes = [];
  for (const record of ledger.lanes.values()) {
    if (record.run !== run?.base || record.firstIndex > step) continue;
    const at = lastAtOrBefore(record.indexes, step);
    const version = at < 0 ? NOTHING : record.versions[at];
    const stack = version.stack.map((id) => {
      let state = contexts.get(id);
      if (state === undefined) {
        const life = /** @type {ContextLife} */ (ledger.contexts.get(id));
        state = new ContextState(store, life, step, hiddenBy(life, version.sees));
        contexts.set(id, state);
      }
      return state;
    });
    const last = lastAtOrBefore(record.events, step);
    lanes.push({
      lane: record.lane, stack, sees: version.sees, known: version.known, lastIndex: record.events[last] ?? -1,
    });
  }
  return { lanes, contexts };
}

/**
 * A context at a step, whether it is still on a stack or not.
 *
 * @param {Events} store
 * @param {number} id
 * @param {number} step
 * @returns {ContextState | null} null when it was not pushed until then.
 */
export function contextAt(store, id, step) {
  const life = ledgerOf(store).contexts.get(id);
  return life === undefined || life.pushedAt > step ? null : new ContextState(store, life, step, null);
}

/**
 * The context that was popped last before a step.
 *
 * @param {Events} store
 * @param {number} step
 * @param {(context: ContextState) => boolean} fits
 * @returns {ContextState | null} As it was when it was popped; null when none of the latest pops fits.
 */
export function lastPopOf(store, step, fits) {
  const ledger = ledgerOf(store);
  const from = lastAtOrBefore(ledger.pops, step - 1);
  const base = store.runAt(step)?.from ?? 0;
  for (let i = from; i >= 0 && i > from - POPS_LOOKED_AT && ledger.pops[i] >= base; i -= 1) {
    const event = store.at(ledger.pops[i]);
    const life = event.context === null ? undefined : ledger.contexts.get(event.context);
    if (life === undefined) continue;
    const context = new ContextState(store, life, ledger.pops[i], null);
    if (fits(context)) return context;
  }
  return null;
}

/** How far back a sentence looks for the last pop of a lane; beyond it says nothing about it. */
const POPS_LOOKED_AT = 64;

/** A context as it is at a step. What costs something is worked out when it is asked for. */
export class ContextState {
  #store;
  #life;
  #step;

  /**
   * @param {Events} store
   * @param {ContextLife} life
   * @param {number} step
   * @param {number | null} hidden
   */
  constructor(store, life, step, hidden) {
    this.#store = store;
    this.#life = life;
    this.#step = step;
    /** The context that `g` (or `request`, for a request context) reaches instead of this one. */
    this.hiddenBy = hidden;
  }

  get id() {
    return this.#life.about.id;
  }

  /** As it was described when it was first pushed. */
  get about() {
    return this.#life.about;
  }

  /** The lane of its first push; null when that was not recorded. */
  get lane() {
    return this.#life.lane;
  }

  /** Index of its first push; smaller than every index of its run when that is no longer kept. */
  get pushedAt() {
    return this.#life.pushedAt;
  }

  /** Index of its last pop; null while it is pushed. A context may come back after it: `stream_with_context`. */
  get poppedAt() {
    const { ends } = this.#life;
    const at = lastAtOrBefore(ends, this.#step, indexOfChange);
    return at >= 0 && ends[at] >= 0 ? ends[at] : null;
  }

  get abandoned() {
    const { abandonedAt } = this.#life;
    return abandonedAt !== null && abandonedAt <= this.#step;
  }

  /** Whether this context has a `g` of its own. */
  get ownsG() {
    return this.about.type !== 'request';
  }

  /** @returns {Map<string, Snapshot>} The names in its `g`, in the order in which they came. */
  get g() {
    /** @type {[index: number, name: string, value: Snapshot][]} */
    const found = [];
    const first = this.#life.about.g;
    for (const [name, changes] of this.#life.g) {
      const at = lastAtOrBefore(changes, this.#step, indexOfChange);
      if (at < 0) {
        const value = first?.get(name);
        if (value !== undefined) found.push([-1, name, value]);
      } else if (changes[at] >= 0) {
        const event = this.#store.at(changes[at]);
        if (event.kind === 'g.set') found.push([first?.has(name) ? -1 : indexOfChange(changes[0]), name, event.value]);
      }
    }
    for (const [name, value] of first ?? []) {
      if (!this.#life.g.has(name)) found.push([-1, name, value]);
    }
    found.sort((a, b) => a[0] - b[0]);
    return new Map(found.map(([, name, value]) => [name, value]));
  }

  /** Indexes of the events that set, deleted, missed or read a name of its `g`, until the step. */
  get gHistory() {
    const { gEvents } = this.#life;
    return gEvents.slice(0, lastAtOrBefore(gEvents, this.#step) + 1);
  }

  /** @returns {SessionState | null} null as long as none was opened. */
  get session() {
    const { session } = this.#life;
    const end = lastAtOrBefore(session, this.#step);
    if (end < 0) return null;
    /** @type {SessionState} */
    const state = {
      opened: null, items: new Map(), changedSinceOpen: false, reads: 0, saved: null, pending: false,
    };
    for (let i = 0; i <= end; i += 1) applyToSession(state, this.#store.at(session[i]));
    return state;
  }
}

/** @param {SessionState} state @param {ScopeEvent} event */
function applyToSession(state, event) {
  switch (event.kind) {
    case 'session.opened':
      state.opened = event;
      state.items = new Map(event.items.map(({ key, value }) => [key, value]));
      break;
    case 'session.read':
      state.reads += 1;
      break;
    case 'session.changed':
      state.items.set(event.key, event.value);
      state.changedSinceOpen = true;
      state.pending = true;
      break;
    case 'session.deleted':
      if (event.key === '*') state.items.clear();
      else state.items.delete(event.key);
      state.changedSinceOpen = true;
      state.pending = true;
      break;
    case 'session.saved':
      state.saved = event;
      state.pending = false;
      break;
  }
}

/** @param {ContextLife} life @param {Sees} sees */
function hiddenBy(life, sees) {
  if (life.about.type === 'request') {
    return sees.request !== null && sees.request !== life.about.id ? sees.request : null;
  }
  return sees.g !== null && sees.g !== life.about.id ? sees.g : null;
}

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
 */

/** @typedef {{ stack: number[], sees: Sees, known: boolean }} StackVersion */

/** @type {StackVersion} */
const NOTHING = { stack: [], sees: { g: null, request: null }, known: true };

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

/** @type {WeakMap<object, Ledger>} */
const ledgers = new WeakMap();

/** @param {Events} store */
function ledgerOf(store) {
  let ledger = ledgers.get(store);
  if (ledger === undefined) {
    ledger = new Ledger();
    ledgers.set(store, ledger);
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
  #done = 0;
  #gapsDone = 0;
  /** @type {Map<object, number>} Greetings already read, by their run. */
  #greeted = new Map();

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
        else if (known.ends.length > 0) known.ends.push(~index);
        this.#put(record, index, {
          stack: this.#proven([...latest(record).stack, about.id], about.sees), sees: about.sees, known: true,
        });
        return;
      }
      case 'context.popped': {
        const life = this.contexts.get(event.context);
        if (life !== undefined && event.pushes === 0) {
          life.ends.push(index);
          this.pops.push(index);
        }
        const stack = without(latest(record).stack, event.context, event.pushes);
        this.#put(record, index, { stack: this.#proven(stack, event.sees), sees: event.sees, known: true });
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
        life.gEvents.push(index);
        if (event.kind === 'g.missed' || event.kind === 'g.read') return;
        const changes = life.g.get(event.name) ?? [];
        changes.push(event.kind === 'g.set' ? index : ~index);
        life.g.set(event.name, changes);
        return;
      }
      case 'session.opened':
      case 'session.read':
      case 'session.changed':
      case 'session.deleted':
      case 'session.saved':
        this.#lifeOf(event)?.session.push(index);
    }
  }

  /** @param {ScopeEvent} event */
  #lifeOf(event) {
    return event.context === null ? undefined : this.contexts.get(event.context);
  }

  /** @param {About} about @param {number | null} lane @param {number} pushedAt */
  #add(about, lane, pushedAt) {
    this.contexts.set(about.id, {
      about, lane, pushedAt, ends: [], abandonedAt: null, g: new Map(), gEvents: [], session: [],
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

/** @param {LaneRecord} record */
function latest(record) {
  return record.versions.at(-1) ?? NOTHING;
}

/** @param {number} change  An index, or `~index` for a deletion. */
function indexOfChange(change) {
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
function lastAtOrBefore(indexes, step, read = (index) => index) {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (read(indexes[middle]) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
