/**
 * One context on the timeline, in little memory: there is one of these for every context on the page.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { About, ScopeEvent } from '../events.js'
 */

import { valueText } from '../naming.js';

/** @typedef {Pick<EventStore, 'at'>} Store */

/**
 * How a context ended. `open`: it has not; `cut`: what happened to it was lost, or the server stopped.
 *
 * @typedef {'open' | 'popped' | 'abandoned' | 'cut'} Fate
 */

/**
 * What is in `g` from a step on.
 *
 * @typedef {object} GState
 * @property {number} from  The step.
 * @property {string} name  The name written last, '' when `g` is empty.
 * @property {string} text  Its value.
 * @property {number} size  How many names there are.
 */

/**
 * What the bars of one depth of a lane have in common.
 *
 * @typedef {{ store: Store, lane: number, depth: number }} BarRow
 */

/** @type {Fate[]} */
const FATES = ['open', 'popped', 'abandoned', 'cut'];

/** Bits of what is true of a bar; the lowest two are its fate. */
const FATE = 3;
const START_UNKNOWN = 4;
const FAILED = 8;
const MARKS = 16;
const APP = 32;
const REQUEST = 64;
const IMPLICIT = 128;
const BY_HAND = 256;

/** With more changes of `g` than this the states are kept instead of worked out from the events. */
const MANY_CHANGES = 32;

/** Names of `g` that are followed in one context; later ones are counted as one. */
const MAX_NAMES = 1_000;

/** What is kept of a bar when the events cannot tell it, or not quickly. */
class Kept {
  /** Steps at which its `g` changed, as long as the states are not kept. @type {readonly number[]} */
  changes;
  /** @type {About | null} */
  about = null;
  /** @type {GState[] | null} */
  states = null;
  /** @type {Map<string, string>} */
  names = new Map();

  /** @param {readonly number[]} changes */
  constructor(changes) {
    this.changes = changes;
  }
}

export class Bar {
  #row;
  #parent;
  #context;
  /** Twice the step: a bar may begin or end halfway between two. */
  #start;
  /** Twice the step; -1 while there is none. */
  #end = -1;
  #flags;
  /** Steps at which its `g` changed: none, one, several, or more than steps. @type {number | number[] | Kept} */
  #changes = -1;

  /**
   * @param {BarRow} row
   * @param {Bar | null} parent  What lies right beneath it.
   * @param {About} about
   * @param {number} start  The step of its push, or the first that is known of it.
   * @param {boolean} startKnown  False when it was pushed before what is kept.
   */
  constructor(row, parent, about, start, startKnown) {
    this.#row = row;
    this.#parent = parent;
    this.#context = about.id;
    this.#start = Math.round(start * 2);
    this.#flags = (startKnown ? 0 : START_UNKNOWN)
      | (about.type === 'app' ? APP : about.type === 'request' ? REQUEST | MARKS : MARKS)
      | (about.implicit === true ? IMPLICIT : 0) | (about.how === 'by hand' ? BY_HAND : 0);
    if (!startKnown) this.#changes = Object.assign(new Kept([]), { about });
  }

  get lane() {
    return this.#row.lane;
  }

  /** How many contexts lie beneath it, from 0. */
  get depth() {
    return this.#row.depth;
  }

  /** @returns {Bar | null} */
  get parent() {
    return this.#parent;
  }

  get context() {
    return this.#context;
  }

  get start() {
    return this.#start / 2;
  }

  /** The step of its pop; `Infinity` while there is none. */
  get end() {
    return this.#end < 0 ? Infinity : this.#end / 2;
  }

