/** Rows as a server would send them; a test names only what it is about. */

import { EventStore } from '../../static/js/event-store.js';
import { readMessage } from '../../static/js/protocol.js';

/** @typedef {[text: string, type: string, size: number | null, flags: number]} WireSnapshot */

/** @param {Record<string, unknown>} [changes] */
export function aHello(changes = {}) {
  return read({
    v: 1, type: 'hello', run: 'aaaaaaaaaaaaaaaa',
    app: { name: 'shop', root: '/srv/shop' }, process: { pid: 1, name: 'flaskscope run' },
    versions: {}, clock: { monotonic_ns: '0', unix_ms: 0 }, first: 1, last: 0,
    settings: { max_events: 100000, stack: 'separate', g_reads: false, redact: [], editor: null },
    lanes: [[1, 'Thread-1', 1], [2, 'Thread-2', 1]], sites: [[1, '/srv/shop/views.py', 12, 'index']],
    contexts: [], scenarios: [], counts: { dropped: 0, failures: 0 }, ...changes,
  });
}

/** @param {any[]} rows */
export function someEvents(rows) {
  return read({ v: 1, type: 'events', from: rows[0][0], to: rows[rows.length - 1][0], lanes: [], sites: [], rows });
}

/** @param {Record<string, unknown>} [changes] */
export function aLoss(changes = {}) {
  return read({ v: 1, type: 'lost', from: 1, to: 5, count: 5, where: 'stream', why: 'This page was too slow.', ...changes });
}

/** @param {string} text @param {string} [type] @param {number} [flags] @returns {WireSnapshot} */
export function aValue(text, type = 'str', flags = 0) {
  return [text, type, null, flags];
}

/** A recording that is written down event by event. */
export class Script {
  /** @type {any[]} */
  rows = [];
  #at = 0;

  /** @param {string} kind @param {number} lane @param {number | null} context @param {...unknown} fields */
  add(kind, lane, context, ...fields) {
    this.#at += 10_000;
    this.rows.push([this.rows.length + 1, this.#at, kind, lane, context, null, ...fields]);
    return this;
  }

  /** The line of user code that the last event came from. @param {number} [site] */
  from(site = 1) {
    this.rows[this.rows.length - 1][5] = site;
    return this;
  }

  /** @param {number} lane @param {number} id @param {Record<string, unknown>} [about] */
  push(lane, id, about = {}) {
    return this.add('context.pushed', lane, id, {
      id, type: 'app', how: 'request', app: 'shop', thread: `Thread-${lane}`, pushes: 1, sees: [id, null], ...about,
    });
  }

  /** @param {number} lane @param {number} id @param {Record<string, unknown>} [fields] */
  pop(lane, id, { unhandled = null, failure = null, pushes = 0, sees = [null, null], ns = 50_000 } = {}) {
    return this.add('context.popped', lane, id, ns, unhandled, failure, pushes, sees);
  }

  /** The two pushes of a request on Flask up to 3.1. @param {number} lane @param {number} app @param {Record<string, unknown>} [about] */
  request(lane, app, about = {}) {
    const request = { method: 'GET', path: '/cart', ...about };
    return this.push(lane, app, { implicit: true, ...request })
      .push(lane, app + 1, { type: 'request', sees: [app, app + 1], ...request });
  }

  /** @param {number} lane @param {number} app */
  endRequest(lane, app) {
    return this.pop(lane, app + 1, { sees: [app, null] }).pop(lane, app);
  }

  /** @param {number} lane @param {number} context @param {string} name @param {string} text @param {number} [flags] */
  set(lane, context, name, text, flags = 0) {
    return this.add('g.set', lane, context, name, aValue(text, 'str', flags));
  }

  /** @param {number} lane @param {number} context @param {{ origin?: string, items?: [string, WireSnapshot][], browser?: number | null, refusal?: string | null }} [fields] */
  open(lane, context, { origin = 'new', items = [], browser = null, refusal = null } = {}) {
    return this.add('session.opened', lane, context, 'SecureCookieSessionInterface', origin, items, browser, items.length, refusal);
  }

  /** @param {number} lane @param {number} context @param {Record<string, unknown>} [fields] */
  save(lane, context, { written = true, why = 'it was modified', changed = ['visits'], bytes = 60, late = false, browser = 1 } = {}) {
    return this.add('session.saved', lane, context, written, why, changed, bytes, late, browser);
  }

  /** @param {Record<string, unknown>} [hello] */
  store(hello = {}) {
    const store = new EventStore();
    store.append(aHello(hello));
    if (this.rows.length > 0) store.append(someEvents(this.rows));
    return store;
  }
}

/** @param {unknown} wire @returns {any} */
function read(wire) {
  return readMessage(JSON.stringify(wire));
}
