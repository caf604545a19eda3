/**
 * Finds events by what is written on them: path, endpoint, key, value, thread, context number, call site.
 *
 * @import { About, ScopeEvent, Snapshot } from './events.js'
 * @import { EventStore } from './event-store.js'
 * @import { Test } from './scan.js'
 */

import { contextName } from './events.js';
import { laneName, requestName, shortLaneName, siteName, valueText } from './naming.js';
import { countBelow, nearest } from './jumps.js';
import { Scan } from './scan.js';

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at' | 'lanes' | 'sites'>} Store */

/** Requests whose names are remembered, so that later events of them are found by them. */
const MOST_REQUESTS = 200_000;

/** Characters of a query that count; nobody types more on purpose. */
const MAX_QUERY_LENGTH = 200;

/**
 * A test for a query, or null for an empty one.
 *
 * Every word must be found on the event or on the request it belongs to, and at least one on the event itself,
 * so that `/cart` finds the push of that request and `/cart user` what happens to `user` in it. `#7` finds the
 * events of that context and of no other.
 *
 * @param {string} query
 * @param {Pick<Store, 'lanes' | 'sites'>} names
 * @returns {Test | null}
 */
export function testFor(query, names) {
  const words = query.slice(0, MAX_QUERY_LENGTH).toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return null;
  /** What is said of a lane or a site does not change: it is looked at once. @type {Map<number, string>} */
  const lanes = new Map();
  /** @type {Map<number, string>} */
  const sites = new Map();
  /** @type {Map<number, string>} */
  const requests = new Map();
  return (event) => {
    if (event.kind === 'context.pushed') {
      requests.set(event.about.id, requestName(event.about)?.toLowerCase() ?? '');
      if (requests.size > MOST_REQUESTS) requests.delete(/** @type {number} */ (requests.keys().next().value));
    }
    const number = event.context === null ? '' : contextName(event.context);
    const lane = remembered(lanes, event.lane, () => `${laneName(names, event.lane)}\n${shortLaneName(names, event.lane)}`);
    const site = event.site === null ? '' : remembered(sites, event.site, (id) => siteText(names, id));
    const request = event.context === null ? '' : requests.get(event.context) ?? '';
    /** @type {string | null} */
    let own = null;
    let isOwn = false;
    for (const word of words) {
      if (isNumber(word)) {
        if (number !== word) return false;
        isOwn = true;
        continue;
      }
      own ??= textOf(event).toLowerCase();
      if (own.includes(word) || lane.includes(word) || site.includes(word)) isOwn = true;
      else if (!request.includes(word)) return false;
    }
    return isOwn;
  };
}

/** The search of the page: one query, its hits, and the way from one to the next. */
export class Search {
  #names;
  #scan;
  #query = '';
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /**
   * @param {Store & Pick<EventStore, 'subscribe'>} store
   * @param {{ now?: () => number, later?: (callback: () => void) => unknown }} [clock]
   */
  constructor(store, clock = {}) {
    this.#names = store;
    this.#scan = new Scan({ store, ...clock, onChange: () => this.#tell() });
    store.subscribe(() => this.#scan.more());
  }

  get query() {
    return this.#query;
  }

  /** A number that changes with the query. */
  get asked() {
    return this.#scan.asked;
  }

  /** Whether all events have been looked at. */
  get isDone() {
    return this.#scan.isDone;
  }

  /** Indexes of the events that were found, ascending. A view: ask again after each change. */
  get hits() {
    return this.#scan.found;
  }

  /** @param {string} query */
  find(query) {
    const next = query.trim();
    if (next === this.#query) return;
    this.#query = next;
    this.#scan.ask(testFor(next, this.#names));
  }

  /** @param {number} index */
  has(index) {
    return this.#query !== '' && this.hits[countBelow(this.hits, index)] === index;
  }

  /** The place of an event among the hits, from 1; 0 when it is none of them. @param {number} index */
  placeOf(index) {
    return this.has(index) ? countBelow(this.hits, index) + 1 : 0;
  }

  /** @param {number} step @param {1 | -1} direction */
  next(step, direction) {
    return nearest(this.hits, step, direction);
  }

  /** @param {() => void} listener @returns {() => void} Ends the subscription. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell() {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** What is written on an event, beside its lane, its site and the number of its context. @param {ScopeEvent} event */
function textOf(event) {
  switch (event.kind) {
    case 'context.pushed':
      return aboutText(event.about);
    case 'g.set':
      return `g.${event.name} = ${snapshotText(event.value)}`;
    case 'g.read':
    case 'g.missed':
    case 'g.deleted':
      return `g.${event.name}`;
    case 'session.opened':
      return `session ${event.origin} ${event.items.map(({ key, value }) => `${key} = ${snapshotText(value)}`).join(' ')}`;
    case 'session.changed':
      return `session ${event.key} = ${snapshotText(event.value)}`;
    case 'session.read':
    case 'session.deleted':
      return `session ${event.key}`;
    case 'session.saved':
      return `session ${event.changed.join(' ')} ${event.why}`;
    case 'request.started':
      return `${event.method} ${event.path}`;
    case 'request.matched':
      return `${event.endpoint ?? ''} ${event.rule ?? ''} ${event.failure?.type ?? ''}`;
    case 'request.finished':
      return String(event.status);
    case 'exception':
      return `${event.type} ${event.message}`;
    case 'teardown':
      return `${event.name} ${event.failure?.type ?? ''}`;
    case 'access.failed':
      return `RuntimeError ${event.proxy} ${event.message}`;
    case 'context.popped':
      return `${event.unhandled?.type ?? ''} ${event.failure?.type ?? ''}`;
    case 'context.abandoned':
      return 'never popped';
    case 'thread.started':
      return event.thread;
    case 'recorder.failed':
      return event.hook;
    case 'recorder.resumed':
      return 'paused';
  }
}

/** @param {About} about */
function aboutText(about) {
  const g = about.g === undefined ? '' : [...about.g].map(([name, value]) => `g.${name} = ${snapshotText(value)}`).join(' ');
  return `${requestName(about) ?? ''} ${about.app} ${about.how} ${g}`;
}

/** @param {Snapshot} value */
function snapshotText(value) {
  return `${valueText(value)} ${value.type}`;
}

/** @param {Pick<Store, 'sites'>} names @param {number} id */
function siteText(names, id) {
  const site = names.sites.get(id);
  return site === undefined ? '' : `${siteName(site)}\n${site.path}:${site.line}\n${site.function}`;
}

/** @param {Map<number, string>} memory @param {number} id @param {(id: number) => string} work */
function remembered(memory, id, work) {
  let text = memory.get(id);
  if (text === undefined) {
    text = work(id).toLowerCase();
    memory.set(id, text);
  }
  return text;
}

/** @param {string} word */
function isNumber(word) {
  return /^#\d+$/.test(word);
}
