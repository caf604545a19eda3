/**
 * What lasts and what does not: `g` at each push, and the session of one browser from request to request.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { ScopeState } from '../history.js'
 */

import { contextAt, stateAt } from '../history.js';
import { valueText } from '../naming.js';

/** @typedef {Pick<EventStore, 'size' | 'at' | 'runs' | 'gaps' | 'lanes' | 'runAt'>} Store */

/** How many pushes, and how many values of the session, are shown. */
const SHOWN = 4;

/** How far back the entry is looked for whose values are shown. */
const ENTRIES_LOOKED_AT = 60;

/**
 * @typedef {object} Lasting
 * @property {{ id: number, empty: boolean }[]} pushes  The latest; `empty` is whether `g` was empty then.
 * @property {number} pushCount  Of all until the step.
 * @property {number} emptyCount
 * @property {boolean} own  Whether the session is that of this browser.
 * @property {string | null} key  The entry of the session whose values are shown.
 * @property {{ text: string, kind: 'none' | 'saved' | 'pending' }[]} values  Oldest first.
 * @property {boolean} cut  Whether older values were left out.
 */

/** Reads the events once, as they come. */
export class LastingModel {
  #store;
  #isOwn;
  #done = 0;
  /** @type {{ index: number, id: number, empty: boolean, emptyCount: number }[]} */
  #pushes = [];
  /** Openings and savings of sessions. @type {{ index: number, context: number, browser: number | null, own: boolean, saved: boolean }[]} */
  #sessions = [];
  /** @type {Map<number, boolean>} Whether a context was fired from this browser. */
  #own = new Map();

  /** @param {Store} store @param {(fired: string | undefined) => boolean} isOwn */
  constructor(store, isOwn) {
    this.#store = store;
    this.#isOwn = isOwn;
  }

  /** @param {number} step @returns {Lasting} */
  at(step) {
    this.#read();
    const count = countUntil(this.#pushes, step);
    const { browsers, own } = this.#browsersAt(step);
    const values = this.#valuesOf(browsers, step);
    return {
      pushes: this.#pushes.slice(Math.max(0, count - SHOWN), count).map(({ id, empty }) => ({ id, empty })),
      pushCount: count,
      emptyCount: count === 0 ? 0 : this.#pushes[count - 1].emptyCount,
      own,
      ...values,
    };
  }

  #read() {
    for (; this.#done < this.#store.size; this.#done += 1) {
      const index = this.#done;
      const event = this.#store.at(index);
      if (event.kind === 'context.pushed') {
        const { about } = event;
        if (about.fired !== undefined) this.#own.set(about.id, this.#isOwn(about.fired));
        if (about.type === 'request' || about.pushes > 1) continue;
        const empty = about.g === undefined || about.g.size === 0;
        const before = this.#pushes.at(-1)?.emptyCount ?? 0;
        this.#pushes.push({ index, id: about.id, empty, emptyCount: before + (empty ? 1 : 0) });
      } else if ((event.kind === 'session.opened' || event.kind === 'session.saved') && event.context !== null) {
        this.#sessions.push({
          index,
          context: event.context,
          browser: event.browser,
          own: this.#own.get(event.context) ?? false,
          saved: event.kind === 'session.saved',
        });
      }
    }
  }

  /** The browser whose session is told: this one, or the latest of any. @param {number} step */
  #browsersAt(step) {
    const sessions = this.#sessions.slice(0, countUntil(this.#sessions, step));
    const own = sessions.filter((entry) => entry.own);
    // Each run of the server numbers browsers anew, and two requests at once may each be given a number.
    if (own.length > 0) return { browsers: new Set(own.map(({ browser }) => browser)), own: true };
    return { browsers: new Set([sessions.findLast((entry) => entry.browser !== null)?.browser]), own: false };
  }

  /** @param {Set<number | null | undefined>} browsers @param {number} step */
  #valuesOf(browsers, step) {
    /** @param {{ browser: number | null, own: boolean }} entry */
    const isIts = (entry) => entry.own || (entry.browser !== null && browsers.has(entry.browser));
    const entries = this.#sessions.slice(0, countUntil(this.#sessions, step)).filter(isIts);
    const key = this.#keyOf(entries, step);
    const told = this.#latestTold(entries);
    const pending = key === null ? null : this.#pending(stateAt(this.#store, step), key, (id) => entries.some((entry) => entry.context === id));
    const values = told.map((entry) => this.#valueAt(entry, key));
    if (pending !== null) values.push(pending);
    const shown = values.slice(-SHOWN);
    return { key, values: shown, cut: told.length > SHOWN || shown.length < values.length };
  }

  /**
   * What the session was at first, and at each save; of a long history only the end is read.
   *
   * @template {{ index: number, saved: boolean }} T
   * @param {T[]} entries
   * @returns {T[]}
   */
  #latestTold(entries) {
    const told = [];
    for (let i = entries.length - 1; i >= 0 && told.length <= SHOWN; i -= 1) {
      if (i === 0 || (entries[i].saved && this.#isWritten(entries[i].index))) told.unshift(entries[i]);
    }
    return told;
  }

  /** The entry that tells most: a number that is counted up, or else the first. @param {{ index: number, context: number }[]} entries @param {number} step */
  #keyOf(entries, step) {
    for (const { context } of entries.slice(-ENTRIES_LOOKED_AT).reverse()) {
      const items = contextAt(this.#store, context, step)?.session?.items;
      // A session that was emptied still has a story: that of the entry it had.
      if (items === undefined || items.size === 0) continue;
      const counted = [...items].find(([, value]) => value.type === 'int');
      return counted === undefined ? [...items.keys()][0] : counted[0];
    }
    return null;
  }

  /** @param {{ index: number, context: number }} entry @param {string | null} key @returns {Lasting['values'][number]} */
  #valueAt({ index, context }, key) {
    const value = key === null ? undefined : contextAt(this.#store, context, index)?.session?.items.get(key);
    return value === undefined ? { text: '–', kind: 'none' } : { text: valueText(value), kind: 'saved' };
  }

  /** @param {number} index */
  #isWritten(index) {
    const event = this.#store.at(index);
    return event.kind === 'session.saved' && event.written;
  }

  /** @param {ScopeState} state @param {string} key @param {(id: number) => boolean} isIts @returns {Lasting['values'][number] | null} */
  #pending(state, key, isIts) {
    for (const context of state.contexts.values()) {
      const session = isIts(context.id) ? context.session : null;
      const value = session?.pending ? session.items.get(key) : undefined;
      if (value !== undefined) return { text: `${valueText(value)}?`, kind: 'pending' };
    }
    return null;
  }
}

/** How many entries stand at or before a step. @param {{ index: number }[]} entries @param {number} step */
function countUntil(entries, step) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle].index <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}
