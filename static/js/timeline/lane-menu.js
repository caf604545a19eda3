/**
 * The button in the corner of the timeline, and the list of lanes behind it: sort, pin, fold.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { LaneBars } from './bars.js'
 * @import { LaneOrder } from './lane-order.js'
 */

import { make } from '../dom.js';
import { listed } from '../listed.js';
import { laneName } from '../naming.js';
import { countText, plural } from '../units.js';
import { LaneGroups } from './lane-groups.js';

/** Lanes that are listed, beside those that are pinned or folded; the rest is found by a part of its name. */
const MOST_LISTED = 40;

export class LaneMenu {
  #element;
  #list;
  #choices = make('div');
  #count = make('p', { role: 'status' });
  #field;
  #rows = make('ul');
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
    this.#field = make('input', {
      type: 'search', class: 'narrow-field', placeholder: 'Find lanes…', 'aria-label': 'Find lanes', autocomplete: 'off', spellcheck: 'false',
      oninput: () => this.#fill(),
    });
    this.#list = make('div', { class: 'lane-list' }, this.#choices, this.#count, this.#field, this.#rows);
    this.#element = make('details', { class: 'lane-menu' },
      make('summary', { title: 'Sort, pin and fold lanes', 'aria-label': 'Lanes' }, '≡'), this.#list);
    this.#element.addEventListener('toggle', () => this.#fill());
    this.#element.addEventListener('keydown', (event) => {
      // What is typed is a name, not keys of the timeline.
      if (event.target === this.#field && event.key !== 'Escape') event.stopPropagation();
      if (event.key !== 'Escape' || !this.#element.open) return;
      this.#element.open = false;
      this.#element.querySelector('summary')?.focus();
      event.preventDefault();
      event.stopPropagation();
    });
    // The canvas beneath must not take these for its own.
    for (const type of ['pointerdown', 'wheel', 'click']) this.#element.addEventListener(type, (event) => event.stopPropagation());
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
    this.#choices.replaceChildren(
      make('p', {}, 'Sort'),
      make('div', { role: 'group', 'aria-label': 'Sort lanes' }, ...choices.map(([sort, text]) => toggle(text, order.sort === sort, () => {
        order.sortBy(sort);
        this.#refill();
      }))),
      ...this.#groups(all),
    );
    this.#fillRows(all);
  }

  /** @param {LaneBars[]} all */
  #fillRows(all) {
    const order = this.#order;
    const nameOf = (/** @type {LaneBars} */ { id }) => laneName(this.#store, id);
    const rows = listed(all, {
      most: MOST_LISTED, from: order.sort === 'activity' ? 'first' : 'last', sought: this.#field.value, name: nameOf,
      always: ({ id }) => order.isPinned(id) || order.isFolded(id),
    });
    this.#field.hidden = all.length <= MOST_LISTED;
    this.#count.textContent = rows.length < all.length ? `${countText(rows.length)} of ${countText(all.length)} lanes` : plural(all.length, 'lane');
    this.#rows.replaceChildren(...rows.map((bars) => {
      const lane = bars.id;
      const name = nameOf(bars);
      return make('li', {}, make('span', {}, name),
        toggle('Pin', order.isPinned(lane), () => this.#act(() => order.togglePin(lane)), `Pin ${name}`),
        toggle('Fold', order.isFolded(lane), () => this.#act(() => order.toggleFold(lane)), `Fold ${name}`));
    }));
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
