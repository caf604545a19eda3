/**
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Selection } from '../selection.js'
 */

import { find } from '../dom.js';
import { narrate } from '../narrator.js';
import { nodesOf } from '../text.js';
import { countText } from '../units.js';

/** The sentence above the timeline. A polite live region, silent while events run through. */
export class NarratorView {
  #store;
  #selection;
  #isRunning;
  #number;
  #of;
  #words;
  #what;
  #why;
  #element;
  #stop;
  #shown = '';

  /**
   * @param {HTMLElement} element
   * @param {{ store: EventStore, selection: Selection, frame: Frame, isRunning: () => boolean }} parts
   *   *isRunning*: whether events run through faster than anybody reads.
   */
  constructor(element, { store, selection, frame, isRunning }) {
    this.#element = element;
    this.#store = store;
    this.#selection = selection;
    this.#isRunning = isRunning;
    this.#number = find('.narrator-number', element);
    this.#of = find('.narrator-of', element);
    this.#words = find('.narrator-words', element);
    this.#what = find('.narrator-what', element);
    this.#why = find('.narrator-why', element);
    this.#stop = frame.on('dom', () => this.#paint());
  }

  destroy() {
    this.#stop();
  }

  #paint() {
    const { step } = this.#selection;
    const { size } = this.#store;
    this.#number.textContent = countText(step + 1);
    this.#of.textContent = size === 0 ? 'steps' : `of ${countText(size)}`;
    // What a step says depends on the step alone, except before the first.
    const state = step < 0 ? `start ${size === 0}` : `${this.#store.runId} ${step}`;
    this.#words.setAttribute('aria-live', this.#isRunning() ? 'off' : 'polite');
    if (state === this.#shown) return;
    this.#shown = state;
    const { what, why, problem } = narrate(this.#store, step);
    this.#element.classList.toggle('went-wrong', problem);
    this.#what.replaceChildren(...nodesOf(what));
    this.#why.replaceChildren(...nodesOf(why));
  }
}
