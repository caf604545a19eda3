/**
 * What was pushed, what `g` and the session held and what code could reach, at any step.
 *
 * Nothing is copied at checkpoints. `g` begins empty with its context, so the state at a step is found in the
 * life of the few contexts that are open then; a life is lists of indexes, searched by halves.
 *
 * @import { Events } from './ledger.js'
 * @import { ContextLife } from './life.js'
 * @import { About, ScopeEvent, Sees, SessionOpened, SessionSaved, Snapshot } from './events.js'
 */

import { laneStepsOf } from './lane-steps.js';
import { indexOfChange, lastAtOrBefore, ledgerOf } from './ledger.js';

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
 * @property {LaneState[]} lanes  Of the run that the step belongs to and of all other processes, in the order of their
 *   first appearance.
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
  const steps = laneStepsOf(store);
  const run = store.runAt(step);
  /** @type {Map<number, ContextState>} */
  const contexts = new Map();
  const lanes = [];
  for (const record of ledger.lanes.values()) {
    const isPresent = store.isPresent?.(record.base, step) ?? record.base === run?.base;
    if (!isPresent || record.firstIndex > step) continue;
    const version = ledger.versionAt(store, record, step);
    const stack = version.stack.map((id) => {
      let state = contexts.get(id);
      if (state === undefined) {
        const life = /** @type {ContextLife} */ (ledger.contexts.get(id));
        state = new ContextState(store, id, life, step, hiddenBy(life.about(store), version.sees));
        contexts.set(id, state);
      }
      return state;
    });
    const events = steps.of(record.lane);
    const lastIndex = events[lastAtOrBefore(events, step)] ?? -1;
    lanes.push({ lane: record.lane, stack, sees: version.sees, known: version.known, lastIndex });
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
  return life === undefined || life.pushedAt > step ? null : new ContextState(store, id, life, step, null);
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
  const least = Math.max(store.runAt(step)?.from ?? 0, store.firstIndex ?? 0, step - EVENTS_LOOKED_AT);
  for (let index = step - 1; index >= least; index -= 1) {
    if ((store.kindAt?.(index) ?? store.at(index).kind) !== 'context.popped') continue;
    const event = store.at(index);
    const life = event.context === null ? undefined : ledger.contexts.get(event.context);
    if (event.kind !== 'context.popped' || event.pushes > 0 || life === undefined) continue;
    const context = new ContextState(store, event.context, life, index, null);
    if (fits(context)) return context;
  }
  return null;
}

/** How far back a sentence looks for the last pop of a lane; beyond it says nothing about it. */
const EVENTS_LOOKED_AT = 1_000;

/** A context as it is at a step. What costs something is worked out when it is asked for. */
export class ContextState {
  #store;
  #life;
  #step;
  /** @type {About | null} */
  #about = null;

  /**
   * @param {Events} store
   * @param {number} id
   * @param {ContextLife} life
   * @param {number} step
   * @param {number | null} hidden
   */
  constructor(store, id, life, step, hidden) {
    this.#store = store;
    this.#life = life;
    this.#step = step;
    this.id = id;
    /** The context that `g` (or `request`, for a request context) reaches instead of this one. */
    this.hiddenBy = hidden;
  }

  /** As it was described when it was first pushed. */
  get about() {
    return (this.#about ??= this.#life.about(this.#store));
  }

  /** The lane of its first push; null when that was not recorded. */
  get lane() {
    return this.#life.lane(this.#store);
  }

  /** Index of its first push; smaller than every index of its run when that is no longer kept. */
  get pushedAt() {
    return this.#life.pushedAt;
  }

  /** Index of its last pop; null while it is pushed. A context may come back after it: `stream_with_context`. */
  get poppedAt() {
    return this.#life.poppedAt(this.#step);
  }

  get abandoned() {
    return this.#life.isAbandonedAt(this.#step);
  }

  /** Whether this context has a `g` of its own. */
  get ownsG() {
    return this.about.type !== 'request';
  }

  /** @returns {Map<string, Snapshot>} The names in its `g`, in the order in which they came. */
  get g() {
    /** A name that was deleted keeps its place, should it come again. @type {Map<string, Snapshot | null>} */
    const found = new Map(this.about.g ?? []);
    for (const name of this.#life.order) if (!found.has(name)) found.set(name, null);
    for (const event of this.#changes()) {
      if (event.kind === 'g.set') found.set(event.name, event.value);
      else if (event.kind === 'g.deleted') found.set(event.name, null);
    }
    /** @type {Map<string, Snapshot>} */
    const g = new Map();
    for (const [name, value] of found) if (value !== null) g.set(name, value);
    return g;
  }

  /** The events that tell what `g` holds: all of them, or the last of each name in the order of their first. */
  #changes() {
    const { names, events } = this.#life;
    if (names === null) return events.slice(0, lastAtOrBefore(events, this.#step) + 1).map((index) => this.#eventAt(index));
    const changes = [...names.values()].filter((each) => indexOfChange(each[0]) <= this.#step);
    return changes.map((each) => this.#eventAt(indexOfChange(each[lastAtOrBefore(each, this.#step, indexOfChange)])));
  }

  /** Indexes of the events that set, deleted, missed or read a name of its `g`, until the step. */
  get gHistory() {
    const { events } = this.#life;
    const first = this.#store.firstIndex ?? 0;
    return events.slice(0, lastAtOrBefore(events, this.#step) + 1)
      .filter((index) => index >= first && (this.#store.kindAt?.(index) ?? this.#store.at(index).kind).startsWith('g.'));
  }

  /** @param {number} index */
  #eventAt(index) {
    return this.#life.event(this.#store, index);
  }

  /** @returns {SessionState | null} null as long as none was opened. */
  get session() {
    const { session } = this.#life;
    const told = session.slice(0, lastAtOrBefore(session, this.#step) + 1).map((index) => this.#eventAt(index))
      .filter(({ kind }) => kind.startsWith('session.'));
    if (told.length === 0) return null;
    /** @type {SessionState} */
    const state = {
      opened: null, items: new Map(), changedSinceOpen: false, reads: 0, saved: null, pending: false,
    };
    for (const event of told) applyToSession(state, event);
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

/** @param {About} about @param {Sees} sees */
function hiddenBy(about, sees) {
  if (about.type === 'request') return sees.request !== null && sees.request !== about.id ? sees.request : null;
  return sees.g !== null && sees.g !== about.id ? sees.g : null;
}
