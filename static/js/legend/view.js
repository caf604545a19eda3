/**
 * @import { Frame } from '../frame.js'
 * @import { LegendModel, Sign } from './model.js'
 */

import { draw, make } from '../dom.js';
import { SIGNS } from './model.js';

/** The legend: only of what is there. */
export class LegendView {
  #element;
  #model;
  #stop;
  #shown = -1;

  /**
   * @param {HTMLElement} element
   * @param {{ model: LegendModel, frame: Frame }} parts
   */
  constructor(element, { model, frame }) {
    this.#element = element;
    this.#model = model;
    this.#stop = frame.on('dom', () => this.#paint());
  }

  destroy() {
    this.#stop();
  }

  #paint() {
    const seen = this.#model.seen();
    if (seen.size === this.#shown) return;
    this.#shown = seen.size;
    this.#element.replaceChildren(...SIGNS.filter(([sign]) => seen.has(sign)).map(([sign, words]) => make('li', {}, picture(sign), words)));
  }
}

/** @param {Sign} sign */
function picture(sign) {
  const box = (/** @type {string} */ name) => draw('rect', { class: name, x: '1', y: '1', width: '24', height: '11', rx: '3' });
  /** @type {Record<string, () => SVGElement[]>} */
  const shapes = {
    app: () => [box('sign-app')],
    request: () => [box('sign-request')],
    both: () => [box('sign-app'), draw('rect', { class: 'sign-request', x: '4', y: '3.5', width: '18', height: '6', rx: '2' })],
    'by-hand': () => [box('sign-app dashed')],
    abandoned: () => [draw('path', { class: 'sign-abandoned', d: 'M25 1H4a3 3 0 0 0-3 3v5a3 3 0 0 0 3 3h21' })],
    g: () => [
      draw('rect', { class: 'sign-empty', x: '1', y: '1', width: '14', height: '11', rx: '2' }),
      draw('rect', { class: 'sign-filled', x: '18', y: '0.5', width: '16', height: '12', rx: '2' }),
    ],
    session: () => [
      draw('path', { class: 'sign-session-line', d: 'M6 1.5 10.5 11h-9z' }),
      draw('path', { class: 'sign-session', d: 'M22 1l5 11H17z' }),
      draw('circle', { class: 'sign-session', cx: '39', cy: '6.5', r: '5' }),
    ],
    exception: () => [draw('path', { class: 'sign-error', d: 'M3 2l9 9M12 2l-9 9' })],
    outside: () => [draw('circle', { class: 'sign-error', cx: '7', cy: '6.5', r: '5.3' }), draw('path', { class: 'sign-error', d: 'M7 3.5v4M7 9.2v.6' })],
    thread: () => [],
  };
  const width = { g: 36, session: 46, exception: 15, outside: 14 }[/** @type {string} */ (sign)] ?? 26;
  return draw('svg', { viewBox: `0 0 ${width} 13`, width: String(width), height: '13', 'aria-hidden': 'true' }, ...shapes[sign]());
}
