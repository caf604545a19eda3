/**
 * Which kinds of events the server's own process does not record, because somebody chose so.
 *
 * @import { Group } from '../filter.js'
 * @import { Message } from '../protocol.js'
 */

import { readMessage } from '../protocol.js';
import { countText, plural } from '../units.js';

/** What can be left out of a group, and what a person calls it. @type {Partial<Record<Group, [kind: string, title: string][]>>} */
export const OPTIONAL = {
  g: [['g.read', 'reads of g'], ['g.missed', 'misses of g']],
  session: [['session.read', 'reads of the session']],
  request: [['request.matched', 'matched routes']],
  teardown: [['teardown', 'teardowns']],
};

export class Recorded {
  #send;
  #onChange;
  #run = '';
  /** Null where nothing can be left out: of a file, or of a hub that records nothing. @type {string[] | null} */
  without = null;
  leftOut = 0;
  /** What went wrong with the last change; empty if nothing did. */
  failure = '';

  /**
   * @param {object} parts
   * @param {string} parts.address  The directory of the dashboard, ending in a slash.
   * @param {() => void} parts.onChange
   * @param {(url: string, init: any) => Promise<Pick<Response, 'text'>>} [parts.request]
   */
  constructor({ address, onChange, request = (url, init) => fetch(url, init) }) {
    this.#onChange = onChange;
    this.#send = (/** @type {object} */ init) => request(`${address}recording`, { cache: 'no-store', ...init });
  }

  /** @param {Message} message */
  take(message) {
    if (message.type === 'hello') {
      this.#run = message.run;
      this.without = message.settings.without ?? null;
      this.leftOut = message.counts.leftOut ?? 0;
    } else if (message.type === 'settings') {
      this.without = message.without;
      this.leftOut = message.leftOut;
    } else return;
    this.failure = '';
    this.#onChange();
  }

  /** @param {string} kind */
  has(kind) {
    return this.without?.includes(kind) !== true;
  }

  /** What is not recorded, in a few words; empty when everything is. */
  get words() {
    const kinds = this.without?.length ?? 0;
    if (kinds === 0) return '';
    return `${plural(kinds, 'kind')} ${kinds === 1 ? 'is' : 'are'} not recorded · ${countText(this.leftOut)} ${this.leftOut === 1 ? 'event' : 'events'} left out`;
  }

  /** Record a kind no more, or again. @param {string} kind */
  toggle(kind) {
    /** @type {string[]} */
    const without = this.without ?? [];
    return this.change(without.includes(kind) ? without.filter((other) => other !== kind) : [...without, kind]);
  }

  /** Have these kinds left out, and nothing else. Never rejects: what fails is told by `failure`. @param {string[]} without */
  change(without) {
    return this.#ask({
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ without, run: this.#run }),
    });
  }

  /** Ask how many events were left out by now. */
  async count() {
    if (this.without !== null && this.without.length > 0) await this.#ask({});
  }

  /** @param {object} init */
  async #ask(init) {
    try {
      const message = readMessage(await (await this.#send(init)).text());
      if (message?.type === 'settings') {
        this.take(message);
        return;
      }
      this.failure = message?.type === 'error' ? `${message.what} ${message.remedy}` : 'The server gave no answer that this page knows. Reload the page.';
    } catch {
      this.failure = 'No answer came, and nothing was changed. Is the server still running?';
    }
    this.#onChange();
  }
}
