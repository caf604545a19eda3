/**
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Selection } from '../selection.js'
 * @import { Summary } from './busy.js'
 */

import { find } from '../dom.js';
import { isBusy, tellBusy } from './busy.js';
import { narrate } from '../narrator.js';
import { nodesOf } from '../text.js';
import { countText } from '../units.js';

/** The sentence above the timeline. A polite live region, silent while events run through. */
export class NarratorView {
  #store;
  #selection;
  #isRunning;
  #summary;
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
   * @param {{ store: EventStore, selection: Selection, frame: Frame, isRunning: () => boolean, summary: () => Summary }} parts
   *   *isRunning*: whether events run through faster than anybody reads; *summary*: of what is in view then.
   */
  constructor(element, { store, selection, frame, isRunning, summary }) {
    this.#element = element;
    this.#store = store;
    this.#selection = selection;
    this.#isRunning = isRunning;
    this.#summary = summary;
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
    const number = countText(step + 1);
    this.#number.textContent = number;
    this.#number.classList.toggle('long', number.length > 4);
    this.#of.textContent = size === 0 ? 'steps' : `of ${countText(size)}`;
    const summary = this.#isRunning() ? this.#summary() : null;
    if (summary !== null && isBusy(summary)) {
      this.#paintBusy(summary);
      return;
    }
    // What a step says depends on the step alone, except before the first.
    const state = step < 0 ? `start ${size === 0}` : `${this.#store.runId} ${step}`;
    this.#words.setAttribute('aria-live', this.#isRunning() ? 'off' : 'polite');
    if (state === this.#shown) return;
    this.#shown = state;
    this.#say(narrate(this.#store, step));
  }

  /** @param {Summary} summary */
  #paintBusy(summary) {
    const narration = tellBusy(summary);
    const state = `busy ${JSON.stringify(narration)}`;
    this.#words.setAttribute('aria-live', 'off');
    if (state === this.#shown) return;
    this.#shown = state;
    this.#say(narration);
  }

  /** @param {import('../narrator.js').Narration} narration */
  #say({ what, why, problem }) {
    this.#element.classList.toggle('went-wrong', problem);
    this.#what.replaceChildren(...nodesOf(what));
    this.#why.replaceChildren(...nodesOf(why));
  }
}
