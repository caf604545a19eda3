/**
 * The axis on top, and what was folded away.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Measure } from './metrics.js'
 * @import { Palette } from './palette.js'
 * @import { Areas, FoldShape, Scene, Tick } from './scene.js'
 */

import { AXIS, FONT } from './metrics.js';

const TOOTH = 7;

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 */
export function paintAxis(brush, { areas, ticks }, palette) {
  const { axis, left, width } = areas;
  brush.strokeStyle = palette.lineStrong;
  brush.lineWidth = 1;
  brush.beginPath();
  brush.moveTo(left, axis + 0.5);
  brush.lineTo(width, axis + 0.5);
  brush.stroke();
  brush.textAlign = 'center';
  const every = numberEvery(brush, ticks);
  for (const tick of ticks) {
    if (tick.step % every === 0) {
      brush.font = FONT.step;
      brush.fillStyle = palette.muted;
      brush.fillText(tick.name, tick.x, axis - AXIS.steps / 2 + 1);
    }
    if (tick.delta === null) continue;
    brush.fillStyle = palette.lineStrong;
    brush.fillRect(tick.x - 3.5, axis + 18 - tick.delta.height, 7, tick.delta.height);
    brush.font = FONT.delta;
    brush.fillStyle = tick.delta.isLong ? palette.text : palette.muted;
    brush.fillText(tick.delta.text, tick.x, axis + 26);
  }
  brush.textAlign = 'left';
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
export function paintGrid(brush, { areas, ticks }, palette) {
  brush.fillStyle = palette.grid;
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
 */
export function paintFolds(brush, folds, palette, areas, measure) {
  for (const fold of folds) {
    const top = areas.axis + 1;
    const from = fold.x + 8;
    const to = fold.x + fold.width - 8;
    brush.fillStyle = palette.bg;
    brush.beginPath();
    torn(brush, from, top, areas.lanesBottom, true);
    torn(brush, to, areas.lanesBottom, top, false);
    brush.closePath();
    brush.fill();
    brush.strokeStyle = fold.kind === 'lost' ? palette.error : fold.kind === 'restart' ? palette.text : palette.faint;
    brush.lineWidth = fold.kind === 'idle' ? 1 : 1.5;
    for (const x of [from, to]) {
      brush.beginPath();
      torn(brush, x, top, areas.height, true);
      brush.stroke();
    }
    const room = areas.lanesBottom - areas.lanesTop - 8;
    if (measure(fold.text, FONT.fold) > room) continue;
    brush.save();
    brush.translate((from + to) / 2, (areas.lanesTop + areas.lanesBottom) / 2);
    brush.rotate(-Math.PI / 2);
    brush.textAlign = 'center';
    brush.font = FONT.fold;
    brush.fillStyle = fold.kind === 'idle' ? palette.muted : palette.text;
    brush.fillText(fold.text, 0, 0.5);
    brush.restore();
  }
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
