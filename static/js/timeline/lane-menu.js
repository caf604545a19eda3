/**
 * The button in the corner of the timeline, and the list of lanes behind it: sort, pin, fold.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { LaneBars } from './bars.js'
 * @import { LaneOrder } from './lane-order.js'
 */

import { make } from '../dom.js';
import { laneName } from '../naming.js';
import { plural } from '../units.js';
import { LaneGroups } from './lane-groups.js';

/** Lanes that are listed; the latest. */
const MOST_LISTED = 40;

export class LaneMenu {
  #element;
  #list;
  #store;
  #order;
  #lanes;

  /**
   * @param {HTMLElement} container
   * @param {{ store: EventStore, order: LaneOrder, lanes: () => LaneBars[] }} parts  *lanes*: in order.
   */
  constructor(container, { store, order, lanes }) {
    this.#store = store;
    this.#order = order;
    this.#lanes = lanes;
    this.#list = make('div', { class: 'lane-list' });
    this.#element = make('details', { class: 'lane-menu' },
      make('summary', { title: 'Sort, pin and fold lanes', 'aria-label': 'Lanes' }, '≡'), this.#list);
    this.#element.addEventListener('toggle', () => this.#fill());
    this.#element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.#element.open) return;
      this.#element.open = false;
      this.#element.querySelector('summary')?.focus();
      event.preventDefault();
      event.stopPropagation();
    });
    // The canvas beneath must not take these for its own.
    for (const type of ['pointerdown', 'wheel']) this.#element.addEventListener(type, (event) => event.stopPropagation());
    container.append(this.#element);
  }

  /** @param {{ axis: number }} areas */
  place({ axis }) {
    const top = `${axis - 24}px`;
    if (this.#element.style.top !== top) this.#element.style.top = top;
  }

  destroy() {
    this.#element.remove();
  }

  #fill() {
    if (!this.#element.open) return;
    const order = this.#order;
    const all = this.#lanes();
    const choices = /** @type {const} */ ([['first', 'First seen'], ['activity', 'Most active']]);
    this.#list.replaceChildren(
      make('p', {}, 'Sort'),
      make('div', { role: 'group', 'aria-label': 'Sort lanes' }, ...choices.map(([sort, text]) => toggle(text, order.sort === sort, () => {
        order.sortBy(sort);
        this.#refill();
      }))),
      ...this.#groups(all),
      make('p', {}, plural(all.length, 'lane')),
      make('ul', {}, ...all.slice(-MOST_LISTED).map(({ id: lane }) => {
        const name = laneName(this.#store, lane);
        return make('li', {}, make('span', {}, name),
          toggle('Pin', order.isPinned(lane), () => this.#act(() => order.togglePin(lane)), `Pin ${name}`),
          toggle('Fold', order.isFolded(lane), () => this.#act(() => order.toggleFold(lane)), `Fold ${name}`));
      })),
    );
  }

  /** Processes, when there is more than one. @param {LaneBars[]} all */
  #groups(all) {
    const groups = new LaneGroups(all, this.#store, this.#order).all;
    if (groups.length === 0) return [];
    return [
      make('p', {}, plural(groups.length, 'process', 'processes')),
      make('ul', {}, ...groups.map(({ name, folded }) => make('li', {}, make('span', {}, name),
        toggle('Fold', folded, () => this.#act(() => this.#order.toggleGroup(name)), `Fold ${name}`)))),
    ];
  }

  /** @param {() => void} change */
  #act(change) {
    change();
    this.#refill();
  }

  /** Show what changed without taking the focus away. */
  #refill() {
    const focused = this.#list.querySelector(':focus');
    const name = focused?.getAttribute('aria-label') ?? focused?.textContent;
    this.#fill();
    for (const button of this.#list.querySelectorAll('button')) {
      if ((button.getAttribute('aria-label') ?? button.textContent) === name) button.focus();
    }
  }
}

/** @param {string} text @param {boolean} pressed @param {() => void} onclick @param {string | null} [label] */
function toggle(text, pressed, onclick, label = null) {
  return make('button', { type: 'button', 'aria-pressed': String(pressed), 'aria-label': label, onclick }, text);
}
