/**
 * @import { ConnectionState } from '../connection.js'
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Notice } from '../notice.js'
 * @import { Replay } from '../replay.js'
 * @import { Selection } from '../selection.js'
 * @import { Theme } from '../theme.js'
 */

import { find, make } from '../dom.js';
import { FACTORS } from '../replay.js';
import { THEME_CHOICES } from '../theme.js';
import { pillOf } from './state.js';

/** The bar at the top: step, play, speed, state, theme, keys. */
export class TransportView {
  #parts;
  #element;
  #factor;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {HTMLElement} element
   * @param {object} parts
   * @param {EventStore} parts.store
   * @param {Selection} parts.selection
   * @param {Frame} parts.frame
   * @param {Replay} parts.replay
   * @param {Theme} parts.theme
   * @param {Notice} parts.notice
   * @param {() => ConnectionState} parts.connection
   * @param {Record<string, () => void>} parts.actions  What a button's `data-do` does.
   */
  constructor(element, parts) {
    this.#element = element;
    this.#parts = parts;
    this.#listen(element, (button) => {
      const { do: action, speed } = button.dataset;
      if (speed === 'slow' || speed === 'real') parts.replay.setSpeed(speed);
      else if (action === 'theme') this.#nextTheme();
      else if (action !== undefined) parts.actions[action]?.();
    });
    this.#factor = /** @type {HTMLSelectElement} */ (find('.factor', element));
    this.#factor.replaceChildren(...FACTORS.map((factor) => make('option', { value: String(factor) }, factorText(factor))));
    const onFactor = () => parts.replay.setSpeed('real', Number(this.#factor.value));
    this.#factor.addEventListener('change', onFactor);
    this.#stops.push(() => this.#factor.removeEventListener('change', onFactor));
    this.#stops.push(parts.frame.on('dom', () => this.#paint()));
  }

  destroy() {
    for (const stop of this.#stops) stop();
  }

  /** @param {HTMLElement} element @param {(button: HTMLElement) => void} listener */
  #listen(element, listener) {
    /** @param {Event} event */
    const onClick = (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button !== null) listener(button);
    };
    element.addEventListener('click', onClick);
    this.#stops.push(() => element.removeEventListener('click', onClick));
  }

  #nextTheme() {
    const { theme } = this.#parts;
    const next = THEME_CHOICES[(THEME_CHOICES.indexOf(theme.choice) + 1) % THEME_CHOICES.length];
    theme.choose(next);
  }

  #paint() {
    const { store, selection, replay, theme, connection, notice } = this.#parts;
    const { step } = selection;
    const { mode, speed, factor, note } = replay.state;
    const pill = pillOf(connection(), replay.state, step, store.runs.at(-1)?.hello.recording ?? null);
    const root = this.#element;
    const button = find('.pill', root);
    button.dataset.state = pill.kind;
    find('.pill-text', button).textContent = pill.text;
    find('.pill-key', button).hidden = pill.key === null;
    find('.pill-more', button).textContent = pill.key ?? '';
    const remark = notice.text ?? note ?? '';
    const place = find('.note', root);
    // Written only when it is new: a live region may speak whatever is written.
    if (place.textContent !== remark) place.textContent = remark;

    const runs = mode === 'playing' || mode === 'replaying';
    const play = find('[data-do="play"]', root);
    play.classList.toggle('runs', runs || (mode === 'waiting' && store.size > 0));
    play.setAttribute('aria-label', runs || mode === 'waiting' ? 'Pause' : 'Play');
    disable(play, store.size === 0);
    disable(find('[data-do="first"]', root), step <= 0);
    disable(find('[data-do="back"]', root), step < 0);
    disable(find('[data-do="next"]', root), step >= store.size - 1);
    for (const choice of ['slow', 'real']) {
      find(`[data-speed="${choice}"]`, root).setAttribute('aria-pressed', String(choice === speed));
    }
    if (this.#factor.value !== String(factor)) this.#factor.value = String(factor);
    this.#factor.classList.toggle('chosen', speed === 'real' && factor !== 1);
    const themeButton = find('[data-do="theme"]', root);
    const name = `Theme: ${theme.choice === 'system' ? `as the system (${theme.name})` : theme.choice}`;
    themeButton.title = name;
    themeButton.setAttribute('aria-label', name);
  }
}

/** Off, but still to be reached: a button that loses the focus under the finger is worse. @param {HTMLElement} button @param {boolean} isOff */
function disable(button, isOff) {
  button.setAttribute('aria-disabled', String(isOff));
}

/** @param {number} factor @returns {string} `×¼` */
function factorText(factor) {
  return `×${{ 0.25: '¼', 0.5: '½' }[factor] ?? factor}`;
}
