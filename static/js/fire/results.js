/**
 * @import { Outcome } from '../firing.js'
 */

import { make } from '../dom.js';
import { durationText } from '../units.js';

/** Cards on screen at once; an older one goes. More would hide the timeline. */
const MOST_CARDS = 1;

/** Cards with what a scenario really printed or answered. */
export class ResultsView {
  #element;
  #copy;

  /**
   * @param {HTMLElement} element
   * @param {{ copy: (text: string) => Promise<void> }} parts
   */
  constructor(element, { copy }) {
    this.#element = element;
    this.#copy = copy;
  }

  /** @param {Outcome} outcome */
  show(outcome) {
    for (const card of this.#element.querySelectorAll('.result')) {
      if (card.getAttribute('data-scenario') === outcome.scenario.name) card.remove();
    }
    const card = this.#card(outcome);
    this.#element.prepend(card);
    while (this.#element.childElementCount > MOST_CARDS) this.#element.lastElementChild?.remove();
    // A traceback says what matters in its last line.
    for (const text of card.querySelectorAll('pre')) text.scrollTop = text.scrollHeight;
  }

  /** @returns {boolean} Whether there was one to close. */
  closeLatest() {
    const card = this.#element.firstElementChild;
    card?.remove();
    return card !== null;
  }

  /** @param {Outcome} outcome */
  #card({ scenario, ok, exitStatus, summary, output, seconds, truncated }) {
    const card = make('article', { class: ok ? 'result' : 'result failed', 'data-scenario': scenario.name });
    const ended = exitStatus === null ? '' : `exit status ${exitStatus} · `;
    const copyButton = output === null ? null : make('button', {
      type: 'button',
      class: 'plain-button',
      onclick: async () => {
        try {
          await this.#copy(output);
          if (copyButton !== null) copyButton.textContent = 'Copied';
        } catch {
          if (copyButton !== null) copyButton.textContent = 'Select it and press Ctrl+C';
        }
      },
    }, 'Copy');
    card.append(
      make('header', {},
        make('strong', {}, scenario.title),
        make('span', { class: 'result-time' }, `${ended}${durationText(seconds * 1e9)}`),
        copyButton,
        make('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', title: 'Close (Esc)', onclick: () => card.remove() }, '✕'),
      ),
      make('p', {}, summary),
    );
    if (output !== null) card.append(make('pre', { tabindex: '0', role: 'group', 'aria-label': `Output of ${scenario.title}` }, output));
    if (truncated) card.append(make('p', { class: 'aside' }, 'The output is longer than what is shown.'));
    return card;
  }
}
