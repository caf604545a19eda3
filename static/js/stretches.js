/**
 * Labelled stretches of a recording, such as the setup, call and teardown of a test, as steps.
 *
 * @import { EventStore } from './event-store.js'
 */

/** Characters of a label that are kept. */
export const LONGEST_LABEL = 200;

/** @typedef {{ label: string, first: number, last: number }} Stretch  By the numbers of its first and last event. */
/** @typedef {{ label: string, from: number, to: number }} Span  By its first and last step. */
/** @typedef {Pick<EventStore, 'at' | 'size'> & Partial<Pick<EventStore, 'firstIndex' | 'runs'>>} Events */

/** What there is of every recording without stretches. @type {Span[]} */
const NONE = [];

/** What was worked out, and of how much of a store. @type {WeakMap<Events, { key: string, spans: Span[] }>} */
const known = new WeakMap();

/**
 * Stretches as files and servers tell them: triples of a label and two numbers. What is none is left out.
 *
 * @param {unknown} told
 * @returns {{ stretches?: Stretch[] }} Nothing where there are none.
 */
export function readStretches(told) {
  if (!Array.isArray(told)) return {};
  /** @type {Stretch[]} */
  const stretches = [];
  for (const one of told) {
    if (!Array.isArray(one)) continue;
    const [label, first, last] = one;
    if (typeof label !== 'string' || !Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first > last) continue;
    stretches.push({ label: label.slice(0, LONGEST_LABEL), first, last });
  }
  return stretches.length === 0 ? {} : { stretches };
}

/**
 * The stretches of what is shown, in order and apart: of two that share steps the earlier has them.
 *
 * @param {Events} store
 * @returns {Span[]} The same array until the store changes; those without a step that is here are left out.
 */
export function stretchesOf(store) {
  const run = store.runs?.at(-1);
  const told = run?.hello.recording?.stretches;
  if (run === undefined || told === undefined) return NONE;
  const first = Math.max(run.from, store.firstIndex ?? 0);
  const key = `${run.id} ${first} ${store.size}`;
  const before = known.get(store);
  if (before?.key === key) return before.spans;
  /** @type {Span[]} */
  const spans = [];
  let free = first;
  for (const stretch of [...told].sort((a, b) => a.first - b.first)) {
    const from = Math.max(free, firstStepOf(store, first, stretch.first));
    const to = firstStepOf(store, first, stretch.last + 1) - 1;
    if (to < from) continue;
    spans.push({ label: stretch.label, from, to });
    free = to + 1;
  }
  known.set(store, { key, spans });
  return spans;
}

/**
 * Which of *spans* ends at *step* or later, the first.
 *
 * @param {Span[]} spans
 * @param {number} step
 * @returns {number} Its place; the length of *spans* where all end before.
 */
export function spanFrom(spans, step) {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle].to < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * In which stretch a step is.
 *
 * @param {Events} store
 * @param {number} step
 * @returns {{ label: string, test: string } | null} null where it is in none; *test* is '' where that is not known.
 */
export function stretchAt(store, step) {
  const spans = stretchesOf(store);
  const span = spans[spanFrom(spans, step)];
  if (span === undefined || step < span.from) return null;
  return { label: span.label, test: testName(store.runs?.at(-1)?.hello.process.name ?? '') };
}

/**
 * The same in words: `test_cart.py::test_total · call`.
 *
 * @param {Events} store
 * @param {number} step
 * @returns {string} '' where it is in none.
 */
export function stretchText(store, step) {
  const stretch = stretchAt(store, step);
  if (stretch === null) return '';
  return stretch.test === '' ? stretch.label : `${stretch.test} · ${stretch.label}`;
}

/**
 * The test that a process is named after, without the folder of its file; '' where it is named after none.
 *
 * @param {string} process  As `pytest tests/test_cart.py::test_total`.
 */
function testName(process) {
  if (!process.startsWith('pytest ') || !process.includes('::')) return '';
  const [file, ...rest] = process.slice('pytest '.length).split('::');
  return [file.slice(file.lastIndexOf('/') + 1), ...rest].join('::');
}

/**
 * The first step at *first* or later whose number is *number* or above.
 *
 * @param {Events} store
 * @param {number} first
 * @param {number} number
 */
function firstStepOf(store, first, number) {
  if (first >= store.size) return store.size;
  // Nearly all recordings have every number.
  const guess = first + number - store.at(first).number;
  if (guess >= first && guess < store.size && store.at(guess).number === number) return guess;
  let low = first;
  let high = store.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (store.at(middle).number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
