/**
 * One request, or one context without a request, with all that happened in it: what "only this one" shows.
 *
 * @import { EventStore } from './event-store.js'
 * @import { ScopeEvent } from './events.js'
 */

import { contextAt } from './history.js';
import { shortTitle } from './naming.js';

/** Events to look back and ahead for the other context of the same request. They follow each other closely. */
const REACH = 64;

/** @typedef {import('./narrator/scene.js').Store & Pick<EventStore, 'firstIndex'>} Store */

/**
 * @typedef {object} Interval
 * @property {number} context  What it was asked for.
 * @property {string} title
 * @property {(event: ScopeEvent, index: number) => boolean} has
 */

/**
 * @param {Store} store
 * @param {number} id  Of a context.
 * @returns {Interval | null} null when nothing is known of it.
 */
export function isolationOf(store, id) {
  const ids = partnersOf(store, id);
  const first = contextAt(store, ids[0], store.size - 1);
  if (first === null) return null;
  const { lane, pushedAt } = first;
  const named = ids.map((one) => contextAt(store, one, store.size - 1)?.about).find((about) => about !== undefined && about.type !== 'app');
  // The end is looked up each time: it may not have come yet.
  const end = () => Math.max(...ids.map((one) => contextAt(store, one, store.size - 1)?.poppedAt ?? Infinity));
  let known = end();
  return {
    context: id,
    title: shortTitle(named ?? first.about),
    has: (event, index) => {
      if (event.context !== null && ids.includes(event.context)) return true;
      if (event.lane !== lane || index < pushedAt) return false;
      if (known === Infinity) known = end();
      return index <= known;
    },
  };
}

/**
 * The contexts of the same request: the app context that Flask pushed for it and the request context.
 *
 * @param {Store} store
 * @param {number} id
 * @returns {number[]} In the order of their pushes; only *id* when there is no other.
 */
export function partnersOf(store, id) {
  const context = contextAt(store, id, store.size - 1);
  if (context === null || context.about.type === 'both') return [id];
  const { about, lane, pushedAt } = context;
  if (about.type === 'app' && about.implicit !== true) return [id];
  const direction = about.type === 'app' ? 1 : -1;
  for (let i = 1; i <= REACH; i += 1) {
    const index = pushedAt + i * direction;
    if (index < store.firstIndex || index >= store.size) break;
    const event = store.at(index);
    if (event.lane !== lane || event.kind !== 'context.pushed') continue;
    const fits = about.type === 'app' ? event.about.type === 'request' : event.about.type === 'app' && event.about.implicit === true;
    if (!fits) break;
    return direction > 0 ? [id, event.about.id] : [event.about.id, id];
  }
  return [id];
}
