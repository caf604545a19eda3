/**
 * The axis on top, and what was folded away.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Measure } from './metrics.js'
 * @import { Palette } from './palette.js'
 * @import { Areas, AxisShape, FoldShape, GroupShape, Scene, Tick } from './scene.js'
 */

import { AXIS, FONT } from './metrics.js';

const TOOTH = 7;

/** A fold narrower than this has no text. CSS pixels. */
const LEAST_FOLD_TEXT = 14;

/** Narrower than this there is nothing between its edges: it is one line. CSS pixels. */
const LEAST_FOLD = 4;

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 */
export function paintAxis(brush, { areas, ticks, hits, problems, axis: shape }, palette) {
  const { axis, left, width } = areas;
  brush.strokeStyle = palette.lineStrong;
  brush.lineWidth = 1;
  brush.beginPath();
  brush.moveTo(left, axis + 0.5);
  brush.lineTo(width, axis + 0.5);
  brush.stroke();
  brush.textAlign = 'center';
  paintTimes(brush, shape, areas, palette);
  const room = ticks.length < 2 ? Infinity : (ticks[ticks.length - 1].x - ticks[0].x) / (ticks.length - 1);
  const every = numberEvery(brush, ticks);
  let taken = -Infinity;
  brush.font = FONT.delta;
  // All its figures are as wide as each other: measuring each text costs more than drawing it.
  const deltaFigure = brush.measureText('0').width;
  brush.font = FONT.step;
  const figure = brush.measureText('0').width;
  // One kind after the other: a change of font or colour costs as much as what is drawn with it.
  brush.fillStyle = palette.muted;
  for (const { step, name, x } of ticks) {
    if ((step + 1) % every === 0) fillWhole(brush, name, x, axis - AXIS.steps / 2 + 1, areas, name.length * figure);
  }
  if (room >= LEAST_DELTA) {
    const half = Math.min(3.5, room / 2 - 0.5);
    brush.fillStyle = palette.lineStrong;
    for (const { x, delta } of ticks) if (delta !== null) brush.fillRect(x - half, axis + 18 - delta.height, half * 2, delta.height);
  }
  if (room >= LEAST_DELTA_TEXT) {
    brush.font = FONT.delta;
    for (const { x, delta } of ticks) {
      if (delta === null) continue;
      const textWidth = delta.text.length * deltaFigure;
      // Long ones are wider than their column: of two that would touch, the first is read.
      if (x - textWidth / 2 < taken + 1) continue;
      brush.fillStyle = delta.isLong ? palette.text : palette.muted;
      fillWhole(brush, delta.text, x, axis + 26, areas, textWidth);
      taken = x + textWidth / 2;
    }
  }
  brush.textAlign = 'left';
  brush.fillStyle = palette.text;
  for (const { x, right } of hits) brush.fillRect(x, axis - HIT_HEIGHT, right - x, HIT_HEIGHT + 1);
  // Hits stand on the line, problems hang from it: a lane that is out of sight has no other sign of them.
  brush.fillStyle = palette.error;
  for (const { x, right } of problems) brush.fillRect(x, axis, right - x, PROBLEM_HEIGHT);
}

/** Height of the tick of a hit, and of a problem. CSS pixels. */
const HIT_HEIGHT = 5;
const PROBLEM_HEIGHT = 7;

/** Columns narrower than this have no bar, or a bar without its figures. CSS pixels. */
const LEAST_DELTA = 5;
const LEAST_DELTA_TEXT = 26;

/**
 * @param {Brush} brush
 * @param {AxisShape} shape
 * @param {Areas} areas
 * @param {Palette} palette
 */
function paintTimes(brush, { ticks }, areas, palette) {
  const { axis } = areas;
  brush.font = FONT.step;
  for (const { x, text } of ticks) {
    brush.fillStyle = palette.lineStrong;
    brush.fillRect(Math.round(x), axis - (text === '' ? 4 : 6), 1, text === '' ? 4 : 6);
    if (text === '') continue;
    brush.fillStyle = palette.muted;
    fillWhole(brush, text, x, axis - AXIS.steps / 2 - 1, areas, brush.measureText(text).width);
  }
}

/**
 * A text around *x*, but none of which an edge of the plot would cut a part off.
 *
 * @param {Brush} brush
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Areas} areas
 * @param {number} textWidth
 */
function fillWhole(brush, text, x, y, { left, width }, textWidth) {
  const half = textWidth / 2;
  if (x - half >= left - 1 && x + half <= width + 1) brush.fillText(text, x, y);
}

