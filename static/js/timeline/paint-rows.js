/**
 * Flat rows: one image for all of them, a pixel high each, stretched to their height.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Palette } from './palette.js'
 * @import { Areas, Flat } from './scene.js'
 */

import { FONT } from './metrics.js';
import { SHADE } from './rows.js';

/** How strong a context pushed by hand is, beside others. */
const BY_HAND = 0.6;

/** How strong is what the filter leaves out. */
export const DIM = 0.25;

/** Height of the tick of a hit. CSS pixels. */
const HIT_HEIGHT = 4;

/**
 * A canvas beside the page, for the image of the rows.
 *
 * @typedef {object} Sheet
 * @property {CanvasImageSource & { width: number, height: number }} canvas
 * @property {Pick<CanvasRenderingContext2D, 'createImageData' | 'putImageData'>} brush
 */

/** Makes the image of the rows, and keeps what it can use again. */
export class RowPainter {
  #make;
  /** @type {Sheet | null} */
  #sheet = null;
  /** @type {Map<string, number>} */
  #colours = new Map();

  /** @param {() => Sheet} [make] */
  constructor(make = newSheet) {
    this.#make = make;
  }

  /**
   * @param {Brush} brush
   * @param {Flat} flat
   * @param {Palette} palette
   * @param {Areas} areas
   */
  paint(brush, flat, palette, areas) {
    this.#paintRows(brush, flat, palette, areas);
    paintTitles(brush, flat, palette);
    paintLeaks(brush, flat, palette, areas);
    paintProblems(brush, flat, palette);
    paintHits(brush, flat, palette);
  }

  /**
   * @param {Brush} brush
   * @param {Flat} flat
   * @param {Palette} palette
   * @param {Areas} areas
   */
  #paintRows(brush, { rows }, palette, areas) {
    if (rows.length === 0) return;
    const width = rows[0].shades.length;
    const sheet = (this.#sheet ??= this.#make());
    if (sheet.canvas.width < width) sheet.canvas.width = width;
    if (sheet.canvas.height < rows.length) sheet.canvas.height = rows.length;
    const image = sheet.brush.createImageData(width, rows.length);
    const pixels = new Uint32Array(image.data.buffer);
    const inks = new Uint32Array(SHADE.dim * 2);
    inks[SHADE.app] = this.#pixelOf(palette.app, 1);
    inks[SHADE.request] = this.#pixelOf(palette.request, 1);
    inks[SHADE.byHand] = this.#pixelOf(palette.app, BY_HAND);
    inks[SHADE.failed] = this.#pixelOf(palette.error, 1);
    inks[SHADE.app + SHADE.dim] = this.#pixelOf(palette.app, DIM);
    inks[SHADE.request + SHADE.dim] = this.#pixelOf(palette.request, DIM);
    inks[SHADE.byHand + SHADE.dim] = this.#pixelOf(palette.app, DIM * BY_HAND);
    rows.forEach(({ shades }, i) => {
      for (let x = 0; x < width; x += 1) pixels[i * width + x] = inks[shades[x]];
    });
    sheet.brush.putImageData(image, 0, 0);
    const smoothing = brush.imageSmoothingEnabled;
    brush.imageSmoothingEnabled = false;
    rows.forEach(({ y, height }, i) => brush.drawImage(sheet.canvas, 0, i, width, 1, areas.left, y, width, height));
    brush.imageSmoothingEnabled = smoothing;
  }

  /**
   * A colour as a pixel has it: red in the lowest byte.
   *
   * @param {string} colour  `#rrggbb`
   * @param {number} alpha
   */
  #pixelOf(colour, alpha) {
    const key = `${colour} ${alpha}`;
    let pixel = this.#colours.get(key);
    if (pixel === undefined) {
      const value = Number.parseInt(colour.slice(1), 16);
      const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
      pixel = ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
      this.#colours.set(key, pixel);
    }
    return pixel;
  }
}

/** @returns {Sheet} */
function newSheet() {
  const canvas = new OffscreenCanvas(1, 1);
  const brush = canvas.getContext('2d');
  if (brush === null) throw new Error('The browser gave no canvas to draw rows on: close some tabs.');
  return { canvas, brush };
}

/** @param {Brush} brush @param {Flat} flat @param {Palette} palette */
function paintTitles(brush, { titles }, palette) {
  brush.font = FONT.flat;
  for (const { x, y, text, bar } of titles) {
    brush.fillStyle = bar.showsFailure ? palette.errorInk : palette.bg;
    brush.fillText(text, x, y + 0.5);
  }
}

/** Half the size of the cross of a problem. CSS pixels. */
const CROSS = 3;

/** @param {Brush} brush @param {Flat} flat @param {Palette} palette */
function paintProblems(brush, { problems }, palette) {
  if (problems.length === 0) return;
  brush.beginPath();
  for (const { x, y } of problems) {
    brush.moveTo(x - CROSS, y - CROSS);
    brush.lineTo(x + CROSS, y + CROSS);
    brush.moveTo(x + CROSS, y - CROSS);
    brush.lineTo(x - CROSS, y + CROSS);
  }
  brush.strokeStyle = palette.error;
  brush.lineWidth = 2;
  brush.lineCap = 'round';
  brush.stroke();
  brush.lineCap = 'butt';
}

/** @param {Brush} brush @param {Flat} flat @param {Palette} palette */
function paintHits(brush, { hits }, palette) {
  brush.fillStyle = palette.text;
  for (const { x, right, y } of hits) brush.fillRect(x, y, right - x, HIT_HEIGHT);
}

/** @param {Brush} brush @param {Flat} flat @param {Palette} palette @param {Areas} areas */
function paintLeaks(brush, { leaks }, palette, areas) {
  brush.font = FONT.title;
  brush.lineWidth = 1.5;
  for (const { x, right, y, height, text } of leaks) {
    const left = Math.max(x, areas.left - 10);
    brush.fillStyle = palette.appFill;
    brush.fillRect(left, y, right - left, height);
    brush.strokeStyle = palette.error;
    brush.setLineDash([5, 3]);
    brush.beginPath();
    brush.rect(left, y, right - left, height);
    brush.stroke();
    brush.setLineDash([]);
    brush.fillStyle = palette.text;
    brush.fillText(text, Math.max(left, areas.left) + 8, y + height / 2 + 0.5);
  }
}
