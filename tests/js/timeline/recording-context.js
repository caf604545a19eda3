/**
 * A canvas that writes down what is drawn on it.
 *
 * @import { Brush } from '../../../static/js/timeline/glyphs.js'
 * @import { Measure } from '../../../static/js/timeline/metrics.js'
 */

/** Every letter is as wide as every other. @type {Measure} */
export const measure = (text) => text.length * 7;

/** @typedef {{ name: string, args: any[], style: Record<string, unknown> }} Call */

/**
 * Each call with the styles that were set at that moment, and the dash.
 *
 * @returns {{ brush: Brush, log: Call[] }}
 */
export function recordingContext() {
  /** @type {Call[]} */
  const log = [];
  /** @type {Record<string, unknown>} */
  const style = { dash: [] };
  const brush = new Proxy(/** @type {any} */ ({}), {
    get: (_, name) => (/** @type {any[]} */ ...args) => {
      if (name === 'setLineDash') style.dash = args[0];
      log.push({ name: String(name), args, style: { ...style } });
      return name === 'measureText' ? { width: measure(args[0], '') } : undefined;
    },
    set: (_, name, value) => {
      style[String(name)] = value;
      return true;
    },
  });
  return { brush, log };
}
