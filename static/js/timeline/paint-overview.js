/**
 * The whole recording in one strip, and the part of it that is in view.
 *
 * @import { Brush } from './glyphs.js'
 * @import { TimelineModel } from './model.js'
 * @import { Palette } from './palette.js'
 * @import { Areas } from './scene.js'
 */

import { Emphasis, ticksOf } from './emphasis.js';
import { clipped } from './painter.js';
import { DIM } from './paint-rows.js';

/** With more contexts than this the strip shows how many are pushed instead of each. */
export const MAX_SINGLE_BARS = 400;

/** Room at both ends of the strip. */
const INSET = 8;

/** Width of a column where contexts are counted. */
const COLUMN = 3;

/** Steps of a column that are looked at. */
const SAMPLES = 16;

/**
 * Steps on the strip.
 *
 * @param {Areas} areas
 * @param {number} count
 * @param {number} [first]  The oldest step there is.
 * @param {TimelineModel | null} [times]  Given, the strip is true to time.
 */
export function overviewScale(areas, count, first = 0, times = null) {
  const from = areas.left + INSET;
  const width = Math.max(1, areas.width - INSET - from - 4);
  if (times !== null) {
    const start = times.timeOf(first);
    const perPixel = Math.max(1, times.timeOf(count - 1) - start) / width;
    return {
      /** @param {number} step @returns {number} CSS pixels */
      toX: (step) => from + (times.timeOf(step) - start) / perPixel,
      /** @param {number} ns @returns {number} CSS pixels */
      xOf: (ns) => from + (ns - start) / perPixel,
      /** @param {number} x @returns {number} Nanoseconds */
      toTime: (x) => start + (x - from) * perPixel,
      /** @param {number} x @returns {number} */
      toStep: (x) => times.firstStepAt(start + (x - from) * perPixel),
    };
  }
  const steps = Math.max(1, count - 1 - first);
  return {
    /** @param {number} step @returns {number} CSS pixels */
    toX: (step) => from + ((step - first) / steps) * width,
    xOf: null,
    toTime: null,
    /** @param {number} x @returns {number} A step, perhaps a fraction, or outside of the recording. */
    toStep: (x) => first + ((x - from) / width) * steps,
  };
}

/**
 * @param {Brush} brush
 * @param {TimelineModel} model
 * @param {Areas} areas
 * @param {{ left: number, right: number }} view  Where the window is. CSS pixels.
 * @param {Palette} palette
 * @param {boolean} [byTime]  Whether the strip is true to time.
 * @param {Emphasis} [emphasis]
 */
export function paintOverview(brush, model, areas, view, palette, byTime = false, emphasis = new Emphasis()) {
  if (areas.overview === null) return;
  const { top, bottom } = areas.overview;
  const right = areas.width - 4;
  const scale = overviewScale(areas, model.size, model.first, byTime ? model : null);
  brush.beginPath();
  brush.roundRect(areas.left + 0.5, top + 0.5, right - areas.left, bottom - top - 1, 6);
  brush.fillStyle = palette.panel;
  brush.fill();
  brush.strokeStyle = palette.line;
  brush.lineWidth = 1;
  brush.stroke();
  clipped(brush, areas.left, top, right - areas.left, bottom - top, () => {
    if (model.bars.count <= MAX_SINGLE_BARS) paintBars(brush, model, scale.toX, top, bottom, palette, emphasis);
    else paintCounts(brush, model, scale, areas, palette, emphasis);
    paintProblems(brush, model, scale, areas, palette);
    paintHits(brush, model, scale, areas, palette, emphasis);
  });
  const from = Math.max(areas.left + 1, Math.min(right - 13, view.left - 4));
  const to = Math.min(right - 1, Math.max(from + 12, view.right + 4));
  brush.fillStyle = palette.veil;
  brush.fillRect(areas.left + 1, top + 1, from - areas.left - 1, bottom - top - 2);
  brush.fillRect(to, top + 1, right - to, bottom - top - 2);
  brush.beginPath();
  brush.roundRect(from, top + 0.5, to - from, bottom - top - 1, 5);
  brush.strokeStyle = palette.playhead;
  brush.lineWidth = 1.5;
  brush.stroke();
  brush.fillStyle = palette.playhead;
  for (const x of [from, to]) {
    brush.beginPath();
    brush.roundRect(x - 2.5, (top + bottom) / 2 - 6, 5, 12, 2);
    brush.fill();
  }
}

