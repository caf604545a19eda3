/**
 * @import { About, ScopeEvent } from '../events.js'
 * @import { EventStore } from '../event-store.js'
 * @import { Filter } from '../filter.js'
 * @import { Frame } from '../frame.js'
 * @import { Search } from '../search.js'
 * @import { Selection } from '../selection.js'
 */

import { describe, subjectOf } from '../description.js';
import { make } from '../dom.js';
import { contextName } from '../events.js';
import { contextAt } from '../history.js';
import { PAGE_STEPS, countBelow } from '../jumps.js';
import { shortLaneName, shortTitle } from '../naming.js';
import { nodesOf } from '../text.js';
import { countText, sinceText } from '../units.js';
import { ROW_HEIGHT, rowsInView, scrollTopFor } from './viewport.js';

/** The event table: the accessible twin of the timeline. Only the rows in view are in the document. */
export class TableView {
  #store;
  #selection;
  #frame;
  #search;
  #filter;
  #onInspect;
  #onIsolate;
  #scroller;
  #table;
  #body;
  #above;
  #below;
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {Map<number, HTMLTableRowElement>} */
  #rows = new Map();
  #shownStep = -2;
  /** The first of the rows, so that all are made again when other events are shown. */
  #shownRows = '';
  #size = { height: 0 };
  /** Where the table was scrolled to last, by itself or by hand. Asking the browser makes it lay the page out. */
  #scrolledTo = 0;
  /** On the row of the playhead: shows what belongs to its context alone. */
  #only;

