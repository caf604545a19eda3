/**
 * @import { Frame } from '../frame.js'
 * @import { Census } from '../timeline/census.js'
 */

import { make } from '../dom.js';
import { countText, durationText } from '../units.js';
import { histogramOf } from './histogram.js';

/** Milliseconds between two counts. */
const PACE = 500;

/** What is in view in numbers, instead of stacks that change faster than anybody reads. */
export class BusyView {
  #element;
  #panel;
  #parts;
  #stop;
  #shown = '';
  #countedAt = -Infinity;
  #waiting = false;

  /**
   * @param {HTMLElement} element
   * @param {object} parts
   * @param {HTMLElement} parts.panel  Gets the class *busy* while the numbers are shown.
   * @param {Frame} parts.frame
   * @param {() => boolean} parts.isBusy
   * @param {() => Census & { pushes: number, empty: number }} parts.census  Of what is in view.
   * @param {{ leastNs: number, perDecade: number }} parts.bins
   */
  constructor(element, parts) {
    this.#element = element;
    this.#panel = parts.panel;
    this.#parts = parts;
    this.#stop = parts.frame.on('dom', (now) => this.#paint(now));
  }

  destroy() {
    this.#stop();
  }

  /** @param {number} now  Milliseconds. */
  #paint(now) {
    const isBusy = this.#parts.isBusy();
    this.#element.hidden = !isBusy;
    this.#panel.classList.toggle('busy', isBusy);
    if (!isBusy) return;
    if (now - this.#countedAt < PACE) {
      this.#again();
      return;
    }
    this.#countedAt = now;
    const census = this.#parts.census();
    const state = JSON.stringify(census);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#element.replaceChildren(...numbers(census), ...lives(census, this.#parts.bins));
  }

  /** What came last is counted, too. */
  #again() {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#parts.frame.markStale('dom');
    }, PACE);
  }
}

/** @param {Census & { pushes: number, empty: number }} census */
function numbers({ spanNs, requests, byHand, deepest, medianNs, exact, pushes, empty }) {
  const about = exact ? '' : 'about ';
  /** @type {[name: string, value: string][]} */
  const rows = [
    ['Requests', about + countText(requests)],
    ['App contexts pushed by hand', about + countText(byHand)],
    ['Deepest stack', countText(deepest)],
    ['Median context life', medianNs === null ? '–' : durationText(medianNs)],
    ['g empty at push', `${countText(empty)} of ${countText(pushes)}`],
  ];
  return [
    make('h2', {}, `In view, ${durationText(spanNs)}`),
    make('dl', { class: 'busy-numbers' }, ...rows.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value)))),
  ];
}

/** @param {Census} census @param {{ leastNs: number, perDecade: number }} bins */
function lives({ lives: counts }, { leastNs, perDecade }) {
  const histogram = histogramOf(counts, leastNs, perDecade);
  if (histogram === null) return [];
  const { columns, ticks } = histogram;
  const text = columns.filter(({ count }) => count > 0)
    .map(({ from, to, count }) => `${durationText(from)} to ${durationText(to)}: ${countText(count)}`).join('; ');
  return [
    make('h2', {}, 'How long contexts live'),
    make('div', { class: 'lives', role: 'img', 'aria-label': `How long contexts live. ${text}` },
      make('div', { class: 'lives-columns' }, ...columns.map(({ share, count, from, to }) => {
        const column = make('span', { title: `${durationText(from)} to ${durationText(to)}: ${countText(count)}` });
        // What is there at all is seen.
        column.style.height = count === 0 ? '0' : `max(2px, ${(share * 100).toFixed(1)}%)`;
        return column;
      })),
      make('div', { class: 'lives-axis' }, ...ticks.map(({ at, text: name }) => {
        const tick = make('span', {}, name);
        tick.style.left = `${((at / columns.length) * 100).toFixed(2)}%`;
        // At the ends a text must not stand out.
        tick.style.transform = `translateX(${at === 0 ? 0 : at === columns.length ? -100 : -50}%)`;
        return tick;
      }))),
  ];
}
