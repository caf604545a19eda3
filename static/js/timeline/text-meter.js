/** @import { Measure } from './metrics.js' */

/** Widths of a font that are remembered; the oldest half is forgotten beyond that. */
const CAPACITY = 2_000;

const DIGITS = /[1-9]/g;

/**
 * Measures text once: asking the canvas costs more than all other layout together.
 *
 * Numbers of contexts and steps are never twice the same: every digit counts as wide as a zero, which is what it is in
 * nearly all fonts.
 */
export class TextMeter {
  #brush;
  /** @type {Map<string, Map<string, number>>} */
  #byFont = new Map();

  /** @param {Pick<CanvasRenderingContext2D, 'font' | 'measureText'>} brush */
  constructor(brush) {
    this.#brush = brush;
  }

  /** @type {Measure} */
  measure = (text, font) => {
    let widths = this.#byFont.get(font);
    if (widths === undefined) this.#byFont.set(font, (widths = new Map()));
    const alike = text.replace(DIGITS, '0');
    const known = widths.get(alike);
    if (known !== undefined) return known;
    if (widths.size >= CAPACITY) forget(widths, CAPACITY / 2);
    this.#brush.font = font;
    const { width } = this.#brush.measureText(alike);
    widths.set(alike, width);
    return width;
  };
}

/** @param {Map<string, number>} widths @param {number} excess */
function forget(widths, excess) {
  let left = excess;
  for (const key of widths.keys()) {
    if (left <= 0) break;
    widths.delete(key);
    left -= 1;
  }
}
