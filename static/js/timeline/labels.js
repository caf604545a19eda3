/**
 * Words for the timeline, short enough for the room there is.
 *
 * @import { Bar } from './bar.js'
 */

import { contextName } from '../events.js';
import { requestName } from '../naming.js';

/**
 * The time since the last step for the narrow room under a step: `80` for microseconds, `50ms`, `1.8s`.
 *
 * @param {number} ns
 */
export function shortDuration(ns) {
  const us = Math.max(0, ns) / 1000;
  if (us < 999.5) return `+${Math.round(us)}`;
  const ms = us / 1000;
  if (ms < 9.95) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  if (seconds < 99.5) return `${Math.round(seconds)}s`;
  return `${Math.round(seconds / 60)}min`;
}

/**
 * Titles of a context, the longest first; the first one that fits is drawn.
 *
 * @param {Bar} bar
 * @returns {string[]}
 */
export function titlesOf(bar) {
  const { about } = bar;
  const id = contextName(bar.context);
  const isByHand = about.how === 'by hand';
  const origin = isByHand ? ', by hand' : about.how === 'request' ? '' : `, ${about.how}`;
  if (about.type === 'app') {
    return [`app context ${id}${origin}`, `app context ${id}`, `app ${id}`, id];
  }
  const route = requestName(about) ?? 'request';
  const path = about.path ?? 'request';
  if (about.type === 'both') {
    return [
      `app and request context ${id}${origin}: ${route}`,
      `app + request ${id}: ${route}`,
      `${route} ${id}, app + request`,
      `${route} ${id}`,
      route,
      path,
      id,
    ];
  }
  const reused = about.reused === undefined ? '' : `, reuses app ${contextName(about.reused)}`;
  return [`${route} ${id}${origin}${reused}`, `${route} ${id}${reused}`, `${route} ${id}`, route, path, id];
}

/**
 * Names of a lane, the longest first.
 *
 * @param {string} name
 * @returns {string[]}
 */
export function laneTitles(name) {
  return [name, name.replace(/^Request thread /, 'Request '), name.replace(/^Request thread /, 'Req. ').replace(/Thread$/, '')].filter((text) => text !== '');
}

/**
 * The longest of *texts* that is at most *room* wide; '' when none is.
 *
 * @param {string[]} texts  Longest first.
 * @param {number} room  CSS pixels.
 * @param {(text: string) => number} measure
 */
export function fitting(texts, room, measure) {
  for (const text of texts) if (measure(text) <= room) return text;
  return '';
}

/**
 * *text*, cut to *room* with an ellipsis; '' when not even three letters of it fit.
 *
 * @param {string} text
 * @param {number} room  CSS pixels.
 * @param {(text: string) => number} measure
 */
export function shortened(text, room, measure) {
  if (measure(text) <= room) return text;
  let low = 0;
  let high = text.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle).trimEnd()}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low >= 3 ? `${text.slice(0, low).trimEnd()}…` : '';
}
