/**
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Scenario } from '../protocol.js'
 */

import { find } from '../dom.js';

/** What a newcomer sees first: one large button, and what will happen. Gone with the first event. */
export class StartView {
  #start;
  #promises;
  #store;
  #onFire;
  #stop;
  /** @type {Scenario | null} */
  #scenario = null;

  /**
   * @param {HTMLElement} element  The middle of the page.
   * @param {{ store: EventStore, frame: Frame, onFire: (scenario: Scenario) => void }} parts
   */
  constructor(element, { store, frame, onFire }) {
    this.#start = find('.start', element);
    this.#promises = find('.promises', element);
    this.#store = store;
    this.#onFire = onFire;
    find('.start-button', this.#start).addEventListener('click', () => {
      if (this.#scenario !== null) this.#onFire(this.#scenario);
    });
    this.#stop = frame.on('dom', () => this.#paint(element));
  }

  destroy() {
    this.#stop();
  }

  /** @param {Scenario[]} scenarios @param {boolean} [isWatched]  Whether nothing is recorded while nobody looks. */
  offer(scenarios, isWatched = false) {
    find('.start-watched', this.#start).hidden = !isWatched;
    this.#scenario = scenarios.find(({ group }) => group === 'request') ?? null;
    if (this.#scenario === null) {
      find('.start-promise', this.#start).textContent = 'Use your app: the first request appears here, replayed one step at a time.';
      return;
    }
    find('.start-button', this.#start).textContent = `Fire ${this.#scenario.title}`;
    find('.start-promise', this.#start).textContent = 'Flask answers in a few milliseconds. You will see it replayed slowly, one step at a time, with each step explained.';
  }

  /** @param {HTMLElement} element */
  #paint(element) {
    const isEmpty = this.#store.size === 0 && this.#store.runs.length > 0;
    element.classList.toggle('is-empty', this.#store.size === 0);
    this.#start.hidden = !isEmpty;
    this.#promises.hidden = !isEmpty;
    find('.start-button', this.#start).hidden = this.#scenario === null;
  }
}
