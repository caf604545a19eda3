/** The steps at which something was found that the events alone do not show: one order for all who mark them. */

import { countBelow } from './jumps.js';

export class ProblemMarks {
  /** @type {number[]} */
  #steps = [];
  #version = 0;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @returns {readonly number[]} Ascending, each once. */
  get steps() {
    return this.#steps;
  }

  /** Grows with every change. */
  get version() {
    return this.#version;
  }

  /** @param {number} step */
  has(step) {
    return this.#steps[countBelow(this.#steps, step)] === step;
  }

  /**
   * How many lie in the steps *from* up to, but without, *to*.
   *
   * @param {number} from
   * @param {number} to
   */
  countIn(from, to) {
    return countBelow(this.#steps, to) - countBelow(this.#steps, from);
  }

  /** @param {number} step */
  add(step) {
    const place = countBelow(this.#steps, step);
    if (this.#steps[place] === step) return;
    this.#steps.splice(place, 0, step);
    this.#tell();
  }

  /** Forget the steps before *first*: they are gone. @param {number} first */
  letGo(first) {
    const gone = countBelow(this.#steps, first);
    if (gone === 0) return;
    this.#steps.splice(0, gone);
    this.#tell();
  }

  /**
   * @param {() => void} listener
   * @returns {() => void} Ends the subscription.
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell() {
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}
