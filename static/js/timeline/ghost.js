/**
 * What the timeline shows before anything happened: one request as it will look.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Palette } from './palette.js'
 * @import { Areas } from './scene.js'
 */

import { AXIS, FONT, LANE } from './metrics.js';

/** Columns of the ghost, and one to spare. */
const COLUMNS = 10;

/** Heights of the parts, from the top of the lane. */
const HEIGHT = { title: 26, strip: 20, gap: 8, request: 48, bottom: 10 };

/**
 * @param {Brush} brush
 * @param {Areas} areas
 * @param {Palette} palette
 */
export function paintGhost(brush, areas, palette) {
  const { left, width, narrow } = areas;
  const labelX = narrow ? 6 : 14;
  const column = Math.min(76, (width - left - 12) / (COLUMNS + 0.3));
  /** @param {number} step */
  const toX = (step) => left + 12 + (step - 0.6) * column;
  brush.textBaseline = 'middle';
  brush.textAlign = 'left';
  brush.fillStyle = palette.bg;
  brush.fillRect(0, 0, areas.width, areas.height);

  const axis = AXIS.top + AXIS.steps;
  const top = axis + 22;
  const boxHeight = HEIGHT.title + HEIGHT.strip + HEIGHT.gap + HEIGHT.request + HEIGHT.bottom;
  const laneHeight = boxHeight + 2 * LANE.padding;
  const riverTop = top + laneHeight + 36;

  brush.fillStyle = palette.band;
  brush.fillRect(0, top, width, laneHeight);
  brush.fillStyle = palette.grid;
  for (let step = 1; step <= COLUMNS; step += 1) brush.fillRect(Math.round(toX(step)), axis, 1, areas.height - axis);
  brush.fillStyle = palette.lineStrong;
  brush.fillRect(left, axis, width - left, 1);
  brush.font = FONT.step;
  brush.fillStyle = palette.muted;
  brush.textAlign = 'center';
  for (let step = 1; step <= COLUMNS; step += 1) brush.fillText(String(step), toX(step), axis - 10);
  brush.textAlign = 'left';

  const names = narrow ? FONT.laneNameNarrow : FONT.laneName;
  const subs = narrow ? FONT.subNarrow : FONT.sub;
  label(brush, 'Step', labelX, axis - 10, subs, palette.muted);
  label(brush, narrow ? 'Request' : 'Your request', labelX, top + 18, names, palette.text);
  label(brush, narrow ? 'comes here' : 'will appear here', labelX, top + 35, subs, palette.muted);
  label(brush, 'Session', labelX, riverTop + 8, names, palette.text);
  label(brush, narrow ? 'cookie' : 'browser cookie', labelX, riverTop + 25, subs, palette.muted);

  const y = top + LANE.padding;
  dashedBox(brush, toX(1), y, toX(9) - toX(1), boxHeight, palette.app, palette.appFill, 0.35);
  const stripY = y + HEIGHT.title;
  const stripX = toX(1) + 8;
  dashedBox(brush, stripX, stripY, toX(4) - stripX, HEIGHT.strip, palette.gLine, palette.bg, 0);
  brush.globalAlpha = 0.25;
  brush.fillStyle = palette.g;
  brush.fillRect(toX(4), stripY, toX(9) - 8 - toX(4), HEIGHT.strip);
  brush.globalAlpha = 1;
  const requestY = stripY + HEIGHT.strip + HEIGHT.gap;
  dashedBox(brush, toX(2), requestY, toX(8) - toX(2), HEIGHT.request, palette.request, palette.requestFill, 0.5);

  const saveX = toX(7.5);
  const requestBottom = requestY + HEIGHT.request;
  brush.strokeStyle = palette.session;
  brush.lineWidth = 2;
  brush.beginPath();
  brush.moveTo(saveX, requestBottom + 1);
  brush.lineTo(saveX, riverTop - 2);
  brush.moveTo(saveX - 5, riverTop - 8);
  brush.lineTo(saveX, riverTop - 2);
  brush.lineTo(saveX + 5, riverTop - 8);
  brush.stroke();
  brush.setLineDash([4, 4]);
  brush.beginPath();
  brush.moveTo(left, riverTop + 16);
  brush.lineTo(saveX, riverTop + 16);
  brush.stroke();
  brush.setLineDash([]);
  brush.globalAlpha = 0.35;
  brush.fillStyle = palette.session;
  brush.fillRect(saveX, riverTop, width - saveX, 32);
  brush.globalAlpha = 1;

  const room = toX(8) - toX(2) - 16;
  /** @param {string[]} texts @param {number} width */
  const pick = (texts, width) => {
    brush.font = FONT.ghost;
    return texts.find((text) => brush.measureText(text).width <= width) ?? texts[texts.length - 1];
  };
  const first = pick(['1. An app context is pushed', '1. App context pushed', '1. App context'], toX(9) - toX(1) - 20);
  label(brush, first, toX(1) + 12, y + 14, FONT.ghost, palette.appInk);
  const second = pick(['2. Its g is empty', '2. g is empty', '2. Empty g', '2. g'], toX(4) - stripX - 14);
  label(brush, second, stripX + 10, stripY + 10.5, FONT.ghost, palette.text);
  const fourth = pick(['4. Your view fills g', '4. View fills g', '4. Filled'], toX(9) - toX(4) - 24);
  label(brush, fourth, toX(4) + 12, stripY + 10.5, FONT.ghost, palette.text);
  const third = pick(
    ['3. The request context goes inside', '3. Request context inside', '3. Request context', '3. Request'],
    room,
  );
  label(brush, third, toX(2) + 12, requestY + 14, FONT.ghost, palette.requestInk);
  const fifth = pick(['5. Your view uses the session', '5. View uses the session', '5. Session used'], room);
  brush.textAlign = 'right';
  label(brush, fifth, toX(8) - 10, requestY + 35, FONT.ghost, palette.sessionText);
  brush.textAlign = 'left';
  const sixth = pick(['6. It outlives the request', '6. It stays', '6.'], width - saveX - 18);
  label(brush, sixth, saveX + 14, riverTop + 16.5, FONT.ghost, palette.text);
}

/**
 * @param {Brush} brush
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {string} line
 * @param {string} fill
 * @param {number} alpha  Of the fill.
 */
function dashedBox(brush, x, y, width, height, line, fill, alpha) {
  brush.beginPath();
  brush.roundRect(x, y, width, height, 6);
  brush.globalAlpha = alpha;
  brush.fillStyle = fill;
  brush.fill();
  brush.globalAlpha = 1;
  brush.strokeStyle = line;
  brush.lineWidth = 1.5;
  brush.setLineDash([4, 3]);
  brush.stroke();
  brush.setLineDash([]);
}

/**
 * @param {Brush} brush
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} font
 * @param {string} colour
 */
function label(brush, text, x, y, font, colour) {
  brush.font = font;
  brush.fillStyle = colour;
  brush.fillText(text, x, y);
}