/**
 * @param {Brush} brush
 * @param {TimelineModel} model
 * @param {(step: number) => number} toX
 * @param {number} top
 * @param {number} bottom
 * @param {Palette} palette
 * @param {Emphasis} emphasis
 */
function paintBars(brush, model, toX, top, bottom, palette, emphasis) {
  const rows = Math.floor((bottom - top - 8) / 3);
  let lane = 0;
  for (const bars of model.bars.lanes.values()) {
    for (const bar of bars.barsIn(0, model.size)) {
      const row = (lane * 3 + bar.depth) % rows;
      const x = toX(bar.start);
      const right = toX(Math.min(bar.end, model.size - 1));
      const line = bar.isApp ? palette.app : palette.request;
      brush.fillStyle = bar.fate === 'abandoned' ? palette.error : line;
      brush.globalAlpha = emphasis.dimsBar(bar) ? DIM : 1;
      brush.fillRect(x, top + 5 + row * 3, Math.max(1.5, right - x), 2);
    }
    lane += 1;
  }
  brush.globalAlpha = 1;
}

/**
 * @param {Brush} brush
 * @param {TimelineModel} model
 * @param {ReturnType<typeof overviewScale>} scale
 * @param {Areas} areas
 * @param {Palette} palette
 * @param {Emphasis} emphasis
 */
function paintCounts(brush, model, scale, areas, palette, emphasis) {
  const { top, bottom } = /** @type {{ top: number, bottom: number }} */ (areas.overview);
  /** @type {number[]} */
  const counts = [];
  const first = scale.toX(model.first);
  for (let x = first; x < areas.width - INSET; x += COLUMN) {
    const from = Math.max(model.first, Math.floor(scale.toStep(x)));
    const to = Math.min(model.size - 1, Math.ceil(scale.toStep(x + COLUMN)));
    const stride = Math.max(1, Math.floor((to - from) / SAMPLES));
    let most = 0;
    for (let step = from; step <= to; step += stride) most = Math.max(most, model.busyAt(step));
    counts.push(most);
  }
  const most = Math.max(1, ...counts);
  brush.fillStyle = palette.app;
  counts.forEach((count, i) => {
    const height = (count / most) * (bottom - top - 10);
    const x = first + i * COLUMN;
    if (emphasis.dimsAnything) brush.globalAlpha = emphasis.showsAny(Math.floor(scale.toStep(x)), Math.ceil(scale.toStep(x + COLUMN))) ? 1 : DIM;
    brush.fillRect(x, bottom - 3 - height, COLUMN - 1, height);
  });
  brush.globalAlpha = 1;
}

/**
 * A tick for each pixel with a problem: none gets lost.
 *
 * @param {Brush} brush
 * @param {TimelineModel} model
 * @param {ReturnType<typeof overviewScale>} scale
 * @param {Areas} areas
 * @param {Palette} palette
 */
function paintProblems(brush, model, scale, areas, palette) {
  const { top } = /** @type {{ top: number }} */ (areas.overview);
  brush.fillStyle = palette.error;
  for (let step = model.nextProblem(model.first); step < model.size;) {
    const x = Math.floor(scale.toX(step));
    brush.fillRect(x - 1, top + 1, 3, 6);
    // However many there are, a pixel is drawn once.
    step = model.nextProblem(Math.max(step + 1, Math.ceil(scale.toStep(x + 1))));
  }
}

/**
 * Where something was found: ticks at the bottom, as problems are at the top.
 *
 * @param {Brush} brush
 * @param {TimelineModel} model
 * @param {ReturnType<typeof overviewScale>} scale
 * @param {Areas} areas
 * @param {Palette} palette
 * @param {Emphasis} emphasis
 */
function paintHits(brush, model, scale, areas, palette, { hits }) {
  const { bottom } = /** @type {{ bottom: number }} */ (areas.overview);
  brush.fillStyle = palette.text;
  for (const { x, right } of ticksOf(hits, model.first, model.size - 1, scale.toX, (at) => Math.ceil(scale.toStep(at)))) {
    brush.fillRect(x, bottom - 6, right - x, 5);
  }
}
