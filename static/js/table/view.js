/**
 * @import { About, ScopeEvent } from '../events.js'
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Selection } from '../selection.js'
 */

import { describe, subjectOf } from '../description.js';
import { make } from '../dom.js';
import { contextName } from '../events.js';
import { contextAt } from '../history.js';
import { PAGE_STEPS } from '../jumps.js';
import { shortLaneName, shortTitle } from '../naming.js';
import { nodesOf } from '../text.js';
import { countText, sinceText } from '../units.js';
import { ROW_HEIGHT, rowsInView, scrollTopFor } from './viewport.js';

/** The event table: the accessible twin of the timeline. Only the rows in view are in the document. */
export class TableView {
  #store;
  #selection;
  #frame;
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
  #size = { height: 0 };

  /**
   * @param {HTMLElement} element
   * @param {{ store: EventStore, selection: Selection, frame: Frame }} parts
   */
  constructor(element, { store, selection, frame }) {
    this.#store = store;
    this.#selection = selection;
    this.#frame = frame;
    this.#above = make('tr', { class: 'spacer', 'aria-hidden': 'true' }, make('td', { colspan: '5' }));
    this.#below = make('tr', { class: 'spacer', 'aria-hidden': 'true' }, make('td', { colspan: '5' }));
    this.#body = make('tbody', {}, this.#above, this.#below);
    this.#table = make(
      'table', { class: 'event-table' },
      make('thead', {}, make('tr', { 'aria-rowindex': '1' },
        ...['Step', 'Since last', 'Thread', 'What happened', 'Context'].map((name) => make('th', { scope: 'col' }, name)))),
      this.#body,
    );
    this.#scroller = make('div', { class: 'event-scroller', tabindex: '0', role: 'group', 'aria-label': 'Events, arrow keys move the playhead' }, this.#table);
    element.replaceChildren(this.#scroller);
    const onScroll = () => frame.markDirty('dom');
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
    const moves = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_STEPS, PageUp: -PAGE_STEPS });
    const by = moves[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#selection.moveTo(Math.min(this.#store.size - 1, Math.max(0, this.#selection.step + by)));
  }

  #paint() {
    const count = this.#store.size;
    const { step } = this.#selection;
    const height = Math.max(0, this.#size.height - ROW_HEIGHT);
    let { scrollTop } = this.#scroller;
    if (step !== this.#shownStep) {
      this.#shownStep = step;
      this.#setHeights(0, count);
      const target = scrollTopFor(Math.max(0, step), { scrollTop, height });
      if (target !== scrollTop) {
        this.#scroller.scrollTop = target;
        scrollTop = target;
      }
    }
    this.#table.setAttribute('aria-rowcount', String(count + 1));
    const { from, to } = rowsInView({ count, scrollTop, height });
    this.#setHeights(from, count - to);
    this.#keep(from, to, step);
  }

  /** @param {number} above @param {number} below  In rows. */
  #setHeights(above, below) {
    /** @type {HTMLElement} */ (this.#above.firstElementChild).style.height = `${above * ROW_HEIGHT}px`;
    /** @type {HTMLElement} */ (this.#below.firstElementChild).style.height = `${below * ROW_HEIGHT}px`;
    this.#above.hidden = above === 0;
    this.#below.hidden = below === 0;
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
    for (let index = from; index < to; index += 1) {
      let row = this.#rows.get(index);
      if (row === undefined) {
        row = this.#row(index);
        this.#rows.set(index, row);
        before.after(row);
      }
      row.classList.toggle('later', index > step);
      if (index === step) row.setAttribute('aria-current', 'step');
      else row.removeAttribute('aria-current');
      before = row;
    }
  }

  /** @param {number} index */
  #row(index) {
    const store = this.#store;
    const event = store.at(index);
    const about = event.context === null ? null : contextAt(store, event.context, index)?.about ?? null;
    const subject = subjectOf(event, about);
    return make(
      'tr', { 'aria-rowindex': String(index + 2), onclick: () => this.#select(index) },
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
    if (index > 0 && run?.from === index) return make('strong', {}, 'restarted');
    const lost = this.#store.lostBefore(index);
    if (lost > 0) return make('strong', {}, `${countText(lost)} lost`);
    return index === 0 ? '' : sinceText(event.atNs - this.#store.at(index - 1).atNs);
  }

  /** @param {number} index */
  #select(index) {
    this.#selection.moveTo(index);
    this.#frame.markDirty('dom');
  }
}

/** @param {ScopeEvent} event @param {About | null} about */
function contextCell(event, about) {
  if (about !== null) return shortTitle(about);
  return event.context === null ? 'none' : contextName(event.context);
}
