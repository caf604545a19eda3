/**
 * @import { EventStore } from '../event-store.js'
 * @import { Filter } from '../filter.js'
 * @import { Frame } from '../frame.js'
 * @import { Recorded } from './recorded.js'
 */

import { find, make } from '../dom.js';
import { GROUPS } from '../filter.js';
import { shortLaneName } from '../naming.js';
import { countText, plural } from '../units.js';
import { chip } from './chip.js';
import { PlacesModel } from './model.js';
import { PlaceChips } from './place-chips.js';
import { OPTIONAL } from './recorded.js';

/** The sheet with a chip for everything that can be hidden, and the line that says how much is. */
export class FilterView {
  #popover;
  #button;
  #line;
  #filter;
  #places;
  #recorded;
  /** The chips that do not change with what happens. */
  #fixed = make('div');
  #lanes;
  #apps;
  #paths;
  #shown = '';
  #stop;

  /**
   * @param {{ popover: HTMLElement, button: HTMLElement, line: HTMLElement }} elements
   * @param {{ filter: Filter, store: EventStore, frame: Frame, recorded: Recorded }} parts
   */
  constructor({ popover, button, line }, { filter, store, frame, recorded }) {
    this.#popover = popover;
    this.#button = button;
    this.#line = line;
    this.#filter = filter;
    this.#recorded = recorded;
    this.#places = new PlacesModel(store);
    const changed = () => frame.markDirty('dom');
    this.#lanes = new PlaceChips('Threads', 'lane', { filter, name: (lane) => shortLaneName(store, Number(lane)), least: 0, changed });
    this.#apps = new PlaceChips('Apps', 'app', { filter, least: 2, changed });
    this.#paths = new PlaceChips('Paths', 'path', { filter, changed });
    popover.replaceChildren(this.#fixed, ...[this.#lanes, this.#apps, this.#paths].map(({ element }) => element));
    const onToggle = () => {
      const isOpen = popover.matches(':popover-open');
      button.setAttribute('aria-expanded', String(isOpen));
      if (isOpen) recorded.count();
      frame.markDirty('dom');
    };
    popover.addEventListener('toggle', onToggle);
    line.replaceChildren(make('span', { class: 'filter-words' }),
      make('button', { type: 'button', class: 'plain-button', onclick: () => filter.clear() }, 'Show all'));
    const stops = [filter.subscribe(() => frame.markStale('dom')), frame.on('dom', () => this.#paint())];
    this.#stop = () => {
      popover.removeEventListener('toggle', onToggle);
      for (const stop of stops) stop();
    };
  }

  destroy() {
    this.#stop();
  }

  #paint() {
    const filter = this.#filter;
    this.#button.classList.toggle('chosen', filter.isActive);
    this.#line.hidden = !filter.isActive;
    const words = this.#words();
    const place = find('.filter-words', this.#line);
    if (place.textContent !== words) place.textContent = words;
    if (this.#popover.matches(':popover-open')) this.#paintChips();
  }

  #words() {
    const { only, hiddenCount, visible } = this.#filter;
    if (!this.#filter.isActive) return '';
    const shown = only === null ? `${plural(visible.length, 'event')} shown` : `Only ${only.title}: ${plural(visible.length, 'event')}`;
    return `${shown}, ${countText(hiddenCount)} hidden`;
  }

  #paintChips() {
    const { lanes, apps, paths } = this.#places.read();
    const focused = this.#popover.querySelector(':focus')?.getAttribute('data-chip');
    this.#lanes.paint(lanes);
    this.#apps.paint(apps);
    this.#paths.paint(paths);
    this.#paintFixed();
    if (focused == null || this.#popover.querySelector(':focus') !== null) return;
    /** @type {HTMLElement | null} */ (this.#popover.querySelector(`[data-chip="${CSS.escape(focused)}"]`))?.focus();
  }

  #paintFixed() {
    const filter = this.#filter;
    // A chip that is replaced while the pointer is down never hears the click.
    const state = JSON.stringify([
      GROUPS.map(([group]) => [filter.showsGroup(group), filter.hiddenOf(group)]), filter.problemsOnly,
      this.#recorded.without, this.#recorded.words, this.#recorded.failure,
    ]);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#fixed.replaceChildren(
      make('div', { class: 'filter-head' }, make('h2', {}, 'Show'), make('button', {
        type: 'button', class: 'plain-button', 'data-chip': 'all', onclick: () => filter.clear(),
      }, 'Show all')),
      chips('Kinds', GROUPS.map(([group, title]) => {
        const hidden = filter.showsGroup(group) ? 0 : filter.hiddenOf(group);
        return chip(`kind ${group}`, hidden > 0 ? `${title} · ${countText(hidden)} hidden` : title, filter.showsGroup(group), () => filter.toggleGroup(group));
      })),
      this.#recordedChips(),
      chips('Problems', [chip('problems', 'problems only', filter.problemsOnly, () => filter.toggleProblems())]),
    );
  }

  /** What of the hidden kinds need not be recorded either. */
  #recordedChips() {
    const recorded = this.#recorded;
    const offered = GROUPS.flatMap(([group]) => (OPTIONAL[group] ?? []).filter(([kind]) => !this.#filter.showsGroup(group) || !recorded.has(kind)));
    if (recorded.without === null || offered.length === 0) return '';
    const element = chips('Also stop recording them', offered.map(([kind, title]) => chip(`record ${kind}`, title, !recorded.has(kind), () => recorded.toggle(kind))));
    if (recorded.words !== '') {
      element.append(make('p', { class: 'filter-recorded' }, recorded.words, make('button', {
        type: 'button', class: 'plain-button', 'data-chip': 'record all', onclick: () => recorded.change([]),
      }, 'Record them again')));
    }
    element.append(make('p', { class: 'aside' }, 'They are left out in this process, for everyone; other processes go on recording them. The doctor does not see them either.'));
    element.append(make('p', { class: 'filter-recorded', role: 'status' }, recorded.failure));
    return element;
  }
}

/** @param {string} title @param {HTMLElement[]} entries */
function chips(title, entries) {
  return make('div', { class: 'filter-group', role: 'group', 'aria-label': title }, make('h3', {}, title), ...entries);
}
