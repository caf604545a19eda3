/**
 * The marks of the timeline. Each has a shape of its own, so that none is known by its colour alone.
 *
 * @import { Palette } from './palette.js'
 * @import { Mark } from './scene.js'
 */

import { FONT } from './metrics.js';

/** @typedef {CanvasRenderingContext2D} Brush  Scaled to CSS pixels. */

/** Half the size of a mark. CSS pixels. */
const SIZE = 5.5;

/** How strong a mark is that the filter leaves out. */
const DIM_MARK = 0.25;

/** Half of the frame around a mark that was found. CSS pixels. */
const HIT_FRAME = 10;

/**
 * Marks, those that were found in a frame and those that were left out dimmed.
 *
 * @param {Brush} brush
 * @param {Mark[]} marks
 * @param {Palette} palette
 */
export function paintMarks(brush, marks, palette) {
  for (const mark of marks) {
    brush.globalAlpha = mark.dim && !mark.hit ? DIM_MARK : 1;
    paintMark(brush, mark, palette);
    if (mark.hit) paintHit(brush, mark, palette);
    if (mark.found === true) paintFound(brush, mark, palette);
  }
  brush.globalAlpha = 1;
}

/** An exclamation mark on a disc, beside what it is about. @param {Brush} brush @param {Mark} mark @param {Palette} palette */
function paintFound(brush, { x, y, kind }, palette) {
  const isBare = kind === 'pushed' || kind === 'popped';
  const [left, top] = isBare ? [x, y] : [x + 8, y - 8];
  pad(brush, left, top, 7.5, palette.band);
  pad(brush, left, top, 6, palette.error);
  brush.fillStyle = palette.errorInk;
  brush.fillRect(left - 1, top - 3.5, 2, 4.5);
  brush.fillRect(left - 1, top + 2, 2, 2);
}

/** @param {Brush} brush @param {Mark} mark @param {Palette} palette */
function paintHit(brush, { x, y, kind }, palette) {
  if (kind === 'pushed' || kind === 'popped') {
    // There is no mark to put a frame around: a tip on the edge of the box.
    brush.beginPath();
    brush.moveTo(x - 5, y - 6);
    brush.lineTo(x + 5, y - 6);
    brush.lineTo(x, y + 1);
    brush.closePath();
    fill(brush, palette.text);
    return;
  }
  const half = HIT_FRAME + (kind === 'finished' ? 3 : 0);
  brush.beginPath();
  brush.roundRect(x - half, y - HIT_FRAME, half * 2, HIT_FRAME * 2, 3);
  outline(brush, palette.text, 1.75);
}

/**
 * @param {Brush} brush
 * @param {Mark} mark
 * @param {Palette} palette
 */
export function paintMark(brush, mark, palette) {
  const { x, y, kind } = mark;
  const ground = palette[mark.on];
  switch (kind) {
    case 'pushed':
    case 'popped':
      return;
    case 'again':
      brush.fillStyle = palette.app;
      brush.fillRect(x - 3, y - 4, 2, 9);
      brush.fillRect(x + 1, y - 4, 2, 9);
      return;
    case 'g-set':
    case 'g-read':
    case 'g-missed':
    case 'g-deleted':
      paintOfG(brush, mark, palette, ground);
      return;
    case 'session-opened':
      pad(brush, x, y, 6, ground);
      disc(brush, x, y, 3);
      outline(brush, palette.session, 1.5);
      return;
    case 'session-read':
      pad(brush, x, y, 8, ground);
      triangle(brush, x, y);
      outline(brush, palette.session, 1.75);
      return;
    case 'session-changed':
      pad(brush, x, y, 8, ground);
      triangle(brush, x, y);
      fill(brush, palette.session);
      return;
    case 'session-deleted':
      pad(brush, x, y, 8, ground);
      triangle(brush, x, y);
      outline(brush, palette.session, 1.75);
      strike(brush, x, y, palette.session);
      return;
    case 'session-saved':
      pad(brush, x, y, 8, ground);
      disc(brush, x, y, SIZE);
      fill(brush, palette.session);
      return;
    case 'session-unsaved':
      pad(brush, x, y, 8, ground);
      disc(brush, x, y, SIZE - 0.75);
      brush.setLineDash([2.5, 2]);
      outline(brush, palette.session, 1.5);
      brush.setLineDash([]);
      return;
    case 'started':
      brush.beginPath();
      brush.moveTo(x - 3, y - 5);
      brush.lineTo(x + 4, y);
      brush.lineTo(x - 3, y + 5);
      outline(brush, palette.request, 1.75);
      return;
    case 'matched':
      brush.fillStyle = palette.request;
      brush.fillRect(x - 3, y - 3, 6, 6);
      return;
    case 'unmatched':
      brush.strokeStyle = palette.request;
      brush.lineWidth = 1.5;
      brush.strokeRect(x - 3, y - 3, 6, 6);
      strike(brush, x, y, palette.request);
      return;
    case 'finished':
      brush.font = FONT.status;
      brush.textAlign = 'center';
      brush.fillStyle = mark.on === 'appFill' ? palette.appInk : palette.requestInk;
      brush.fillText(mark.text, x, y + 0.5);
      brush.textAlign = 'left';
      return;
    case 'exception':
      pad(brush, x, y, 9, ground);
      cross(brush, x, y, SIZE + 1);
      outline(brush, palette.error, 3.25);
      return;
    case 'handled':
      pad(brush, x, y, 8, ground);
      cross(brush, x, y, SIZE - 1.5);
      outline(brush, palette.text, 1.5);
      return;
    case 'outside':
      disc(brush, x, y, 10);
      fill(brush, palette.errorFill);
      outline(brush, palette.error, 2.25);
      bang(brush, x, y, palette.error);
      return;
    case 'recorder':
      brush.fillStyle = palette.errorFill;
      brush.fillRect(x - 9, y - 9, 18, 18);
      brush.strokeStyle = palette.error;
      brush.lineWidth = 2;
      brush.strokeRect(x - 9, y - 9, 18, 18);
      bang(brush, x, y, palette.error);
      return;
    case 'abandoned':
      disc(brush, x, y, 7);
      fill(brush, palette.errorFill);
      outline(brush, palette.error, 2);
      strike(brush, x, y, palette.error);
      return;
    case 'teardown':
      brush.strokeStyle = palette[mark.on === 'appFill' ? 'app' : 'request'];
      tick(brush, x, y);
      return;
    case 'teardown-failed':
      brush.strokeStyle = palette.error;
      tick(brush, x, y);
      cross(brush, x, y - 9, 3.5);
      outline(brush, palette.error, 2);
      return;
    case 'thread':
      pad(brush, x, y, 8, ground);
      brush.beginPath();
      brush.moveTo(x - 4, y - 5);
      brush.lineTo(x - 4, y + 2);
      brush.lineTo(x + 5, y + 2);
      brush.moveTo(x + 2, y - 1.5);
      brush.lineTo(x + 5.5, y + 2);
      brush.lineTo(x + 2, y + 5.5);
      outline(brush, palette.text, 1.5);
  }
}

