/**
 * The sessions as rivers: what the cookie of each browser holds, from step to step.
 *
 * @import { SessionOpened, SessionSaved, Item } from '../events.js'
 */

import { RUN_STRIDE, baseOf } from '../events.js';
import { countBelow } from '../jumps.js';
import { valueText } from '../naming.js';

/**
 * What a cookie holds from a step on.
 *
 * @typedef {object} RiverState
 * @property {number} from  The step.
 * @property {'none' | 'unknown' | 'holds'} kind  `none`: there is no cookie; `unknown`: nothing is known.
 * @property {string[]} items  `key = value`, at most MAX_ITEMS.
 * @property {number} size  How many entries there are.
 * @property {boolean} saved  Whether a save at this step made it so.
 */

/**
 * The cookie of one browser, as one process knows it.
 *
 * @typedef {object} River
 * @property {number} browser  1, 2, 3 … in its process.
 * @property {number | null} process  The base of its run, when it is another process than the server.
 * @property {number} place  Rises with the order of their first sight.
 * @property {number} usedAt  The last step at which a request read it or saved into it.
 * @property {RiverState[]} states  Ordered by step; the first begins with the recording.
 */

/** Entries of a session that are kept for its river; more would not fit on it. */
export const MAX_ITEMS = 4;

/** Requests whose river is known; older ones are forgotten when their events are let go. */
const MOST_CONTEXTS = 200_000;

/** Changes that are remembered at least, when older ones are forgotten. */
const LEAST_CHANGES = 64;

export class Rivers {
  /** In the order of their first sight. @type {River[]} */
  all = [];
  /** Whether they are of more processes than one. */
  areOfSeveral = false;
  /** @type {Map<number, River>} */
  #byBrowser = new Map();
  /** The river of each request. @type {Map<number, River>} */
  #ofContext = new Map();
  /** What each open session holds in memory. @type {Map<number, Map<string, string>>} */
  #inMemory = new Map();
  /** The steps at which rivers changed, in order. @type {number[]} */
  #changeSteps = [];
  /** Which river it was, for each. @type {River[]} */
  #changed = [];
  /** Whether there was a session at all. */
  wasSeen = false;
  /** How many were ever seen. */
  #seen = 0;
  /** Where the current recording begins. */
  #runStart = 0;
  #isOfOther;

  /** @param {(base: number) => boolean} [isOfOther]  Whether a base is that of another process than the server. */
  constructor(isOfOther = () => false) {
    this.#isOfOther = isOfOther;
  }

  /**
   * The river that a request reads from and saves into; undefined while that is not known.
   *
   * @param {number | null} context
   * @returns {River | undefined}
   */
  ofContext(context) {
    return context === null ? undefined : this.#ofContext.get(context);
  }

  /**
   * The rivers that changed last, up to a step.
   *
   * @param {number} step
   * @param {number} most  How many.
   * @returns {River[]} The latest first; fewer where fewer changed.
   */
  latest(step, most) {
    let low = 0;
    let high = this.#changed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#changeSteps[middle] <= step) low = middle + 1;
      else high = middle;
    }
    /** @type {Set<River>} */
    const found = new Set();
    for (let i = low - 1; i >= 0 && found.size < most; i -= 1) found.add(this.#changed[i]);
    return [...found];
  }

