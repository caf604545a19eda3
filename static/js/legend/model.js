/**
 * Which signs there is something to say about.
 *
 * @import { EventStore } from '../event-store.js'
 */

/** @typedef {'app' | 'request' | 'both' | 'by-hand' | 'g' | 'session' | 'exception' | 'outside' | 'abandoned' | 'thread'} Sign */

/** @type {[sign: Sign, words: string][]} */
export const SIGNS = [
  ['app', 'app context'],
  ['request', 'request context'],
  ['both', 'context (app and request in one)'],
  ['by-hand', 'pushed by hand'],
  ['g', 'g empty, filled'],
  ['session', 'session read, write, save'],
  ['exception', 'exception'],
  ['outside', 'outside of a context'],
  ['abandoned', 'never popped'],
];

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
      } else if (event.kind === 'session.read' || event.kind === 'session.changed' || event.kind === 'session.saved') this.#seen.add('session');
      else if (event.kind === 'exception') this.#seen.add('exception');
      else if (event.kind === 'access.failed') this.#seen.add('outside');
      else if (event.kind === 'context.abandoned') this.#seen.add('abandoned');
    }
    return this.#seen;
  }
}
