/**
 * @import { Frame } from '../frame.js'
 * @import { LegendModel } from './model.js'
 */

import { make } from '../dom.js';
import { pictureOf } from '../sign-picture.js';
import { SIGNS } from '../signs.js';

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
    this.#element.replaceChildren(...SIGNS.filter(([sign]) => seen.has(sign)).map(([sign, words]) => make('li', {}, pictureOf(sign), words)));
  }
}