  /** @param {River} river @param {RiverState} state */
  #put(river, state) {
    river.states.push(state);
    this.#changeSteps.push(state.from);
    this.#changed.push(river);
  }

  /**
   * @param {number} step
   * @param {SessionOpened} event
   */
  open(step, event) {
    this.wasSeen = true;
    if (event.context === null) return;
    this.#inMemory.set(event.context, new Map(event.items.map(({ key, value }) => [key, valueText(value)])));
    if (event.browser === null || event.origin === 'refused') return;
    const river = this.#river(event.browser, true, event.items, event.size);
    river.usedAt = step;
    this.#ofContext.set(event.context, river);
    const texts = textsOf(event.items.map(({ key, value }) => [key, valueText(value)]));
    const last = river.states[river.states.length - 1];
    if (last.kind === 'holds' && last.items.join() === texts.join()) return;
    this.#put(river, { from: step, kind: 'holds', items: texts, size: event.size, saved: false });
  }

  /**
   * @param {number | null} context
   * @param {string} key  `*` for all of them.
   * @param {string | null} text  null when the key was deleted.
   */
  change(context, key, text) {
    if (context === null) return;
    let memory = this.#inMemory.get(context);
    if (memory === undefined) this.#inMemory.set(context, (memory = new Map()));
    if (text !== null) memory.set(key, text);
    else if (key === '*') memory.clear();
    else memory.delete(key);
  }

  /**
   * @param {number} step
   * @param {SessionSaved} event
   */
  save(step, event) {
    this.wasSeen = true;
    if (event.context === null || event.browser === null) return;
    const river = this.#river(event.browser, false, [], 0);
    river.usedAt = step;
    this.#ofContext.set(event.context, river);
    if (!event.written) return;
    const memory = this.#inMemory.get(event.context) ?? new Map();
    this.#put(river, {
      from: step,
      kind: memory.size > 0 ? 'holds' : 'none',
      items: textsOf([...memory]),
      size: memory.size,
      saved: true,
    });
  }

  /**
   * A context is gone, and with it what it held in memory.
   *
   * @param {number} context
   */
  forget(context) {
    this.#inMemory.delete(context);
  }

  /**
   * Forget what was before a step: of each river that is still in use, or was changed last, its older states; the others
   * whole, as each browser that keeps no cookies leaves one behind.
   *
   * @param {number} step
   */
  letGo(step) {
    const gone = Math.max(0, Math.min(countBelow(this.#changeSteps, step), this.#changed.length - LEAST_CHANGES));
    this.#changeSteps = this.#changeSteps.slice(gone);
    this.#changed = this.#changed.slice(gone);
    const latest = new Set(this.#changed);
    const kept = new Set(this.all.filter((river) => river.usedAt >= step || latest.has(river)));
    for (const river of kept) {
      const at = river.states.findLastIndex((state) => state.from <= step);
      if (at > 0) river.states = river.states.slice(at);
    }
    if (kept.size < this.all.length) this.#keepOnly(kept);
    // Contexts come in rising numbers: those seen first are long over.
    for (const [context] of this.#ofContext) {
      if (this.#ofContext.size <= MOST_CONTEXTS) break;
      this.#ofContext.delete(context);
    }
  }

  /** @param {Set<River>} kept */
  #keepOnly(kept) {
    this.all = [...kept];
    for (const known of [this.#byBrowser, this.#ofContext]) {
      for (const [id, river] of known) if (!kept.has(river)) known.delete(id);
    }
    this.areOfSeveral = this.all.some(({ process }) => process !== this.all[0].process);
  }

  /**
   * The server restarted: what the cookies hold is unknown until they come again. Other processes go on.
   *
   * @param {number} step
   */
  restart(step) {
    this.#runStart = step;
    for (const context of this.#inMemory.keys()) if (!this.#isOfOther(baseOf(context))) this.#inMemory.delete(context);
    // Of those that change at once the first is looked at first.
    for (const river of [...this.all].reverse()) {
      if (river.process === null) this.#put(river, { from: step, kind: 'unknown', items: [], size: 0, saved: false });
    }
  }

  /**
   * @param {number} browser  As in the event.
   * @param {boolean} cameWithCookie
   * @param {Item[]} items  What the cookie held.
   * @param {number} size
   */
  #river(browser, cameWithCookie, items, size) {
    const base = baseOf(browser);
    const process = this.#isOfOther(base) ? base : null;
    const number = browser % RUN_STRIDE;
    // The server goes on with its browsers when it restarts; each other process counts its own from 1.
    const key = number + (process ?? 0);
    let river = this.#byBrowser.get(key);
    if (river === undefined) {
      river = { browser: number, process, place: this.#seen, usedAt: 0, states: [] };
      this.#seen += 1;
      this.#byBrowser.set(key, river);
      this.all.push(river);
      if (process !== this.all[0].process) this.areOfSeveral = true;
      const runStart = process === null ? this.#runStart : 0;
      if (runStart > 0) {
        river.states.push({ from: 0, kind: 'unknown', items: [], size: 0, saved: false });
      }
      river.states.push({ from: runStart, kind: 'none', items: [], size: 0, saved: false });
      // A cookie that comes with the first request was there before: nobody but us writes it.
      if (cameWithCookie) this.#known(river, items, size);
    } else if (river.states[river.states.length - 1].kind === 'unknown') {
      if (cameWithCookie) this.#known(river, items, size);
      else river.states[river.states.length - 1].kind = 'none';
    }
    return river;
  }

  /**
   * Say that the newest state of a river was this all along.
   *
   * @param {River} river
   * @param {Item[]} items
   * @param {number} size
   */
  #known(river, items, size) {
    const last = river.states[river.states.length - 1];
    last.kind = 'holds';
    last.items = textsOf(items.map(({ key, value }) => [key, valueText(value)]));
    last.size = size;
  }
}

/**
 * The entries worth a place on the river. Names that begin with an underscore are an extension's own.
 *
 * @param {[string, string][]} entries
 */
function textsOf(entries) {
  const own = entries.filter(([key]) => !key.startsWith('_'));
  const rest = entries.filter(([key]) => key.startsWith('_'));
  return [...own, ...rest].slice(0, MAX_ITEMS).map(([key, text]) => `${key} = ${text}`);
}
