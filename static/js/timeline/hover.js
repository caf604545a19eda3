/**
 * What the pointer is on: it is told in a tooltip, and the cursor says what a press would do.
 *
 * @import { Hit } from './hit-test.js'
 * @import { Palette } from './palette.js'
 */

import { Tooltip } from './tooltip.js';

export class Hover {
  #element;
  #tooltip;
  #changed;
  #explain;
  /** @type {Hit | null} */
  #hit = null;

  /**
   * @param {HTMLElement} element
   * @param {object} parts
   * @param {() => void} parts.changed  Something else is to be ringed.
   * @param {(hit: Hit) => string[]} parts.explain  The heading and what is below it.
   */
  constructor(element, { changed, explain }) {
    this.#element = element;
    this.#tooltip = new Tooltip(element);
    this.#changed = changed;
    this.#explain = explain;
  }

  /** @returns {Hit | null} */
  get hit() {
    return this.#hit;
  }

  /** @param {Hit | null} hit @param {number} [x]  Of the pointer. @param {number} [y] */
  show(hit, x = 0, y = 0) {
    const before = this.#hit;
    this.#hit = hit;
    if (hit?.mark !== before?.mark || hit?.box !== before?.box) this.#changed();
    const lines = hit === null ? [] : this.#explain(hit);
    if (lines.length > 0) this.#tooltip.show(lines, x, y);
    else this.#tooltip.hide();
    this.#element.style.cursor = hit === null ? '' : cursorOf(hit);
  }

  /** @param {Palette} palette */
  colour(palette) {
    this.#tooltip.colour(palette);
  }

  destroy() {
    this.#tooltip.destroy();
  }
}

/** @param {Hit} hit */
function cursorOf(hit) {
  if (hit.area === 'overview') return 'grab';
  if (hit.area === 'axis') return 'ew-resize';
  return hit.mark !== null || hit.box !== null || hit.group !== null ? 'pointer' : '';
}
