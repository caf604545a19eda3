/**
 * What is left out of the picture: events of some kinds, lanes, apps and paths, or all but one request.
 *
 * @import { EventStore } from './event-store.js'
 * @import { ProblemMarks } from './problem-marks.js'
 * @import { EventKind, ScopeEvent } from './events.js'
 * @import { Interval } from './isolation.js'
 */

import { isProblem } from './description.js';
import { Scan } from './scan.js';

/** @typedef {'context' | 'g' | 'session' | 'request' | 'teardown' | 'trouble' | 'thread'} Group */
/** @typedef {'lane' | 'app' | 'path'} Place */
/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at' | 'subscribe'>} Store */

/** @type {[group: Group, title: string][]} */
export const GROUPS = [
  ['context', 'contexts'], ['g', 'g'], ['session', 'session'], ['request', 'request steps'],
  ['teardown', 'teardowns'], ['trouble', 'exceptions'], ['thread', 'threads'],
];

/** Paths and apps of contexts that are remembered, so that later events of them are known. */
const MOST_CONTEXTS = 200_000;

/** @param {EventKind} kind @returns {Group} */
export function groupOf(kind) {
  switch (kind) {
    case 'exception':
    case 'access.failed':
    case 'recorder.failed':
      return 'trouble';
    case 'recorder.resumed':
      return 'context';
    default:
      return /** @type {Group} */ (kind.split('.')[0]);
  }
}

export class Filter {
  #store;
  #scan;
  /** @type {Set<Group>} */
  #hiddenGroups = new Set();
  /** @type {Record<Place, Set<string | number>>} */
  #hiddenPlaces = { lane: new Set(), app: new Set(), path: new Set() };
  #problemsOnly = false;
  #marks;
  /** Asked for by every pixel of the timeline. */
  #isActive = false;
  /** @type {Interval | null} */
  #only = null;
  /** @type {Map<number, { app: string, path: string | null }>} */
  #contexts = new Map();
  #read = 0;
  /** @type {Map<Group, number>} */
  #hiddenCounts = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /**
   * @param {Store} store
   * @param {{ now?: () => number, later?: (callback: () => void) => unknown }} [clock]
   * @param {Pick<ProblemMarks, 'has' | 'subscribe'> | null} [marks]  Steps at which the doctor found something.
   */
  constructor(store, clock = {}, marks = null) {
    this.#store = store;
    this.#marks = marks;
    marks?.subscribe(() => {
      // What was looked at before it was found has to be looked at again.
      if (this.#problemsOnly) this.#again();
    });
    this.#scan = new Scan({ store, ...clock, onChange: () => this.#tell() });
    store.subscribe(() => this.#scan.more());
  }

  /** Whether anything is left out. */
  get isActive() {
    return this.#isActive;
  }

  /** What is shown alone. @returns {Interval | null} */
  get only() {
    return this.#only;
  }

  get problemsOnly() {
    return this.#problemsOnly;
  }

  /** Indexes of what is left, ascending; of no meaning while the filter is not active. */
  get visible() {
    return this.#scan.found;
  }

  /** A number that changes with what is left out. */
  get asked() {
    return this.#scan.asked;
  }

  /** The first event that it has not looked at yet. */
  get done() {
    return this.#scan.done;
  }

  /** How many events are hidden, as far as it has looked; 0 while the filter is not active. */
  get hiddenCount() {
    if (!this.isActive) return 0;
    return Math.max(0, this.#scan.done - this.#store.firstIndex - this.visible.length);
  }

  /** How many events of a group are hidden. @param {Group} group */
  hiddenOf(group) {
    return this.isActive ? this.#hiddenCounts.get(group) ?? 0 : 0;
  }

  /** @param {Group} group */
  showsGroup(group) {
    return !this.#hiddenGroups.has(group);
  }

  /** @param {Place} place @param {string | number} value */
  shows(place, value) {
    return !this.#hiddenPlaces[place].has(value);
  }

  /** What of a place is hidden, also what nothing kept is about. @param {Place} place @returns {(string | number)[]} */
  hiddenIn(place) {
    return [...this.#hiddenPlaces[place]];
  }

  /** Whether an event is left out: of the table; on the timeline it is dimmed. @param {number} index */
  hides(index) {
    if (!this.isActive || index < this.#store.firstIndex || index >= this.#store.size) return false;
    return !this.#fits(this.#store.at(index), index);
  }

  /** @param {Group} group */
  toggleGroup(group) {
    toggle(this.#hiddenGroups, group);
    this.#again();
  }

  /** @param {Place} place @param {string | number} value */
  toggle(place, value) {
    toggle(this.#hiddenPlaces[place], value);
    this.#again();
  }

  toggleProblems() {
    this.#problemsOnly = !this.#problemsOnly;
    this.#again();
  }

  /** Show this and nothing else; null shows the rest again. @param {Interval | null} only */
  isolate(only) {
    this.#only = only;
    this.#again();
  }

  /** Show everything again. */
  clear() {
    this.#hiddenGroups.clear();
    for (const hidden of Object.values(this.#hiddenPlaces)) hidden.clear();
    this.#problemsOnly = false;
    this.#only = null;
    this.#again();
  }

  /** @param {() => void} listener @returns {() => void} Ends the subscription. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #again() {
    this.#isActive = this.#hiddenGroups.size > 0 || this.#problemsOnly || this.#only !== null
      || Object.values(this.#hiddenPlaces).some((hidden) => hidden.size > 0);
    this.#hiddenCounts.clear();
    this.#scan.ask(this.isActive ? (event, index) => this.#count(event, index) : null);
  }

  /** @param {ScopeEvent} event @param {number} index */
  #count(event, index) {
    const fits = this.#fits(event, index);
    if (!fits) {
      const group = groupOf(event.kind);
      this.#hiddenCounts.set(group, (this.#hiddenCounts.get(group) ?? 0) + 1);
    }
    return fits;
  }

  /** @param {ScopeEvent} event @param {number} index */
  #fits(event, index) {
    const { lane, app, path } = this.#hiddenPlaces;
    if (this.#only !== null && !this.#only.has(event, index)) return false;
    if (this.#problemsOnly && !isProblem(event) && this.#marks?.has(index) !== true) return false;
    if (this.#hiddenGroups.has(groupOf(event.kind)) || lane.has(event.lane)) return false;
    if (app.size === 0 && path.size === 0) return true;
    this.#learn(index);
    const context = event.context === null ? undefined : this.#contexts.get(event.context);
    return context === undefined || !(app.has(context.app) || (context.path !== null && path.has(context.path)));
  }

  /** Read what contexts are, up to an event. @param {number} to */
  #learn(to) {
    this.#read = Math.max(this.#read, this.#store.firstIndex);
    for (; this.#read <= to; this.#read += 1) {
      const event = this.#store.at(this.#read);
      if (event.kind !== 'context.pushed') continue;
      this.#contexts.set(event.about.id, { app: event.about.app, path: event.about.path ?? null });
      if (this.#contexts.size > MOST_CONTEXTS) this.#contexts.delete(/** @type {number} */ (this.#contexts.keys().next().value));
    }
  }

  #tell() {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** @template T @param {Set<T>} set @param {T} value */
function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}
