/** @import { Measure } from './metrics.js' */

/** Widths that are remembered; the oldest half is forgotten beyond that. */
const CAPACITY = 4_000;

/** Measures text once: asking the canvas costs more than all other layout together. */
export class TextMeter {
  #brush;
  /** @type {Map<string, number>} */
  #widths = new Map();

  /** @param {Pick<CanvasRenderingContext2D, 'font' | 'measureText'>} brush */
  constructor(brush) {
    this.#brush = brush;
  }

  /** @type {Measure} */
  measure = (text, font) => {
    const key = `${font}\n${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    if (this.#widths.size >= CAPACITY) this.#forget();
    this.#brush.font = font;
    const { width } = this.#brush.measureText(text);
    this.#widths.set(key, width);
    return width;
  };

  #forget() {
    let excess = CAPACITY / 2;
    for (const key of this.#widths.keys()) {
      if (excess <= 0) break;
      this.#widths.delete(key);
      excess -= 1;
    }
  }
}
