/**
 * @import { Surroundings } from '../dom.js'
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Scenario } from '../protocol.js'
 * @import { Selection } from '../selection.js'
 * @import { Page } from './model.js'
 */

import { find, make } from '../dom.js';
import { nodesOf } from '../text.js';
import { STEPS, Tour, scenarioForTour } from './model.js';

const STORED_AS = 'flaskscope.tour';

/** The tour's card, and the quiet offer in the empty page. */
export class TourView {
  #card;
  #offer;
  #parts;
  #stop;
  /** @type {Tour | null} */
  #tour = null;
  /** @type {Scenario | null} */
  #scenario = null;
  #seen;
  #shown = '';

  /**
   * @param {{ card: HTMLElement, offer: HTMLElement }} elements
   * @param {object} parts
   * @param {EventStore} parts.store
   * @param {Selection} parts.selection
   * @param {Frame} parts.frame
   * @param {Pick<Surroundings, 'read' | 'keep'>} parts.dom
   * @param {(scenario: Scenario) => void} parts.onFire
   * @param {(name: Page['about']) => void} parts.onLook  The part of the panel that a step speaks of; null for none.
   */
  constructor({ card, offer }, parts) {
    this.#card = card;
    this.#offer = offer;
    this.#parts = parts;
    this.#seen = parts.dom.read(STORED_AS) === 'seen';
    offer.replaceChildren(
      make('span', {}, 'New to contexts?'),
      make('button', { type: 'button', class: 'plain-button', onclick: () => this.begin() }, 'Take the tour, six steps'),
      make('button', { type: 'button', class: 'plain-button', onclick: () => this.#remember() }, 'No, thanks'),
    );
    const stops = [
      parts.store.subscribe(() => {
        if (this.#tour?.arrived()) parts.frame.markDirty('dom');
      }),
      parts.frame.on('dom', () => this.#paint()),
    ];
    this.#stop = () => {
      for (const stop of stops) stop();
    };
  }

  destroy() {
    this.#stop();
  }

  /** @param {Scenario[]} scenarios */
  offer(scenarios) {
    this.#scenario = scenarioForTour(scenarios);
    this.#parts.frame.markDirty('dom');
  }

  /** Whether there is anything to fire for it. */
  get isPossible() {
    return this.#scenario !== null;
  }

  begin() {
    if (this.#scenario === null) return;
    this.#tour = new Tour(this.#parts.store, { title: this.#scenario.title, path: this.#scenario.path ?? '/' });
    this.#tour.begin();
    this.#remember();
  }

  /** @returns {boolean} Whether it ran. */
  end() {
    const ran = this.#tour !== null;
    this.#tour = null;
    this.#parts.frame.markDirty('dom');
    return ran;
  }

  #remember() {
    this.#seen = true;
    this.#parts.dom.keep(STORED_AS, 'seen');
    this.#parts.frame.markDirty('dom');
  }

  #paint() {
    const page = this.#tour?.page() ?? null;
    this.#offer.hidden = this.#seen || this.#scenario === null || this.#parts.store.size > 0;
    this.#card.hidden = page === null;
    const state = JSON.stringify(page);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#parts.onLook(page?.about ?? null);
    if (page === null) {
      this.#card.replaceChildren();
      return;
    }
    const hadFocus = this.#card.contains(this.#card.querySelector(':focus'));
    this.#card.replaceChildren(
      make('header', {}, make('h2', {}, page.title), make('span', { class: 'tour-of' }, `${page.step} of ${STEPS}`),
        make('button', { type: 'button', class: 'plain-button', onclick: () => this.end() }, page.step === STEPS ? 'Close' : 'Skip the tour')),
      make('p', {}, ...nodesOf(page.text)),
      make('div', { class: 'tour-buttons' }, ...page.buttons.map(({ id, text }) => make('button', { type: 'button', class: 'tour-button', onclick: () => this.#press(id) }, text))),
    );
    if (hadFocus) find('.tour-button', this.#card).focus({ preventScroll: true });
  }

  /** @param {'fire' | 'next' | 'stays' | 'gone' | 'end'} id */
  #press(id) {
    const tour = this.#tour;
    if (tour === null || this.#scenario === null) return;
    if (id === 'fire') {
      const isLast = tour.step === STEPS;
      tour.fired();
      this.#parts.onFire(this.#scenario);
      if (isLast) this.end();
    } else if (id === 'end') this.end();
    else {
      const index = id === 'next' ? tour.next() : tour.guess(id === 'stays');
      if (index !== null) this.#parts.selection.moveTo(index);
    }
    this.#parts.frame.markDirty('dom');
  }
}
