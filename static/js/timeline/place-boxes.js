/**
 * The contexts of one lane as boxes within boxes.
 *
 * @import { About, ScopeEvent } from '../events.js'
 * @import { Bar } from './bar.js'
 * @import { Emphasis } from './emphasis.js'
 * @import { Measure } from './metrics.js'
 * @import { Areas, Box, FoldShape, Strip, StripRun, StripText } from './scene.js'
 */

import { fitting, shortened, titlesOf } from './labels.js';
import { BOX, FONT, QUIET } from './metrics.js';

/**
 * What is known of the view when something is placed.
 *
 * @typedef {object} Placement
 * @property {Areas} areas
 * @property {(step: number) => number} toX
 * @property {number} end  Where the recorded part ends.
 * @property {number} from  First step that is placed.
 * @property {number} to  Last step that is placed.
 * @property {ScopeEvent[]} events  Those steps.
 * @property {FoldShape[]} folds  From left to right.
 * @property {Measure} measure
 * @property {Emphasis} emphasis
 */

/** Room between a border and text. */
const TEXT_INSET = 9;

/** Room a diamond takes on each side of its middle. */
const DIAMOND = 10;

const PILL_TEXT = 'never popped';

/**
 * @param {Bar[]} bars  Parents before their children.
 * @param {number} top  Where the outermost boxes begin.
 * @param {Placement} placement
 * @param {boolean} [quiet]  Draw them as one row with rims: nothing happens in them in view.
 * @returns {Box[]}
 */
export function placeBoxes(bars, top, placement, quiet = false) {
  if (quiet) {
    return bars.map((bar, i) => {
      const height = QUIET.row + QUIET.rim * 2 * (bars.length - 1 - i);
      return placeBox(bar, top + QUIET.rim * i, height, placement, i < bars.length - 1 ? 'rim' : 'row');
    });
  }
  /** @type {Map<Bar, number>} */
  const heights = new Map();
  for (let i = bars.length - 1; i >= 0; i -= 1) {
    const bar = bars[i];
    const height = Math.max(heights.get(bar) ?? 0, headHeight(bar)) + BOX.bottom;
    heights.set(bar, height);
    if (bar.parent !== null) {
      heights.set(bar.parent, Math.max(heights.get(bar.parent) ?? 0, headHeight(bar.parent) + height));
    }
  }
  return bars.map((bar) => placeBox(bar, topOf(bar, top), heights.get(bar) ?? 0, placement, 'whole'));
}

/** @param {Bar} bar @param {number} top @returns {number} */
function topOf(bar, top) {
  return bar.parent === null ? top : topOf(bar.parent, top) + headHeight(bar.parent);
}

/** The rows of a box above what is inside it. @param {Bar} bar */
function headHeight(bar) {
  return BOX.title + (bar.ownsG ? BOX.strip + BOX.stripGap : 0) + (bar.hasMarks ? BOX.marks : 0);
}

/**
 * @param {Bar} bar
 * @param {number} y
 * @param {number} height
 * @param {Placement} placement
 * @param {'whole' | 'row' | 'rim'} form  A row has a title and no more, a rim nothing.
 * @returns {Box}
 */
function placeBox(bar, y, height, placement, form) {
  const { areas, toX, end, folds, measure, emphasis } = placement;
  const inSight = y < areas.lanesBottom && y + height > areas.lanesTop;
  const leaked = bar.fate === 'abandoned';
  const x = toX(bar.start);
  const openRight = !Number.isFinite(bar.end) || bar.fate === 'cut';
  const right = Number.isFinite(bar.end) ? toX(bar.end) : leaked ? areas.width + TEXT_INSET : end;
  const viewRight = Math.min(right, areas.width);
  const titleX = clearOf(folds, Math.max(x, areas.left) + TEXT_INSET);
  const nextFold = foldAfter(folds, titleX);
  let room = Math.min(viewRight, nextFold) - titleX - TEXT_INSET / 2;
  let pill = null;
  if (leaked && form !== 'rim' && inSight) {
    const width = measure(PILL_TEXT, FONT.pill) + 16;
    const pillX = Math.min(viewRight, nextFold) - width - 8;
    if (room >= width + 30) {
      pill = { x: pillX, width, text: PILL_TEXT };
      room -= width + 12;
    }
  }
  const { about } = bar;
  const hasStrip = form === 'whole' && bar.ownsG;
  // What is scrolled out of sight has a place, to which lines may lead, and nothing to read.
  const strip = hasStrip && inSight ? placeStrip(bar, x, right, y + BOX.title, placement, openRight) : null;
  return {
    bar,
    x,
    right,
    y,
    height,
    openLeft: !bar.startKnown,
    openRight,
    dashed: leaked || about.how === 'by hand',
    leaked,
    title: form === 'rim' || !inSight ? '' : titleOf(bar, about, leaked && pill === null, room, measure),
    titleX,
    pill,
    strip,
    dim: emphasis.dimsBar(bar),
    marksY: form !== 'whole' ? y + height / 2 : y + BOX.title + (hasStrip ? BOX.strip + BOX.stripGap : 0) + BOX.marks / 2,
  };
}

