/**
 * Recordings for the tests of the timeline, written as a story.
 *
 * @import { Row } from '../../../static/js/event-row.js'
 */

import { EventStore } from '../../../static/js/event-store.js';

/** @typedef {Record<string, unknown>} Wire */

/** Tells events to a store, as a server would. Times in microseconds. */
export class Recording {
  store = new EventStore();
  #number = 0;
  #atNs = 0;
  #context = 0;
  /** @type {Map<number, number[]>} */
  #stacks = new Map();
  /** @type {Map<number, Wire>} */
  #abouts = new Map();
  /** @type {Map<number, string>} */
  #lanes = new Map();
  /** @type {Row[]} */
  #rows = [];

  /** @param {string} [run] */
  constructor(run = 'a') {
    this.start(run);
  }

  /** The server starts, or starts again. @param {string} run @param {Wire[]} [contexts] */
  start(run, contexts = []) {
    this.send();
    this.#number = 0;
    this.#atNs = 0;
    this.#stacks.clear();
    this.#lanes.clear();
    this.#context = 0;
    this.store.append(/** @type {any} */ ({
      type: 'hello', run, app: { name: 'demo', root: '/app' }, process: { pid: 1, name: 'demo' }, versions: {},
      clock: { monotonicNs: 0n, unixMs: 0 }, first: 1, last: 0,
      settings: { maxEvents: 100_000, stack: 'separate', gReads: false, redact: [], editor: null },
      lanes: [], sites: [{ id: 1, path: '/app/views.py', line: 12, function: 'index' }], contexts, scenarios: [],
      counts: { dropped: 0, failures: 0 },
    }));
    return this;
  }

  /** Let time pass. @param {number} us */
  wait(us) {
    this.#atNs += us * 1000;
    return this;
  }

  /** Events that never come. @param {number} count */
  lose(count) {
    this.send();
    const from = this.#number + 1;
    this.#number += count;
    this.store.append({ type: 'lost', from, to: this.#number, count, where: 'stream', why: 'The page was too slow.' });
    return this;
  }

  /**
   * Any event; 10 µs after the last one.
   *
   * @param {string} kind
   * @param {number} lane
   * @param {number | null} context
   * @param {...unknown} fields
   */
  event(kind, lane, context, ...fields) {
    if (!this.#lanes.has(lane)) this.#lanes.set(lane, `Thread-${lane}`);
    this.#number += 1;
    this.#atNs += 10_000;
    this.#rows.push(/** @type {Row} */ ([this.#number, this.#atNs, kind, lane, context, 1, ...fields]));
    return this;
  }

  /** @param {number} lane @param {string} name */
  name(lane, name) {
    this.#lanes.set(lane, name);
    return this;
  }

  /**
   * @param {number} lane
   * @param {Wire} [about]
   * @returns {number} The number of the context.
   */
  push(lane, about = {}) {
    this.#context += 1;
    const id = /** @type {number} */ (about.id ?? this.#context);
    const whole = {
      id, type: 'app', how: 'request', app: 'demo', thread: `Thread-${lane}`, pushes: 1, sees: [id, null], ...about,
    };
    this.#abouts.set(id, whole);
    this.#stack(lane).push(id);
    this.event('context.pushed', lane, id, whole);
    return id;
  }

  /** @param {number} lane @param {unknown} [unhandled] @param {unknown} [failure] */
  pop(lane, unhandled = null, failure = null) {
    const id = /** @type {number} */ (this.#stack(lane).pop());
    this.event('context.popped', lane, id, 200_000, unhandled, failure, 0, [null, null]);
    return id;
  }

  /** A request up to its view. @param {number} lane @param {string} path @param {Wire} [more] */
  openRequest(lane, path, { cookie = null, browser = null } = /** @type {any} */ ({})) {
    const app = this.push(lane, { implicit: true });
    const request = this.push(lane, { type: 'request', method: 'GET', path });
    const items = cookie === null ? [] : [['visits', [String(cookie), 'int', null, 0]]];
    this.event('session.opened', lane, request, 'SecureCookieSessionInterface', cookie === null ? 'new' : 'cookie', items, browser, items.length);
    this.event('request.matched', lane, request, 'index', path, null);
    this.event('request.started', lane, request, 'GET', path);
    return { app, request };
  }

  /** The rest of a request. @param {number} lane @param {number} request @param {number} [status] */
  closeRequest(lane, request, status = 200) {
    this.event('request.finished', lane, request, status, 150_000);
    this.pop(lane);
    this.pop(lane);
    return this;
  }

  /** @param {number} lane @param {number} context @param {string} name @param {string} text */
  setG(lane, context, name, text) {
    return this.event('g.set', lane, context, name, [text, 'str', text.length, 0]);
  }

  /** @param {number} lane @param {number} request @param {string} key @param {string} text */
  changeSession(lane, request, key, text) {
    return this.event('session.changed', lane, request, key, [text, 'int', null, 0]);
  }

  /** @param {number} lane @param {number} request @param {number} browser @param {boolean} [written] */
  saveSession(lane, request, browser, written = true) {
    return this.event('session.saved', lane, request, written, 'changed', ['visits'], 90, false, browser);
  }

  /** A whole request that counts visits. @param {number} lane @param {number} visits @param {number} [browser] */
  visit(lane, visits, browser = 1) {
    const { app, request } = this.openRequest(lane, '/counter', { cookie: visits > 1 ? visits - 1 : null, browser: visits > 1 ? browser : null });
    this.setG(lane, app, 'user', "'ada'");
    this.event('session.read', lane, request, 'visits', visits > 1);
    this.changeSession(lane, request, 'visits', String(visits));
    this.saveSession(lane, request, browser);
    this.closeRequest(lane, request);
    return { app, request };
  }

  /** Bring what was told to the store. */
  send() {
    if (this.#rows.length === 0) return this.store;
    this.store.append({
      type: 'events', from: this.#rows[0][0], to: this.#number,
      lanes: [...this.#lanes].map(([id, name]) => ({ id, name, process: 1 })), sites: [], rows: this.#rows,
    });
    this.#rows = [];
    return this.store;
  }

  /** @param {number} lane */
  #stack(lane) {
    let stack = this.#stacks.get(lane);
    if (stack === undefined) this.#stacks.set(lane, (stack = []));
    return stack;
  }
}
