/**
 * What the server's doctor found, with its numbers turned into steps of this page.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { Problem as Message } from '../protocol.js'
 */

/** Findings that are kept; the doctor tells each fault of a line of code once, so that there are few. */
export const MOST_FINDINGS = 2_000;

/**
 * @typedef {object} Finding
 * @property {string} rule
 * @property {'error' | 'warning'} severity
 * @property {string} sentence  With code between backticks.
 * @property {string} why
 * @property {string} remedy
 * @property {string} link
 * @property {boolean} heuristic
 * @property {string | null} flask
 * @property {number[]} events  Indexes, in the order to look at them; -1 for what never came.
 * @property {number[]} sites  As in the store.
 */

export class Findings {
  #store;
  /** @type {Set<string>} */
  #known = new Set();
  /** @type {Finding[]} */
  #all = [];

  /** @param {Pick<EventStore, 'indexOfNumber' | 'runs' | 'processes'>} store */
  constructor(store) {
    this.#store = store;
  }

  /** @returns {readonly Finding[]} In the order in which they came; those of earlier starts of the server as well. */
  get all() {
    return this.#all;
  }

  /**
   * Take a message in. A page that connects again is told all of them again: what is known is not taken twice.
   *
   * @param {Message} message  After the events that it speaks of.
   * @returns {boolean} Whether it is new.
   */
  take(message) {
    const own = this.#store.runs.at(-1);
    const run = message.run === null || message.run === own?.id ? own : this.#store.processes.get(message.run);
    if (own === undefined || run === undefined) return false;
    // Not by its number: a doctor that was away begins to count anew.
    const id = `${own.id} ${run.id} ${message.rule} ${message.events}`;
    if (this.#known.has(id) || this.#all.length >= MOST_FINDINGS) return false;
    this.#known.add(id);
    const { rule, severity, sentence, why, remedy, link, heuristic, flask } = message;
    this.#all.push({
      rule, severity, sentence, why, remedy, link, heuristic, flask,
      events: message.events.map((number) => this.#store.indexOfNumber(number, run.id)),
      sites: message.sites.map((site) => site + run.base),
    });
    return true;
  }
}
