/**
 * The drawings of the legend and of the sheet behind `?`.
 *
 * @import { Sign } from './signs.js'
 */

import { draw } from './dom.js';

/** A small drawing of a sign, as the timeline draws it. @param {Sign} sign */
export function pictureOf(sign) {
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
      draw('circle', { class: 'sign-session-line', cx: '5', cy: '6.5', r: '3' }),
      draw('path', { class: 'sign-session-line', d: 'M19 1.5 23.5 11h-9z' }),
      draw('path', { class: 'sign-session', d: 'M34 1l5 11H29z' }),
      draw('circle', { class: 'sign-session', cx: '49', cy: '6.5', r: '5' }),
    ],
    exception: () => [draw('path', { class: 'sign-error', d: 'M3 2l9 9M12 2l-9 9' })],
    outside: () => [draw('circle', { class: 'sign-error', cx: '7', cy: '6.5', r: '5.3' }), draw('path', { class: 'sign-error', d: 'M7 3.5v4M7 9.2v.6' })],
    handling: () => [
      draw('rect', { class: 'sign-handling', x: '1', y: '3.5', width: '6', height: '6' }),
      draw('path', { class: 'sign-handling-line', d: 'M14 1.5 21 6.5l-7 5' }),
    ],
    teardown: () => [
      draw('path', { class: 'sign-request', d: 'M0 9.5h12' }),
      draw('path', { class: 'sign-teardown', d: 'M6 2v10' }),
    ],
    thread: () => [draw('path', { class: 'sign-thread', d: 'M2 1v7h9M8 4.5 11.5 8 8 11.5' })],
    'g-read': () => [
      draw('path', { class: 'sign-g', d: 'M6.5 .5l6 6-6 6-6-6z' }),
      draw('path', { class: 'sign-g-line', d: 'M22.5 1.2l5.3 5.3-5.3 5.3-5.3-5.3z' }),
      draw('path', { class: 'sign-g-line dashed', d: 'M38.5 1.2l5.3 5.3-5.3 5.3-5.3-5.3z' }),
    ],
    unsaved: () => [draw('circle', { class: 'sign-session-line dashed', cx: '6.5', cy: '6.5', r: '4.8' })],
    handled: () => [draw('path', { class: 'sign-thread', d: 'M2.5 2.5l8 8M10.5 2.5l-8 8' })],
    problem: () => [
      draw('circle', { class: 'sign-problem', cx: '7', cy: '6.5', r: '6' }),
      draw('path', { class: 'sign-problem-ink', d: 'M7 3v4M7 9v1.2' }),
    ],
  };
  const width = { g: 36, session: 55, handling: 22, teardown: 12, thread: 13, exception: 15, outside: 14, 'g-read': 45, unsaved: 13, handled: 13, problem: 14 }[/** @type {string} */ (sign)] ?? 26;
  return draw('svg', { viewBox: `0 0 ${width} 13`, width: String(width), height: '13', 'aria-hidden': 'true' }, ...shapes[sign]());
}