/**
 * @param {Bar} bar
 * @param {About} about
 * @param {boolean} saysLeaked  That it was never popped is told in words, too.
 * @param {number} room
 * @param {Measure} measure
 */
function titleOf(bar, about, saysLeaked, room, measure) {
  const titles = titlesOf(bar);
  if (saysLeaked) titles.unshift(`${titles[titles.length - 1]} ${PILL_TEXT}`);
  const font = about.type === 'app' ? FONT.title : FONT.code;
  /** @param {string} text */
  const widthOf = (text) => measure(text, font);
  const shortest = about.type === 'app' ? '' : (about.path ?? '');
  return fitting(titles, room, widthOf) || shortened(shortest, room, widthOf);
}

/**
 * @param {Bar} bar
 * @param {number} boxX
 * @param {number} boxRight
 * @param {number} y
 * @param {Placement} placement
 * @param {boolean} openRight
 * @returns {Strip}
 */
function placeStrip(bar, boxX, boxRight, y, placement, openRight) {
  const { areas, toX, from, to, folds, measure } = placement;
  const x = boxX + BOX.inset;
  const right = openRight ? boxRight : boxRight - BOX.inset;
  const marks = gMarksOf(bar, placement);
  const { g } = bar;
  /** @type {StripRun[]} */
  const runs = [];
  /** @type {StripText[]} */
  const texts = [];
  for (let i = lastFrom(g, from); i < g.length && g[i].from <= to; i += 1) {
    const state = g[i];
    const isFirst = state.from <= bar.start;
    const segmentX = isFirst ? x : toX(state.from);
    const segmentRight = i + 1 < g.length ? toX(g[i + 1].from) : right;
    const filled = state.size > 0;
    const last = runs[runs.length - 1];
    if (last !== undefined && last.filled === filled) last.right = segmentRight;
    else runs.push({ x: segmentX, right: segmentRight, filled });
    // Reads and misses lie within the segment: text goes up to the first of them.
    const textX = clearOf(folds, Math.max(segmentX + (isFirst ? 6 : DIAMOND + 2), areas.left + 6));
    const next = marks.find((mark) => mark > Math.max(segmentX, textX - DIAMOND) + 0.5) ?? Infinity;
    const textRight = Math.min(segmentRight - 4, next - DIAMOND, areas.width - 4, foldAfter(folds, textX));
    const room = textRight - textX;
    /** @param {string} text */
    const widthOf = (text) => measure(text, FONT.code);
    if (filled) {
      const value = `${state.name} = ${state.text}`;
      const text =
        fitting(state.size > 1 ? [`${value}, ${state.size - 1} more`, value] : [value], room, widthOf) ||
        shortened(value, room, widthOf);
      if (text !== '') texts.push({ x: textX, text, filled });
    } else {
      const text = fitting(isFirst ? ['g is empty', 'empty'] : ['empty again', 'empty'], room, widthOf);
      if (text !== '') texts.push({ x: textX + (isFirst ? (room - widthOf(text)) / 2 : 0), text, filled });
    }
  }
  return { y, height: BOX.strip, runs, texts };
}

/**
 * Where text that should begin at *x* can begin without being torn.
 *
 * @param {FoldShape[]} folds
 * @param {number} x
 */
export function clearOf(folds, x) {
  const fold = folds.find((one) => one.x <= x && x < one.x + one.width);
  return fold === undefined ? x : fold.x + fold.width;
}

/**
 * Where text from *x* on must end so as not to be torn.
 *
 * @param {FoldShape[]} folds
 * @param {number} x
 */
export function foldAfter(folds, x) {
  const fold = folds.find((one) => one.x + one.width > x);
  return fold === undefined ? Infinity : fold.x + 4;
}

/** @param {Bar} bar @param {Placement} placement @returns {number[]} */
function gMarksOf(bar, { events, from, toX }) {
  /** @type {number[]} */
  const marks = [];
  events.forEach((event, i) => {
    if (event.context === bar.context && event.kind.startsWith('g.')) marks.push(toX(from + i));
  });
  return marks;
}

/**
 * The place of the last state that began at *step* or before; 0 when none did.
 *
 * @param {readonly { from: number }[]} states  Ordered by step.
 * @param {number} step
 */
export function lastFrom(states, step) {
  let low = 0;
  let high = states.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (states[middle].from <= step) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
