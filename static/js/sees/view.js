/**
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Selection } from '../selection.js'
 * @import { Cell, SeenRow } from './model.js'
 */

import { make } from '../dom.js';
import { stateAt } from '../history.js';
import { lanesToShow } from '../lanes-shown.js';
import { shortLaneName } from '../naming.js';
import { breakable } from '../text.js';
import { whatCodeSees, whatNobodySees } from './model.js';

/** The table "What code sees now": a row a name, a column a thread. */
export class SeesView {
  #element;
  #store;
  #selection;
  #stop;
  /** Lets it happen; null where nothing can. @type {(() => void) | null} */
  #onOutside = null;
  #tryIt = make('button', { type: 'button', class: 'link', onclick: () => this.#onOutside?.() }, 'Make it happen');

  /**
   * @param {HTMLElement} element
   * @param {{ store: EventStore, selection: Selection, frame: Frame }} parts
   */
  constructor(element, { store, selection, frame }) {
    this.#element = element;
    this.#store = store;
    this.#selection = selection;
    this.#stop = frame.on('dom', () => this.#paint());
  }

  destroy() {
    this.#stop();
  }

  /** @param {(() => void) | null} make  Uses `g` with nothing pushed; null where nothing can. */
  offerOutside(make) {
    this.#onOutside = make;
  }

  #paint() {
    const store = this.#store;
    const { step } = this.#selection;
    const hadFocus = this.#tryIt.matches(':focus');
    const current = step >= 0 && step < store.size ? store.at(step).lane : null;
    const { shown } = lanesToShow(stateAt(store, step), step, current);
    const rows = shown.length === 0 ? whatNobodySees() : whatCodeSees(store, shown, step);
    const earlier = shown.length === 0 ? [] : this.#before(shown.map((lane) => lane.lane), step);
    const head = shown.length === 0 ? null : make(
      'thead', {}, make('tr', {}, make('td'), ...shown.map((lane) => make('th', { scope: 'col' }, shortLaneName(store, lane.lane)))),
    );
    this.#element.replaceChildren(
      make('h2', {}, 'What code sees now'),
      make('table', { class: shown.length > 2 ? 'seen narrow' : 'seen' }, head, make('tbody', {}, ...rows.map((row) => rowElement(row, earlier)))),
    );
    if (shown.length === 0) this.#element.append(make('p', { class: 'aside' }, '“Working outside of application context.” ', this.#onOutside === null ? '' : this.#tryIt));
    if (hadFocus) this.#tryIt.focus({ preventScroll: true });
  }

  /** What the same threads saw one step earlier, to mark what changed. @param {number[]} lanes @param {number} step */
  #before(lanes, step) {
    const states = stateAt(this.#store, step - 1).lanes;
    const found = lanes.map((id) => states.find((lane) => lane.lane === id));
    if (found.some((lane) => lane === undefined)) return [];
    return whatCodeSees(this.#store, /** @type {import('../history.js').LaneState[]} */ (found), step - 1);
  }
}

/** @param {SeenRow} row @param {SeenRow[]} earlier */
function rowElement(row, earlier) {
  const before = earlier.find(({ name }) => name === row.name);
  return make(
    'tr', {},
    make('th', { scope: 'row' }, make('code', {}, ...breakable(row.name))),
    ...row.cells.map((cell, i) => cellElement(cell, before !== undefined && !isSame(cell, before.cells[i]))),
  );
}

/** @param {Cell} cell @param {boolean} isChanged */
function cellElement(cell, isChanged) {
  const element = make('td', { class: isChanged ? `${cell.kind} changed` : cell.kind });
  element.append(cell.kind === 'value' || cell.kind === 'empty' ? make('code', {}, ...breakable(cell.text)) : cell.text);
  if (cell.note !== null) element.append(make('span', { class: 'cell-note' }, cell.note));
  return element;
}

/** @param {Cell} a @param {Cell | undefined} b */
function isSame(a, b) {
  return b !== undefined && a.text === b.text && a.note === b.note;
}
