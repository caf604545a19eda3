/**
 * @import { Frame } from '../frame.js'
 * @import { Search } from '../search.js'
 * @import { Selection } from '../selection.js'
 */

import { find } from '../dom.js';
import { countText } from '../units.js';

/** The field in the bar at the top: what is looked for, and how much of it was found. */
export class FindView {
  #element;
  #field;
  #count;
  #search;
  #selection;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {HTMLElement} element
   * @param {{ search: Search, selection: Selection, frame: Frame, onLeave: () => void }} parts
   *   *onLeave*: Escape was pressed in the empty field.
   */
  constructor(element, { search, selection, frame, onLeave }) {
    this.#element = element;
    this.#search = search;
    this.#selection = selection;
    this.#field = /** @type {HTMLInputElement} */ (find('input', element));
    this.#count = find('.find-count', element);
    const onInput = () => search.find(this.#field.value);
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (event.isComposing) return;
      if (event.key === 'Enter') this.go(event.shiftKey ? -1 : 1);
      else if (event.key === 'Escape') {
        if (this.#field.value === '') onLeave();
        else this.clear();
      } else return;
      event.preventDefault();
    };
    this.#field.addEventListener('input', onInput);
    this.#field.addEventListener('keydown', onKey);
    this.#stops.push(
      search.subscribe(() => frame.markStale('dom')),
      frame.on('dom', () => this.#paint()),
      () => this.#field.removeEventListener('input', onInput),
      () => this.#field.removeEventListener('keydown', onKey),
    );
  }

  destroy() {
    for (const stop of this.#stops) stop();
  }

  focus() {
    this.#field.focus();
    this.#field.select();
  }

  /** @returns {boolean} Whether there was anything to clear. */
  clear() {
    const had = this.#search.query !== '' || this.#field.value !== '';
    this.#field.value = '';
    this.#search.find('');
    return had;
  }

  /** Put the playhead on the next hit; after the last comes the first. @param {1 | -1} direction */
  go(direction) {
    const hit = this.#search.next(this.#selection.step, direction);
    if (hit !== null) this.#selection.moveTo(hit.index);
  }

  #paint() {
    const text = this.#text();
    this.#element.classList.toggle('has-query', this.#search.query !== '');
    this.#element.classList.toggle('found-nothing', this.#search.query !== '' && this.#search.isDone && this.#search.hits.length === 0);
    if (this.#count.textContent !== text) this.#count.textContent = text;
  }

  /** @returns {string} `12 of 340` on a hit, else `340 found`. */
  #text() {
    const { hits, query, isDone } = this.#search;
    if (query === '') return '';
    const sofar = isDone ? '' : '…';
    if (hits.length === 0) return isDone ? 'none' : '…';
    const place = this.#search.placeOf(this.#selection.step);
    return place > 0 ? `${countText(place)} of ${countText(hits.length)}${sofar}` : `${countText(hits.length)} found${sofar}`;
  }
}
