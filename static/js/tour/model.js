/**
 * The tour: six steps with the real thing. Fire, watch, see where a value lands, predict, see, and once more.
 *
 * What it shows was recorded: it finds its places in the events of the request that was fired for it.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { Phrase } from '../phrases.js'
 */

import { contextName } from '../events.js';
import { valueText } from '../naming.js';
import { code, say } from '../phrases.js';

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at'>} Store */

/** How many steps there are. */
export const STEPS = 6;

/** What of the panel a step speaks of. @type {Record<number, Page['about']>} */
const ABOUT = { 3: 'stacks', 4: 'sees', 5: 'sees', 6: 'lasting' };

/**
 * The places of one request among the events.
 *
 * @typedef {object} Places
 * @property {number} pushed
 * @property {number | null} set  Where something was put into `g` first; null when nothing was.
 * @property {number} popped  Where the last of its contexts went.
 */

/**
 * @typedef {object} Page
 * @property {number} step  1 … STEPS.
 * @property {string} title
 * @property {Phrase} text
 * @property {{ id: 'fire' | 'next' | 'stays' | 'gone' | 'end', text: string }[]} buttons
 * @property {'stacks' | 'sees' | 'lasting' | null} about  The part of the panel that it speaks of.
 * @property {boolean} waits  Whether it goes on by itself when what was fired has come.
 */

/**
 * @param {Store} store
 * @param {number} from  Index of the first event after the press.
 * @param {string} path  Of the request that was fired.
 * @returns {Places | null} null until all of it has come.
 */
export function placesOf(store, from, path) {
  const start = Math.max(from, store.firstIndex);
  /** @type {{ pushed: number, set: number | null, lane: number } | null} */
  let found = null;
  for (let index = start; index < store.size; index += 1) {
    const event = store.at(index);
    if (found === null) {
      if (event.kind === 'context.pushed' && event.about.path === path) found = { pushed: index, set: null, lane: event.lane };
    } else if (event.lane === found.lane) {
      if (event.kind === 'g.set' && found.set === null) found.set = index;
      if (event.kind === 'context.popped' && event.sees.g === null) return { pushed: found.pushed, set: found.set, popped: index };
    }
  }
  return null;
}

export class Tour {
  #store;
  #scenario;
  #step = 0;
  /** Where what was fired begins; null until something was. @type {number | null} */
  #from = null;
  /** @type {Places | null} */
  #places = null;
  /** @type {boolean | null} */
  #guessed = null;

  /**
   * @param {Store} store
   * @param {{ title: string, path: string }} scenario  The request that it fires.
   */
  constructor(store, scenario) {
    this.#store = store;
    this.#scenario = scenario;
  }

  /** 1 … STEPS; 0 before it began and after its end. */
  get step() {
    return this.#step;
  }

  begin() {
    this.#step = 1;
    this.#from = null;
    this.#places = null;
    this.#guessed = null;
  }

  end() {
    this.#step = 0;
  }

  /** The request is about to be fired. */
  fired() {
    this.#from = this.#store.size;
    this.#places = null;
  }

  /** Go on by itself when what was fired has come. @returns {boolean} Whether it did. */
  arrived() {
    if (this.#step !== 1 || this.#from === null) return false;
    this.#places = placesOf(this.#store, this.#from, this.#scenario.path);
    if (this.#places === null) return false;
    this.#step = 2;
    return true;
  }

  /**
   * Take the next step.
   *
   * @returns {number | null} Where the playhead belongs now; null where it may stay.
   */
  next() {
    const places = this.#places;
    if (this.#step === 0 || places === null) return null;
    this.#step = this.#step >= STEPS ? 0 : this.#step + 1;
    if (this.#step === 3) return places.set ?? places.pushed;
    if (this.#step === 4) return places.popped - 1;
    return this.#step === 5 ? places.popped : null;
  }

  /** @param {boolean} stays  Whether the person thinks that the value is still there. */
  guess(stays) {
    this.#guessed = stays;
    return this.next();
  }

  /** @returns {Page | null} null while it does not run. */
  page() {
    const next = /** @type {const} */ ({ id: 'next', text: 'Next' });
    /** @param {string} title @param {Phrase} text @param {Page['buttons']} buttons @returns {Page} */
    const page = (title, text, buttons) => ({ step: this.#step, title, text, buttons, about: ABOUT[this.#step] ?? null, waits: this.#step === 1 });
    const { title } = this.#scenario;
    switch (this.#step) {
      case 1:
        return page('Fire', say`Send a real request to the app and see what Flask does for it.`, [{ id: 'fire', text: `Fire ${title}` }]);
      case 2:
        return page('Watch', say`Flask pushed contexts for it: the app context is the blue box, with an empty ${code('g')} of its own; the request context is the green one inside. The playhead replays it slowly.`, [next]);
      case 3:
        return page('A value lands', this.#landing(), [next]);
      case 4:
        return page('Predict', say`The response is ready. Flask is about to pop the last context. What will ${code(this.#name())} be now?`,
          [{ id: 'stays', text: this.#value() }, { id: 'gone', text: 'RuntimeError' }]);
      case 5:
        return page('See', say`${this.#guessed ? 'Not this time' : 'Right'}: the context is gone and its ${code('g')} with it. Outside of a context ${code(this.#name())} raises ${code('RuntimeError')}: see “What code sees now”.`, [next]);
      case 6:
        return page('Once more', say`Fire it again: the next request gets a new, empty ${code('g')}. Only the session comes back, in the cookie. Now try the rest, ${code('?')} has all keys.`,
          [{ id: 'fire', text: `Fire ${title} again` }, { id: 'end', text: 'Done' }]);
      default:
        return null;
    }
  }

  /** @returns {Phrase} */
  #landing() {
    const event = this.#places?.set == null ? null : this.#store.at(this.#places.set);
    if (event?.kind !== 'g.set' || event.context === null) return say`This request puts nothing into ${code('g')}: it stays empty to its end.`;
    return say`The view wrote ${code(`g.${event.name} = ${valueText(event.value)}`)}. It landed in app context ${contextName(event.context)}, the newest one of this thread, and nowhere else.`;
  }

  #name() {
    const event = this.#places?.set == null ? null : this.#store.at(this.#places.set);
    return event?.kind === 'g.set' ? `g.${event.name}` : 'request';
  }

  #value() {
    const event = this.#places?.set == null ? null : this.#store.at(this.#places.set);
    return event?.kind === 'g.set' ? `Still ${valueText(event.value)}` : `Still ${this.#scenario.title}`;
  }
}

/**
 * The request that teaches best: one that puts a value into `g`, else the first.
 *
 * @template {{ does: string, path: string | null, method: string | null, times: number | null }} S
 * @param {S[]} scenarios
 * @returns {S | null}
 */
export function scenarioForTour(scenarios) {
  const fit = scenarios.filter(({ does, path, method, times }) => does === 'request' && path !== null && method === 'GET' && (times ?? 1) === 1);
  return fit.find(({ path }) => path?.startsWith('/hello')) ?? fit[0] ?? null;
}