  /**
   * @param {HTMLElement} element
   * @param {{ store: EventStore, selection: Selection, frame: Frame, search: Search, filter: Filter, onInspect: (context: number) => void, onIsolate: (context: number) => void }} parts
   */
  constructor(element, { store, selection, frame, search, filter, onInspect, onIsolate }) {
    this.#store = store;
    this.#search = search;
    this.#filter = filter;
    this.#onInspect = onInspect;
    this.#onIsolate = onIsolate;
    this.#selection = selection;
    this.#frame = frame;
    this.#above = make('tr', { class: 'spacer', 'aria-hidden': 'true' }, make('td'));
    this.#below = make('tr', { class: 'spacer', 'aria-hidden': 'true' }, make('td'));
    this.#body = make('tbody', {}, this.#above, this.#below);
    this.#table = make(
      'table', { class: 'event-table' },
      make('thead', {}, make('tr', { 'aria-rowindex': '1' },
        ...['Step', 'Since last', 'Thread', 'What happened', 'Context'].map((name) => make('th', { scope: 'col' }, name)))),
      this.#body,
    );
    this.#scroller = make('div', { class: 'event-scroller', tabindex: '0', role: 'group', 'aria-label': labelOf(0) }, this.#table);
    element.append(this.#scroller);
    this.#only = make('button', { type: 'button', class: 'plain-button row-only', 'aria-label': 'Only this context', title: 'Only this one (O)', onclick: (/** @type {Event} */ event) => {
      event.stopPropagation();
      this.#isolate();
    } });
    const onScroll = () => {
      const { scrollTop } = this.#scroller;
      // What was scrolled from here is painted already.
      if (scrollTop === this.#scrolledTo) return;
      this.#scrolledTo = scrollTop;
      frame.markDirty('dom');
    };
    /** @param {KeyboardEvent} event */
    const onKey = (event) => this.#key(event);
    const resized = new ResizeObserver(([entry]) => {
      this.#size = { height: entry.contentRect.height };
      this.#shownStep = -2;
      frame.markDirty('dom');
    });
    resized.observe(this.#scroller);
    this.#scroller.addEventListener('scroll', onScroll, { passive: true });
    this.#scroller.addEventListener('keydown', onKey);
    this.#stops.push(
      frame.on('dom', () => this.#paint()),
      () => resized.disconnect(),
      () => this.#scroller.removeEventListener('scroll', onScroll),
      () => this.#scroller.removeEventListener('keydown', onKey),
    );
  }

  destroy() {
    for (const stop of this.#stops) stop();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // On a button it presses the button.
    if (event.key === 'Enter' && event.target === this.#scroller) {
      this.#inspect(this.#selection.step);
      event.preventDefault();
      return;
    }
    const moves = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_STEPS, PageUp: -PAGE_STEPS });
    const by = moves[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const row = Math.min(this.#count - 1, Math.max(0, this.#rowOf(this.#selection.step) + by));
    if (row >= 0) this.#selection.moveTo(this.#indexOf(row));
  }

  /** How many rows there are: events that are here and not hidden. */
  get #count() {
    return this.#filter.isActive ? this.#filter.visible.length : this.#store.size - this.#store.firstIndex;
  }

  /** @param {number} row */
  #indexOf(row) {
    return this.#filter.isActive ? this.#filter.visible[row] : this.#store.firstIndex + row;
  }

  /** The row of an event, or of the nearest before it that is shown. @param {number} index */
  #rowOf(index) {
    return this.#filter.isActive ? countBelow(this.#filter.visible, index + 1) - 1 : index - this.#store.firstIndex;
  }

  #paint() {
    const count = this.#count;
    const { step } = this.#selection;
    this.#forgetRows();
    const height = Math.max(0, this.#size.height - ROW_HEIGHT);
    const hasMoved = step !== this.#shownStep;
    this.#shownStep = step;
    const before = this.#scrolledTo;
    const scrollTop = hasMoved ? scrollTopFor(Math.max(0, this.#rowOf(step)), { scrollTop: before, height, count }) : before;
    this.#table.setAttribute('aria-rowcount', String(count + 1));
    const { from, to } = rowsInView({ count, scrollTop, height });
    this.#setHeights(from, count - to);
    this.#keep(from, to, step);
    // At last, when the table is what it will be: to scroll makes the browser lay the page out.
    if (scrollTop === before) return;
    this.#scroller.scrollTop = scrollTop;
    this.#scrolledTo = this.#scroller.scrollTop;
  }

  /** @param {number} above @param {number} below  In rows. */
  #setHeights(above, below) {
    /** @type {HTMLElement} */ (this.#above.firstElementChild).style.height = `${above * ROW_HEIGHT}px`;
    /** @type {HTMLElement} */ (this.#below.firstElementChild).style.height = `${below * ROW_HEIGHT}px`;
    this.#above.hidden = above === 0;
    this.#below.hidden = below === 0;
  }

  /** A row knows its event by its number: with a filter, or after events were let go, it stands for another. */
  #forgetRows() {
    const { only, hiddenCount } = this.#filter;
    const shown = this.#filter.isActive ? `${only?.context} ${hiddenCount} ${this.#filter.visible[0]}` : `all ${this.#store.firstIndex}`;
    if (shown === this.#shownRows) return;
    // While more comes in, what is on screen stays.
    if (shown.split(' ')[0] !== this.#shownRows.split(' ')[0] || !this.#filter.isActive) this.#shownStep = -2;
    this.#shownRows = shown;
    this.#scroller.setAttribute('aria-label', labelOf(this.#store.firstIndex));
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
  }

  /** @param {number} from @param {number} to @param {number} step */
  #keep(from, to, step) {
    for (const [index, row] of this.#rows) {
      if (index >= from && index < to) continue;
      row.remove();
      this.#rows.delete(index);
    }
    /** @type {Element} */
    let before = this.#above;
    for (let number = from; number < to; number += 1) {
      const index = this.#indexOf(number);
      let row = this.#rows.get(number);
      if (row === undefined) {
        row = this.#row(index, number);
        this.#rows.set(number, row);
        before.after(row);
      }
      row.classList.toggle('later', index > step);
      row.classList.toggle('hit', this.#search.has(index));
      if (index !== step) row.removeAttribute('aria-current');
      else if (row.getAttribute('aria-current') !== 'step') {
        row.setAttribute('aria-current', 'step');
        if (this.#store.at(index).context !== null) row.cells[3].append(this.#only);
      }
      before = row;
    }
  }

  /** @param {number} index @param {number} number  Of the row, from 0. */
  #row(index, number) {
    const store = this.#store;
    const event = store.at(index);
    const about = event.context === null ? null : contextAt(store, event.context, index)?.about ?? null;
    const subject = subjectOf(event, about);
    return make(
      'tr', { 'aria-rowindex': String(number + 2), onclick: () => this.#select(index) },
      make('td', { class: 'step' }, countText(index + 1)),
      make('td', { class: 'since' }, this.#since(event, index)),
      make('td', {}, shortLaneName(store, event.lane)),
      make('td', { class: `what ${subject}` }, make('span', { class: `mark ${subject}`, 'aria-hidden': 'true' }), ...nodesOf(describe(event, about))),
      make('td', { class: 'context' }, contextCell(event, about)),
    );
  }

  /** @param {ScopeEvent} event @param {number} index */
  #since(event, index) {
    const run = this.#store.runAt(index);
    // The first step of another process: there is nothing before it.
    if (run !== undefined && 'told' in run && run.from === index) return 'joins';
    if (index > 0 && run?.from === index) return make('strong', {}, 'restarted');
    const lost = this.#store.lostBefore(index);
    if (lost > 0) return make('strong', {}, `${countText(lost)} lost`);
    if (index === this.#store.firstIndex) return index === 0 ? '' : make('strong', {}, `${countText(index)} let go`);
    return sinceText(event.atNs - this.#store.at(index - 1).atNs);
  }

  /** @param {number} index */
  #select(index) {
    this.#selection.moveTo(index);
    this.#inspect(index);
    this.#frame.markDirty('dom');
  }

  /** Show only what belongs to the context of the playhead; when that is so, all again. */
  #isolate() {
    const { step } = this.#selection;
    const context = step >= this.#store.firstIndex && step < this.#store.size ? this.#store.at(step).context : null;
    if (context !== null) this.#onIsolate(context);
    this.#scroller.focus({ preventScroll: true });
  }

  /** @param {number} index */
  #inspect(index) {
    if (index < this.#store.firstIndex || index >= this.#store.size) return;
    const { context } = this.#store.at(index);
    if (context !== null) this.#onInspect(context);
  }
}

/** @param {number} letGo  Events that are older than the first of the table. */
function labelOf(letGo) {
  const older = letGo === 0 ? '' : `${countText(letGo)} older ones were let go, `;
  return `Events, ${older}arrow keys move the playhead, Enter tells about the context, O shows it alone`;
}

/** @param {ScopeEvent} event @param {About | null} about */
function contextCell(event, about) {
  if (about !== null) return shortTitle(about);
  return event.context === null ? 'none' : contextName(event.context);
}
