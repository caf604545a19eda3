/**
 * The band under the axis that says which stretch of the recording is which, and their marks on the overview.
 *
 * @import { Span } from '../stretches.js'
 * @import { Brush } from './glyphs.js'
 * @import { Measure } from './metrics.js'
 * @import { Palette } from './palette.js'
 * @import { Areas, Scene, StretchShape } from './scene.js'
 */

import { spanFrom } from '../stretches.js';
import { shortened } from './labels.js';
import { FONT, STRETCH } from './metrics.js';

/**
 * Where the stretches in view lie. Of those that are narrower than a pixel only each first one is placed.
 *
 * @param {Span[]} spans
 * @param {object} view
 * @param {Areas} view.areas
 * @param {number} view.from  First step in view.
 * @param {number} view.to  Last step in view.
 * @param {(step: number) => number} view.toX
 * @param {number} view.column  Width of a step, CSS pixels.
 * @param {number} view.count  Of all steps.
 * @param {Measure} view.measure
 * @returns {StretchShape[]}
 */
export function placeStretches(spans, { areas, from, to, toX, column, count, measure }) {
  /** @type {StretchShape[]} */
  const shapes = [];
  if (areas.stretches === null) return shapes;
  let taken = -Infinity;
  for (let i = spanFrom(spans, from); i < spans.length && spans[i].from <= to; i += 1) {
    const span = spans[i];
    const x = Math.max(taken + 1, toX(span.from) - reach(span.from - 1, span.from));
    const end = toX(span.to) + reach(span.to, span.to + 1);
    if (end < x) continue;
    const right = Math.max(x + 1, end - 1);
    taken = right;
    // The text stays in sight while any of the stretch does.
    const textX = Math.max(x, areas.left) + STRETCH.inset;
    const room = Math.min(right, areas.width) - STRETCH.inset - textX;
    shapes.push({ ...span, x, right, textX, text: shortened(span.label, room, (text) => measure(text, FONT.stretch)) });
  }
  return shapes;

  /** Half of what is between two steps, but of a fold no more than of a column. @param {number} step @param {number} next */
  function reach(step, next) {
    return step < 0 || next >= count ? column / 2 : Math.min(column, toX(next) - toX(step)) / 2;
  }
}

/**
 * A bracket each, open downwards, with its label in it. Over what is folded away, so that no bracket is torn.
 *
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 */
export function paintStretches(brush, { areas, stretches }, palette) {
  if (areas.stretches === null) return;
  const { top, bottom } = areas.stretches;
  brush.font = FONT.stretch;
  brush.textAlign = 'left';
  for (const { x, right, text, textX } of stretches) {
    const width = Math.max(1, right - x);
    brush.fillStyle = palette.panel;
    brush.fillRect(x, top, width, bottom - top);
    brush.fillStyle = palette.lineStrong;
    brush.fillRect(x, top, width, 1);
    if (width > 2 * STRETCH.inset) {
      for (const side of [x, right - 1]) brush.fillRect(side, top, 1, bottom - top);
    }
    if (text === '') continue;
    brush.fillStyle = palette.muted;
    brush.fillText(text, textX, (top + bottom) / 2 + 1);
  }
}

/**
 * Where each begins on the overview; at most one mark a pixel.
 *
 * @param {Brush} brush
 * @param {Span[]} spans
 * @param {Areas} areas
 * @param {{ toX: (step: number) => number }} scale
 * @param {Palette} palette
 */
export function paintStretchMarks(brush, spans, areas, { toX }, palette) {
  if (areas.overview === null) return;
  const { top, bottom } = areas.overview;
  let last = -Infinity;
  brush.fillStyle = palette.muted;
  for (const { from } of spans) {
    const x = Math.round(toX(from));
    if (x - last < STRETCH.markRoom) continue;
    last = x;
    brush.fillRect(x, top + 1, 1, STRETCH.mark);
    brush.fillRect(x, bottom - 1 - STRETCH.mark, 1, STRETCH.mark);
  }
}
