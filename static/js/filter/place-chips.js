/**
 * @import { Filter, Place } from '../filter.js'
 */

import { make } from '../dom.js';
import { listed } from '../listed.js';
import { countText } from '../units.js';
import { chip } from './chip.js';

/** Chips of one sort, beside those of what is hidden; the rest is found by a part of its name. */
const MOST_CHIPS = 24;

/** The chips of all lanes, apps or paths. Its field stays while the chips change: somebody may be typing. */
export class PlaceChips {
  #place;
  #filter;
  #name;
  #least;
  #field;
  #left;
  #shown = '';

  /**
   * @param {string} title
   * @param {Place} place
   * @param {object} parts
   * @param {Filter} parts.filter
   * @param {(value: string | number) => string} [parts.name]
   * @param {number} [parts.least]  With fewer there is nothing to choose.
   * @param {() => void} parts.changed  Other chips are to be shown.
   */
  constructor(title, place, { filter, name = String, least = 1, changed }) {
    this.#place = place;
    this.#filter = filter;
    this.#name = name;
    this.#least = least;
    const what = title.toLowerCase();
    this.#field = make('input', {
      type: 'search', class: 'narrow-field', placeholder: `Find ${what}…`, 'aria-label': `Find ${what}`, autocomplete: 'off',
      spellcheck: 'false', 'data-chip': `find ${place}`, oninput: changed,
    });
    this.#left = make('p', { class: 'aside', role: 'status' });
    this.element = make('div', { class: 'filter-group', role: 'group', 'aria-label': title }, make('h3', {}, title), this.#field, this.#left);
  }

  /** @param {(string | number)[]} values  Those that were seen, the newest last. */
  paint(values) {
    const [filter, place] = [this.#filter, this.#place];
    const seen = new Set(values);
    // What is hidden may be older than all that is remembered.
    const all = [...filter.hiddenIn(place).filter((value) => !seen.has(value)), ...values];
    const entries = listed(all, {
      most: MOST_CHIPS, from: 'last', always: (value) => !filter.shows(place, value), sought: this.#field.value, name: this.#name,
    });
    // A chip that is replaced while the pointer is down never hears the click.
    const state = JSON.stringify([all.length, entries.map((value) => [value, filter.shows(place, value)])]);
    if (state === this.#shown) return;
    this.#shown = state;
    this.element.hidden = all.length < this.#least;
    this.#field.hidden = all.length <= MOST_CHIPS;
    const left = all.length - entries.length;
    this.#left.hidden = all.length <= MOST_CHIPS;
    this.#left.textContent = left > 0 ? `${countText(entries.length)} of ${countText(all.length)}` : '';
    for (const old of this.element.querySelectorAll('.filter-chip')) old.remove();
    this.#left.before(...entries.map((value) =>
      chip(`${place} ${value}`, this.#name(value), filter.shows(place, value), () => filter.toggle(place, value))));
  }
}