/**
 * Every how many steps a number is written, so that none touch.
 *
 * @param {Brush} brush
 * @param {Tick[]} ticks
 */
function numberEvery(brush, ticks) {
  if (ticks.length < 2) return 1;
  brush.font = FONT.step;
  const widest = Math.max(brush.measureText(ticks[0].name).width, brush.measureText(ticks[ticks.length - 1].name).width);
  const room = (ticks[ticks.length - 1].x - ticks[0].x) / (ticks.length - 1);
  for (const every of [1, 2, 5, 10, 20, 50]) if (room * every > widest + 6) return every;
  return 100;
}

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 */
export function paintGrid(brush, { areas, ticks, axis }, palette) {
  brush.fillStyle = palette.grid;
  for (const { x, text } of axis.ticks) {
    if (text !== '' && x >= areas.left) brush.fillRect(Math.round(x), areas.axis + 1, 1, areas.height - areas.axis);
  }
  if (ticks.length > 1 && ticks[ticks.length - 1].x - ticks[0].x < ticks.length * LEAST_DELTA) return;
  for (const { x } of ticks) {
    if (x >= areas.left) brush.fillRect(Math.round(x), areas.axis + 1, 1, areas.height - areas.axis);
  }
}

/**
 * A torn edge on both sides of what is hidden, and its length between them.
 *
 * @param {Brush} brush
 * @param {FoldShape[]} folds
 * @param {Palette} palette
 * @param {Areas} areas
 * @param {Measure} measure
 * @param {Pick<GroupShape, 'y' | 'height'>[]} groups  Headings, which the length is not written across.
 */
export function paintFolds(brush, folds, palette, areas, measure, groups) {
  const free = largestFree(groups, areas);
  for (const fold of folds) {
    const top = areas.axis + 1;
    const inset = Math.min(8, fold.width / 4);
    const from = fold.x + inset;
    const to = fold.x + fold.width - inset;
    const isLine = to - from < LEAST_FOLD;
    if (!isLine) {
      brush.fillStyle = palette.bg;
      brush.beginPath();
      torn(brush, from, top, areas.lanesBottom, true);
      torn(brush, to, areas.lanesBottom, top, false);
      brush.closePath();
      brush.fill();
    }
    brush.strokeStyle = fold.kind === 'lost' ? palette.error : fold.kind === 'restart' ? palette.text : palette.faint;
    brush.lineWidth = fold.kind === 'idle' ? 1 : 1.5;
    for (const x of isLine ? [(from + to) / 2] : [from, to]) {
      brush.beginPath();
      torn(brush, x, top, areas.height, true);
      brush.stroke();
    }
    const room = free.to - free.from - 8;
    const text = measure(fold.text, FONT.fold) > room ? fold.text.replace(/ idle, hidden$/, '') : fold.text;
    if (measure(text, FONT.fold) > room || to - from < LEAST_FOLD_TEXT) continue;
    brush.save();
    brush.translate((from + to) / 2, (free.from + free.to) / 2);
    brush.rotate(-Math.PI / 2);
    brush.textAlign = 'center';
    brush.font = FONT.fold;
    brush.fillStyle = fold.kind === 'idle' ? palette.muted : palette.text;
    brush.fillText(text, 0, 0.5);
    brush.restore();
  }
}

/**
 * The largest part of the lanes without a heading in it.
 *
 * @param {Pick<GroupShape, 'y' | 'height'>[]} groups  From top to bottom.
 * @param {Areas} areas
 */
function largestFree(groups, { lanesTop, lanesBottom }) {
  let free = { from: lanesTop, to: lanesTop };
  let from = lanesTop;
  for (const { y, height } of [...groups, { y: lanesBottom, height: 0 }]) {
    const to = Math.min(y, lanesBottom);
    if (to - from > free.to - free.from) free = { from, to };
    from = Math.max(from, y + height);
  }
  return free;
}

/**
 * @param {Brush} brush
 * @param {number} x
 * @param {number} from
 * @param {number} to
 * @param {boolean} begins  Whether a new line begins here.
 */
function torn(brush, x, from, to, begins) {
  const down = to > from ? 1 : -1;
  const teeth = Math.ceil(Math.abs(to - from) / TOOTH);
  for (let i = 0; i <= teeth; i += 1) {
    const y = from + down * Math.min(Math.abs(to - from), i * TOOTH);
    // Teeth hang on the y of the canvas, so that both edges run alike.
    const atX = x + (Math.round(y / TOOTH) % 2 === 0 ? -2 : 2);
    if (i === 0 && begins) brush.moveTo(atX, y);
    else brush.lineTo(atX, y);
  }
}
