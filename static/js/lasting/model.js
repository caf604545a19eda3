/**
 * What lasts and what does not: `g` at each push, and the session of one browser from request to request.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { ScopeState } from '../history.js'
 */

import { contextAt, stateAt } from '../history.js';
import { countBelow } from '../jumps.js';
import { valueText } from '../naming.js';

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at' | 'runs' | 'gaps' | 'lanes' | 'runAt'>} Store */

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

/** A session was opened or offered for saving. @typedef {{ index: number, context: number, browser: number | null, own: boolean, saved: boolean }} SessionEntry */

/** Reads the events once, as they come. */
export class LastingModel {
  #store;
  #isOwn;
  #done = 0;
  #first = 0;
  /** Indexes of the pushes that brought a `g`; there is one for every context. @type {number[]} */
  #pushes = [];
  /** Those of them whose `g` was not empty. @type {number[]} */
  #filled = [];
  /** @type {SessionEntry[]} */
  #sessions = [];
  /** The numbers that this browser was given, each from the index on. @type {{ index: number, browser: number | null }[]} */
  #ownBrowsers = [];
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
    const count = countBelow(this.#pushes, step + 1);
    const pushes = this.#pushes.slice(Math.max(0, count - SHOWN), count)
      .map((index) => ({ id: this.#store.at(index).context ?? 0, empty: this.#filled[countBelow(this.#filled, index)] !== index }));
    const { browsers, own } = this.#browsersAt(step);
    const values = this.#valuesOf(browsers, step);
    return {
      pushes,
      pushCount: count,
      emptyCount: count - countBelow(this.#filled, step + 1),
      own,
      ...values,
    };
  }

  /** How many contexts brought a `g`, and how many of those were empty. @param {number} from @param {number} to  The last step. */
  pushesIn(from, to) {
    this.#read();
    const pushes = countBelow(this.#pushes, to + 1) - countBelow(this.#pushes, from);
    return { pushes, empty: pushes - (countBelow(this.#filled, to + 1) - countBelow(this.#filled, from)) };
  }

  /** Forget what was told by events that were let go. @param {number} first */
  #letGo(first) {
    this.#first = first;
    this.#sessions = this.#sessions.filter(({ index }) => index >= first);
    this.#pushes = this.#pushes.slice(countBelow(this.#pushes, first));
    this.#filled = this.#filled.slice(countBelow(this.#filled, first));
  }

  #read() {
    const first = this.#store.firstIndex;
    if (first > this.#first) this.#letGo(first);
    this.#done = Math.max(this.#done, first);
    for (; this.#done < this.#store.size; this.#done += 1) {
      const index = this.#done;
      const event = this.#store.at(index);
      if (event.kind === 'context.pushed') {
        const { about } = event;
        if (about.fired !== undefined) this.#own.set(about.id, this.#isOwn(about.fired));
        if (about.type === 'request' || about.pushes > 1) continue;
        this.#pushes.push(index);
        if (about.g !== undefined && about.g.size > 0) this.#filled.push(index);
      } else if ((event.kind === 'session.opened' || event.kind === 'session.saved') && event.context !== null) {
        const { context, browser } = event;
        const own = this.#own.get(context) ?? false;
        this.#sessions.push({ index, context, browser, own, saved: event.kind === 'session.saved' });
        if (own && !this.#ownBrowsers.some((known) => known.browser === browser)) this.#ownBrowsers.push({ index, browser });
      }
    }
  }

  /** The browser whose session is told: this one, or the latest of any. @param {number} step */
  #browsersAt(step) {
    // Each run of the server numbers browsers anew, and two requests at once may each be given a number.
    const own = this.#ownBrowsers.filter(({ index }) => index <= step);
    if (own.length > 0) return { browsers: new Set(own.map(({ browser }) => browser)), own: true };
    for (let i = countUntil(this.#sessions, step) - 1; i >= 0; i -= 1) {
      const { browser } = this.#sessions[i];
      if (browser !== null) return { browsers: new Set([browser]), own: false };
    }
    return { browsers: new Set(), own: false };
  }

  /** @param {Set<number | null>} browsers @param {number} step */
  #valuesOf(browsers, step) {
    const { told, latest } = this.#latestEntries(browsers, step);
    const key = this.#keyOf(latest, step);
    const pending = key === null ? null : this.#pending(stateAt(this.#store, step), key, browsers);
    const values = told.map((entry) => this.#valueAt(entry, key));
    if (pending !== null) values.push(pending);
    const shown = values.slice(-SHOWN);
    return { key, values: shown, cut: told.length > SHOWN || shown.length < values.length };
  }

  /**
   * What the session was at first, and at each save; of a long history only the end is read.
   *
   * @param {Set<number | null>} browsers
   * @param {number} step
   * @returns {{ told: SessionEntry[], latest: SessionEntry[] }} *told* in order, *latest* the newest first.
   */
  #latestEntries(browsers, step) {
    /** @type {SessionEntry[]} */
    const told = [];
    /** @type {SessionEntry[]} */
    const latest = [];
    /** @type {SessionEntry | null} */
    let first = null;
    for (let i = countUntil(this.#sessions, step) - 1; i >= 0 && told.length <= SHOWN; i -= 1) {
      const entry = this.#sessions[i];
      if (!entry.own && (entry.browser === null || !browsers.has(entry.browser))) continue;
      if (latest.length < ENTRIES_LOOKED_AT) latest.push(entry);
      first = entry;
      if (entry.saved && this.#isWritten(entry.index)) told.unshift(entry);
    }
    if (first !== null && told.length <= SHOWN && told[0] !== first) told.unshift(first);
    return { told, latest };
  }

  /** The entry that tells most: a number that is counted up, or else the first. @param {SessionEntry[]} latest @param {number} step */
  #keyOf(latest, step) {
    for (const { context } of latest) {
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

  /** @param {ScopeState} state @param {string} key @param {Set<number | null>} browsers @returns {Lasting['values'][number] | null} */
  #pending(state, key, browsers) {
    for (const context of state.contexts.values()) {
      const { session } = context;
      const browser = session?.opened?.browser ?? null;
      if (!this.#own.get(context.id) && (browser === null || !browsers.has(browser))) continue;
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