  get startKnown() {
    return (this.#flags & START_UNKNOWN) === 0;
  }

  /** @returns {Fate} */
  get fate() {
    return FATES[this.#flags & FATE];
  }

  /** An exception left its code, or popping it failed. */
  get failed() {
    return (this.#flags & FAILED) !== 0;
  }

  set failed(failed) {
    this.#flags = failed ? this.#flags | FAILED : this.#flags & ~FAILED;
  }

  /** Whether it needs a row for marks. */
  get hasMarks() {
    return (this.#flags & MARKS) !== 0;
  }

  set hasMarks(has) {
    this.#flags = has ? this.#flags | MARKS : this.#flags & ~MARKS;
  }

  /** Whether `g` is its own: that of a request context is its app context's. */
  get ownsG() {
    return (this.#flags & REQUEST) === 0;
  }

  get isApp() {
    return (this.#flags & APP) !== 0;
  }

  get isByHand() {
    return (this.#flags & BY_HAND) !== 0;
  }

  /** Whether it is drawn as a failure: not for the app context that Flask put around a request that failed. */
  get showsFailure() {
    return (this.#flags & (FAILED | IMPLICIT)) === FAILED;
  }

  /** @returns {About} */
  get about() {
    if (this.#changes instanceof Kept && this.#changes.about !== null) return this.#changes.about;
    const event = this.#row.store.at(this.start);
    if (event.kind !== 'context.pushed') throw new TypeError(`Event ${this.start} pushes nothing`);
    return event.about;
  }

  /** Ordered by step; none when `g` is another context's. @returns {readonly GState[]} */
  get g() {
    if (this.#changes instanceof Kept && this.#changes.states !== null) return this.#changes.states;
    return this.ownsG ? this.replay(new Map()) : [];
  }

  /** The states of `g`, from the events. @param {Map<string, string>} names  Is left as the last of them. */
  replay(names) {
    for (const [name, value] of this.about.g ?? []) names.set(name, valueText(value));
    const states = [newest(names, this.start)];
    for (const step of this.changes) states.push(change(names, this.#row.store.at(step), step));
    return states;
  }

  /** @returns {readonly number[]} */
  get changes() {
    const changes = this.#changes instanceof Kept ? this.#changes.changes : this.#changes;
    if (typeof changes !== 'number') return changes;
    return changes < 0 ? [] : [changes];
  }

  /** Its `g` was changed. @param {ScopeEvent} event @param {number} step */
  changeG(event, step) {
    if (!this.ownsG) return;
    const changes = this.#changes;
    if (changes instanceof Kept) {
      if (changes.states === null) this.keep();
      changes.states?.push(change(changes.names, event, step));
    } else if (typeof changes === 'number') this.#changes = changes < 0 ? step : [changes, step];
    else {
      changes.push(step);
      if (changes.length > MANY_CHANGES) this.keep();
    }
  }

  /** @param {number} end  Its last step; `Infinity` for none. @param {Fate} fate */
  close(end, fate) {
    this.#end = end === Infinity ? -1 : Math.round(end * 2);
    this.#flags = (this.#flags & ~FATE) | FATES.indexOf(fate);
    // An array that grew has room to spare, and a closed bar never needs it.
    if (Array.isArray(this.#changes)) this.#changes = this.#changes.slice();
  }

  /** Depend no longer on events: they are about to be let go, or there are many. @returns {Kept} */
  keep() {
    const kept = this.#changes instanceof Kept ? this.#changes : new Kept(this.changes);
    kept.about ??= this.about;
    if (kept.states === null && this.ownsG) kept.states = this.replay(kept.names);
    kept.changes = [];
    this.#changes = kept;
    return kept;
  }

  /** Go on with what another bar of the same context knew. @param {Bar} before @param {number} from */
  inherit(before, from) {
    this.hasMarks = before.hasMarks;
    const { states, names } = before.keep();
    const state = states?.at(-1);
    if (state === undefined) return;
    const kept = this.keep();
    kept.states = [{ ...state, from }];
    kept.names = new Map(names);
  }
}

/**
 * @param {Map<string, string>} names
 * @param {ScopeEvent} event
 * @param {number} step
 * @returns {GState}
 */
function change(names, event, step) {
  if (event.kind === 'g.set' || event.kind === 'g.deleted') {
    names.delete(event.name);
    if (event.kind === 'g.set' && names.size < MAX_NAMES) names.set(event.name, valueText(event.value));
  }
  return newest(names, step);
}

/**
 * @param {Map<string, string>} names
 * @param {number} from
 * @returns {GState}
 */
function newest(names, from) {
  let last = ['', ''];
  // A Map has no last(): but it is small, and it is walked once for each write.
  for (const entry of names) last = entry;
  return { from, name: last[0], text: last[1], size: names.size };
}
