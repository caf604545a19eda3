/** Numbers as people read them. */

/** @typedef {number} Nanoseconds */
/** @typedef {number} CssPixels */

const STEPS = /** @type {const} */ ([
  [1e3, 1, 'ns'],
  [1e6, 1e3, 'µs'],
  [1e9, 1e6, 'ms'],
  [60e9, 1e9, 's'],
  [3600e9, 60e9, 'min'],
]);

/**
 * A duration in the unit that suits it: `80 µs`, `1.8 s`.
 *
 * @param {Nanoseconds} ns
 * @returns {string}
 */
export function durationText(ns) {
  if (ns === 0) return '0 µs';
  for (const [below, unit, name] of STEPS) {
    if (ns < below) return `${figures(ns / unit)} ${name}`;
  }
  return `${figures(ns / 3600e9)} h`;
}

/**
 * The time since another event: `+80 µs`. Threads may tie.
 *
 * @param {Nanoseconds} ns
 * @returns {string}
 */
export function sinceText(ns) {
  return ns < 0 ? `−${durationText(-ns)}` : `+${durationText(ns)}`;
}

/**
 * A whole number with separators: `12,500`.
 *
 * @param {number} count
 * @returns {string}
 */
export function countText(count) {
  // Most are small, or steps: the browser's own way takes ten times as long.
  if (!Number.isInteger(count) || count < 0 || count >= 1e9) return COUNT.format(count);
  const text = String(count);
  if (count < 1e3) return text;
  const tail = text.slice(-3);
  return count < 1e6 ? `${text.slice(0, -3)},${tail}` : `${text.slice(0, -6)},${text.slice(-6, -3)},${tail}`;
}

/** Made once: making one costs more than a hundred texts. */
const COUNT = new Intl.NumberFormat('en');

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function plural(count, one, many = `${one}s`) {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** Two figures that matter, and never an exponent. @param {number} value */
function figures(value) {
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
