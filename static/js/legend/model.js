/**
 * Which signs there is something to say about.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { ScopeEvent } from '../events.js'
 * @import { Sign } from '../signs.js'
 */

/** @type {Partial<Record<ScopeEvent['kind'], Sign>>} */
const OF_KIND = {
  'session.opened': 'session',
  'session.read': 'session',
  'session.changed': 'session',
  'session.saved': 'session',
  'request.matched': 'handling',
  'request.started': 'handling',
  teardown: 'teardown',
  'thread.started': 'thread',
  exception: 'exception',
  'access.failed': 'outside',
  'context.abandoned': 'abandoned',
};

export class LegendModel {
  #store;
  #done = 0;
  /** @type {Set<Sign>} */
  #seen = new Set();

  /** @param {Pick<EventStore, 'size' | 'firstIndex' | 'at'>} store */
  constructor(store) {
    this.#store = store;
  }

  /** @returns {ReadonlySet<Sign>} What occurs in the events so far. */
  seen() {
    this.#done = Math.max(this.#done, this.#store.firstIndex);
    for (; this.#done < this.#store.size; this.#done += 1) {
      const event = this.#store.at(this.#done);
      if (event.kind === 'context.pushed') {
        this.#seen.add(event.about.type);
        if (event.about.how === 'by hand') this.#seen.add('by-hand');
        if (event.about.type !== 'request') this.#seen.add('g');
      }
      const sign = event.kind === 'exception' && event.handled ? 'handled' : OF_KIND[event.kind];
      if (sign !== undefined) this.#seen.add(sign);
    }
    return this.#seen;
  }
}
