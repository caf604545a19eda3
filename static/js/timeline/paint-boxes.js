/**
 * Contexts and their `g` strips.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Palette } from './palette.js'
 * @import { Areas, Box, Strip } from './scene.js'
 */

import { BOX, FONT } from './metrics.js';

/** How far a box without an end on one side reaches beyond the canvas. */
const BEYOND = 24;
const RADIUS = 6;
const HATCH_STEP = 9;

/** How strong a box is that the filter leaves out. */
const DIM_BOX = 0.3;

/**
 * @param {Brush} brush
 * @param {Box[]} boxes  Parents before their children.
 * @param {Palette} palette
 * @param {Areas} areas
 */
export function paintBoxes(brush, boxes, palette, areas) {
  for (const box of boxes) {
    if (box.y >= areas.lanesBottom || box.y + box.height <= areas.lanesTop) continue;
    brush.globalAlpha = box.dim ? DIM_BOX : 1;
    paintBox(brush, box, palette, areas);
  }
  brush.globalAlpha = 1;
}

/**
 * @param {Brush} brush
 * @param {Box} box
 * @param {Palette} palette
 * @param {Areas} areas
 */
function paintBox(brush, box, palette, areas) {
  const { bar, y, height } = box;
  const { isApp } = bar;
  const isWrong = box.leaked || bar.showsFailure;
  const ink = isApp ? palette.appInk : palette.requestInk;
  const line = isWrong ? palette.error : isApp || bar.about.type === 'both' ? palette.app : palette.request;

  // Coordinates far outside make dashes slow: a box is cut a little beyond the canvas.
  const left = Math.max(box.x, areas.left - BEYOND);
  const right = Math.min(box.right, areas.width + BEYOND);
  const width = Math.max(2, right - left);
  outlinePath(brush, left, y, width, height, box.openLeft, box.openRight && !box.leaked);
  brush.fillStyle = isApp ? palette.appFill : palette.requestFill;
  brush.fill();
  if (box.leaked) paintHatch(brush, left, y, width, height, palette);
  outlinePath(brush, left, y, width, height, box.openLeft, box.openRight && !box.leaked);
  brush.strokeStyle = line;
  brush.lineWidth = 1.5;
  brush.setLineDash(box.dashed ? [5, 3] : []);
  brush.stroke();
  brush.setLineDash([]);
  if (bar.about.type === 'both') {
    brush.beginPath();
    brush.roundRect(left + 3, y + 3, Math.max(1, width - 6), height - 6, RADIUS - 2);
    brush.strokeStyle = palette.request;
    brush.lineWidth = 1.25;
    brush.stroke();
  }
  if (box.strip !== null) paintStrip(brush, box.strip, palette, areas);
  if (box.title !== '') {
    brush.font = isApp ? FONT.title : FONT.code;
    if (box.leaked) {
      // On the hatching a title needs a ground of its own.
      brush.fillStyle = isApp ? palette.appFill : palette.requestFill;
      brush.fillRect(box.titleX - 4, y + 3, brush.measureText(box.title).width + 8, BOX.title - 6);
    }
    brush.fillStyle = ink;
    brush.fillText(box.title, box.titleX, y + BOX.title / 2 + 0.5);
  }
  if (box.pill !== null) {
    brush.fillStyle = palette.error;
    brush.beginPath();
    brush.roundRect(box.pill.x, y + 3, box.pill.width, BOX.title - 5, 8);
    brush.fill();
    brush.fillStyle = palette.errorInk;
    brush.font = FONT.pill;
    brush.fillText(box.pill.text, box.pill.x + 8, y + BOX.title / 2 + 1);
  }
}

/**
 * A box that may lack its left or right side.
 *
 * @param {Brush} brush
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {boolean} openLeft
 * @param {boolean} openRight
 */
function outlinePath(brush, x, y, width, height, openLeft, openRight) {
  brush.beginPath();
  if (!openLeft && !openRight) {
    brush.roundRect(x, y, width, height, RADIUS);
    return;
  }
  const right = x + width;
  const bottom = y + height;
  if (openRight) {
    brush.moveTo(right, y);
    if (openLeft) {
      brush.lineTo(x, y);
      brush.moveTo(x, bottom);
    } else {
      brush.arcTo(x, y, x, bottom, RADIUS);
      brush.arcTo(x, bottom, right, bottom, RADIUS);
    }
    brush.lineTo(right, bottom);
    return;
  }
  brush.moveTo(x, y);
  brush.arcTo(right, y, right, bottom, RADIUS);
  brush.arcTo(right, bottom, x, bottom, RADIUS);
  brush.lineTo(x, bottom);
}

/**
 * @param {Brush} brush
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {Palette} palette
 */
function paintHatch(brush, x, y, width, height, palette) {
  brush.save();
  brush.clip();
  brush.globalAlpha = 0.55;
  brush.strokeStyle = palette.error;
  brush.lineWidth = 1.25;
  brush.beginPath();
  const first = x - height - ((x - height) % HATCH_STEP);
  for (let at = first; at < x + width; at += HATCH_STEP) {
    brush.moveTo(at, y + height);
    brush.lineTo(at + height, y);
  }
  brush.stroke();
  brush.restore();
}

/**
 * @param {Brush} brush
 * @param {Strip} strip
 * @param {Palette} palette
 * @param {Areas} areas
 */
function paintStrip(brush, strip, palette, areas) {
  const { y, height } = strip;
  brush.lineWidth = 1.25;
  strip.runs.forEach((run, i) => {
    const x = Math.max(run.x, areas.left - BEYOND);
    const width = Math.min(run.right, areas.width + BEYOND) - x;
    if (width <= 1) return;
    const leftRadius = i === 0 ? 4 : 0;
    const rightRadius = i === strip.runs.length - 1 ? 4 : 0;
    brush.beginPath();
    brush.roundRect(x, y, width, height, [leftRadius, rightRadius, rightRadius, leftRadius]);
    if (run.filled) {
      brush.fillStyle = palette.g;
      brush.fill();
    }
    brush.strokeStyle = palette.gLine;
    brush.setLineDash(run.filled ? [] : [3, 2.5]);
    brush.stroke();
    brush.setLineDash([]);
  });
  brush.font = FONT.code;
  for (const text of strip.texts) {
    brush.fillStyle = text.filled ? palette.gInk : palette.text;
    brush.fillText(text.text, text.x, y + height / 2 + 0.5);
  }
}
