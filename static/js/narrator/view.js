/**
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Selection } from '../selection.js'
 * @import { Summary } from './busy.js'
 */

import { find, make } from '../dom.js';
import { isBusy, tellBusy } from './busy.js';
import { narrate } from '../narrator.js';
import { stretchAt, stretchText, stretchesOf } from '../stretches.js';
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
  #place;
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
    this.#place = find('.narrator-place', element);
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
    this.#paintPlace(step);
    const summary = this.#isRunning() ? this.#summary() : null;
    if (summary !== null && isBusy(summary)) {
      this.#paintBusy(summary);
      return;
    }
    // What a step says depends on the step alone, except for the first and before it.
    const { firstIndex } = this.#store;
    const state = step < 0 ? `start ${size === 0} ${firstIndex}` : `${this.#store.runId} ${step} ${step === firstIndex}`;
    this.#words.setAttribute('aria-live', this.#isRunning() ? 'off' : 'polite');
    if (state === this.#shown) return;
    this.#shown = state;
    this.#say(narrate(this.#store, step));
  }

  /** In which stretch of the recording the step is. The playhead tells it to those who do not see it. @param {number} step */
  #paintPlace(step) {
    const hasPlaces = stretchesOf(this.#store).length > 0;
    if (this.#place.hidden === hasPlaces) {
      this.#place.hidden = !hasPlaces;
      this.#element.classList.toggle('placed', hasPlaces);
    }
    if (!hasPlaces) return;
    const stretch = stretchAt(this.#store, step);
    const place = stretch === null ? '' : `in ${stretchText(this.#store, step)}`;
    if (this.#place.title === place) return;
    this.#place.title = place;
    // Of a long name the test's is cut, never the stretch's.
    this.#place.replaceChildren(...(stretch === null ? [] : stretch.test === '' ? [place]
      : [make('span', {}, `in ${stretch.test}`), make('span', {}, ` · ${stretch.label}`)]));
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