/**
 * @param {Brush} brush
 * @param {Mark} mark
 * @param {Palette} palette
 * @param {string} ground
 */
function paintOfG(brush, { kind, x, y }, palette, ground) {
  pad(brush, x, y, 9.5, ground);
  brush.beginPath();
  const half = SIZE + (kind === 'g-set' ? 0.75 : 0);
  brush.moveTo(x, y - half);
  brush.lineTo(x + half, y);
  brush.lineTo(x, y + half);
  brush.lineTo(x - half, y);
  brush.closePath();
  if (kind === 'g-set') {
    fill(brush, palette.gLine);
    return;
  }
  if (kind === 'g-missed') brush.setLineDash([2.5, 2]);
  outline(brush, palette.gLine, 1.75);
  brush.setLineDash([]);
  if (kind === 'g-deleted') strike(brush, x, y, palette.gLine);
}

/** @param {Brush} brush @param {number} x @param {number} y @param {number} radius @param {string} colour */
function pad(brush, x, y, radius, colour) {
  disc(brush, x, y, radius);
  fill(brush, colour);
}

/** @param {Brush} brush @param {number} x @param {number} y @param {number} radius */
function disc(brush, x, y, radius) {
  brush.beginPath();
  brush.arc(x, y, radius, 0, Math.PI * 2);
}

/** @param {Brush} brush @param {number} x @param {number} y */
function triangle(brush, x, y) {
  brush.beginPath();
  brush.moveTo(x, y - SIZE);
  brush.lineTo(x + SIZE, y + SIZE - 1);
  brush.lineTo(x - SIZE, y + SIZE - 1);
  brush.closePath();
}

/** @param {Brush} brush @param {number} x @param {number} y @param {number} half */
function cross(brush, x, y, half) {
  brush.beginPath();
  brush.moveTo(x - half, y - half);
  brush.lineTo(x + half, y + half);
  brush.moveTo(x + half, y - half);
  brush.lineTo(x - half, y + half);
}

/** @param {Brush} brush @param {number} x @param {number} y @param {string} colour */
function strike(brush, x, y, colour) {
  brush.beginPath();
  brush.moveTo(x - SIZE - 1.5, y + SIZE + 1.5);
  brush.lineTo(x + SIZE + 1.5, y - SIZE - 1.5);
  outline(brush, colour, 1.75);
}

/** @param {Brush} brush @param {number} x @param {number} y */
function tick(brush, x, y) {
  brush.lineWidth = 2.5;
  brush.beginPath();
  brush.moveTo(x, y - 5);
  brush.lineTo(x, y + 4);
  brush.stroke();
}

/** @param {Brush} brush @param {number} x @param {number} y @param {string} colour */
function bang(brush, x, y, colour) {
  brush.fillStyle = colour;
  brush.fillRect(x - 1.25, y - 5.5, 2.5, 7);
  brush.fillRect(x - 1.25, y + 3, 2.5, 2.5);
}

/** @param {Brush} brush @param {string} colour */
function fill(brush, colour) {
  brush.fillStyle = colour;
  brush.fill();
}

/** @param {Brush} brush @param {string} colour @param {number} width */
function outline(brush, colour, width) {
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.stroke();
}
