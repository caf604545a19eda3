/**
 * Lanes with too many contexts for boxes: flat rows, one for each depth, worked out pixel by pixel.
 *
 * The work is bounded by the pixels of the rows in view: each pixel finds its bars by halves, and prefix sums tell
 * whether one of them failed, so that a single problem among a million bars keeps its pixel.
 *
 * @import { Bar } from './bar.js'
 * @import { LaneBars } from './bars.js'
 * @import { Emphasis } from './emphasis.js'
 * @import { LaneGroups } from './lane-groups.js'
 * @import { LaneOrder } from './lane-order.js'
 * @import { Placement } from './place-boxes.js'
 * @import { Areas, Box, Flat, FlatRow, GroupShape, LaneShape } from './scene.js'
 */

import { firstEndingAt, firstFrom } from './bars.js';
import { ticksOf } from './emphasis.js';
import { fitting, titlesOf } from './labels.js';
import { FLAT, FONT, LANE } from './metrics.js';
import { contextsIn } from './summary.js';
import { plural } from '../units.js';

/** What a pixel shows. `dim` is added to what is left out by the filter; a failure never is. */
export const SHADE = { none: 0, app: 1, request: 2, byHand: 3, failed: 4, dim: 8 };

/** Bars of this many CSS pixels and more are looked at one by one, and end in a gap. */
const LEAST_BAR = 2;
const LEAST_GAP = 4;

/** Rows of one lane; what lies deeper is in the last one. */
const MAX_ROWS = 4;

/** Leaked contexts drawn in one lane; the latest. */
const MAX_LEAKS = 3;

/**
 * @param {LaneBars[]} all  In the order in which they are shown.
 * @param {Placement & { order: LaneOrder, groups: LaneGroups, count: number, top: number, nameOf: (id: number) => string,
 *   firstFrom: (x: number) => number }} view
 */
export function placeRows(all, view) {
  const { areas, from, to, top, nameOf, order, groups, emphasis } = view;
  const edges = edgesOf(view);
  /** @type {LaneShape[]} */
  const lanes = [];
  /** @type {(Flat & { lanes: { shape: LaneShape, lane: LaneBars }[] })} */
  const flat = { rows: [], problems: [], hits: [], titles: [], leaks: [], lanes: [], boxAt: () => null, problemAt: () => -1 };
  /** @type {GroupShape[]} */
  const headings = [];
  let y = top;
  let hidden = 0;
  for (const lane of all) {
    if (isLeftOut(lane, emphasis, from, to)) continue;
    if ((lane.first > to || lane.last < from) && !order.isPinned(lane.id)) {
      hidden += 1;
      continue;
    }
    const heading = groups.headingAbove(lane.id, y, view);
    if (heading !== null) {
      headings.push(heading);
      y += heading.height;
    }
    if (groups.hides(lane.id)) continue;
    const depths = order.isFolded(lane.id) ? 1 : Math.max(1, Math.min(MAX_ROWS, lane.rows.length));
    const height = FLAT.top + depths * FLAT.row + FLAT.problems;
    const { contexts } = contextsIn(lane, from, to);
    const shape = { id: lane.id, name: nameOf(lane.id), y, height, idle: false, folded: order.isFolded(lane.id), contexts };
    lanes.push(shape);
    flat.lanes.push({ shape, lane });
    // A lane that is scrolled out of view costs nothing.
    if (y < areas.lanesBottom && y + height > areas.lanesTop) fillLane(flat, lane, depths, y, edges, view);
    y += height + LANE.gap;
  }
  let idleLanes = null;
  if (hidden > 0) {
    idleLanes = { y, text: `${plural(hidden, 'other thread')}, nothing new in view`, leaked: 0 };
    y += LANE.idle;
  }
  flat.boxAt = (x, atY) => boxAt(flat.lanes, edges, x, atY, view);
  flat.problemAt = (x, atY) => problemAt(flat, x, atY);
  return { lanes, groups: headings, idleLanes, flat: /** @type {Flat} */ (flat), contentHeight: y - LANE.gap - top };
}

/**
 * Whether a lane is not shown, because a person left it out and nothing went wrong on it in view.
 *
 * @param {LaneBars} lane
 * @param {Emphasis} emphasis
 * @param {number} from
 * @param {number} to
 */
export function isLeftOut(lane, emphasis, from, to) {
  return emphasis.hidesLane(lane.id) && firstFrom(lane.problems, from) >= firstFrom(lane.problems, to + 1);
}

/**
 * The first step at or right of the left edge of each pixel of the plot, and one more for the end.
 *
 * @param {{ areas: Areas, firstFrom: (x: number) => number }} view
 */
function edgesOf({ areas, firstFrom: first }) {
  const width = Math.max(1, Math.ceil(areas.width - areas.left));
  const edges = new Float64Array(width + 1);
  for (let pixel = 0; pixel <= width; pixel += 1) edges[pixel] = first(areas.left + pixel);
  return edges;
}

/**
 * @param {Flat} flat
 * @param {LaneBars} lane
 * @param {number} depths
 * @param {number} y
 * @param {Float64Array} edges
 * @param {Parameters<typeof placeRows>[1]} view
 */
function fillLane(flat, lane, depths, y, edges, view) {
  const { areas, toX, from, to, emphasis } = view;
  for (const tick of ticksOf(emphasis.hitsOf(lane.id), from, to, toX, view.firstFrom)) flat.hits.push({ ...tick, y: y + 1 });
  for (let depth = 0; depth < depths; depth += 1) {
    /** @type {FlatRow} */
    const row = { y: y + FLAT.top + depth * FLAT.row, height: FLAT.row - 1, shades: new Uint8Array(edges.length - 1) };
    const last = depth === depths - 1 ? lane.rows.length : depth + 1;
    for (let deeper = depth; deeper < last; deeper += 1) {
      // What lies deeper must not cover a failure, and is told by its parent otherwise.
      if (deeper === depth || depths > 1) fillRow(flat, row, lane, deeper, edges, view);
    }
    flat.rows.push(row);
  }
  const problemsY = y + FLAT.top + depths * FLAT.row + FLAT.problems / 2;
  let right = -Infinity;
  const { problems } = lane;
  for (let i = firstFrom(problems, edges[0]); i < problems.length && problems[i] <= to; ) {
    const x = toX(problems[i]);
    if (x >= right) flat.problems.push({ x, y: problemsY, step: problems[i] });
    right = Math.max(right, x + FLAT.problemRoom);
    const pixel = Math.min(edges.length - 1, Math.max(0, Math.ceil(right - areas.left)));
    i = Math.max(i + 1, firstFrom(problems, edges[pixel]));
  }
  const leaks = lane.leaked.filter(({ start }) => start <= to).slice(-MAX_LEAKS);
  for (const bar of leaks) {
    const x = Math.max(areas.left, toX(bar.start));
    const texts = [`app context ${titlesOf(bar).at(-1)} never popped`, 'never popped'];
    const text = fitting(texts, areas.width - x - 16, (one) => view.measure(one, FONT.title));
    flat.leaks.push({
      x: toX(bar.start), right: areas.width + 12, bar, text,
      y: y + FLAT.top + Math.min(depths - 1, bar.depth) * FLAT.row, height: FLAT.row + 3,
    });
  }
}

/**
 * @param {Flat} flat
 * @param {FlatRow} row
 * @param {LaneBars} lane
 * @param {number} depth
 * @param {Float64Array} edges
 * @param {Parameters<typeof placeRows>[1]} view
 */
function fillRow(flat, row, lane, depth, edges, { areas, toX, end, measure, emphasis }) {
  const bars = lane.rows[depth];
  if (bars === undefined || bars.length === 0) return;
  const { shades } = row;
  const width = shades.length;
  /** @param {Bar} bar */
  const rightOf = (bar) => Math.min(width, (Number.isFinite(bar.end) ? toX(bar.end) : end) - areas.left);
  /** @param {Bar} bar */
  const widthOf = (bar) => rightOf(bar) - (toX(bar.start) - areas.left);
  let i = firstEndingAt(bars, edges[0]);
  let pixel = 0;
  while (pixel < width && i < bars.length) {
    const bar = bars[i];
    const x = toX(bar.start) - areas.left;
    const right = rightOf(bar);
    if (x >= width) break;
    const begin = Math.max(pixel, Math.floor(x), 0);
    if (right - x >= LEAST_BAR) {
      const gap = right - x >= LEAST_GAP && right < width ? 1 : 0;
      const stop = Math.max(begin + 1, Math.min(width, Math.round(right) - gap));
      const dim = emphasis.dimsBar(bar);
      shades.fill(shadeOf(bar) + (dim ? SHADE.dim : 0), begin, stop);
      if (!dim) addTitle(flat, row, bar, begin + areas.left, right - Math.max(0, x), measure);
      pixel = Math.max(stop, Math.floor(right));
      i += 1;
      continue;
    }
    // All bars that begin within this pixel share it, but for the last one if it is wide.
    let next = firstStartingAt(bars, edges[begin + 1], i + 1);
    if (next - 1 > i && widthOf(bars[next - 1]) >= LEAST_BAR) next -= 1;
    const failed = lane.failedIn(depth, i, next);
    const dim = !failed && emphasis.dimsAll(lane, depth, i, next) ? SHADE.dim : 0;
    if (failed) shades[begin] = SHADE.failed;
    // What is left out never covers what is not.
    else if (shades[begin] !== SHADE.failed && (dim === 0 || !isBright(shades[begin]))) shades[begin] = shadeOf(bar) + dim;
    pixel = next < bars.length && bars[next].start < edges[begin + 1] ? begin : begin + 1;
    i = next;
  }
}

/**
 * @param {Flat} flat
 * @param {FlatRow} row
 * @param {Bar} bar
 * @param {number} x
 * @param {number} room
 * @param {Placement['measure']} measure
 */
function addTitle(flat, row, bar, x, room, measure) {
  if (room < FLAT.titled) return;
  const text = fitting(titlesOf(bar), room - 10, (one) => measure(one, FONT.flat));
  if (text !== '') flat.titles.push({ x: x + 5, y: row.y + row.height / 2, text, bar });
}

/** @param {number} shade */
function isBright(shade) {
  return shade !== SHADE.none && shade < SHADE.dim;
}

/** @param {Bar} bar */
function shadeOf(bar) {
  if (bar.showsFailure) return SHADE.failed;
  if (bar.isByHand) return SHADE.byHand;
  return bar.isApp ? SHADE.app : SHADE.request;
}

/**
 * @param {readonly Bar[]} bars
 * @param {number} step
 * @param {number} from  Where to begin: it is not far.
 * @returns {number} The place of the first bar from there on that begins at *step* or later.
 */
function firstStartingAt(bars, step, from) {
  let low = from;
  let stride = 1;
  while (low + stride < bars.length && bars[low + stride].start < step) {
    low += stride;
    stride *= 2;
  }
  let high = Math.min(bars.length, low + stride);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle].start < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {{ shape: LaneShape, lane: LaneBars }[]} lanes
 * @param {Float64Array} edges
 * @param {number} x
 * @param {number} y
 * @param {Parameters<typeof placeRows>[1]} view
 * @returns {Box | null}
 */
function boxAt(lanes, edges, x, y, { areas, toX, end }) {
  const found = lanes.find(({ shape }) => y >= shape.y && y < shape.y + shape.height);
  const pixel = Math.floor(x - areas.left);
  if (found === undefined || pixel < 0 || pixel + 1 >= edges.length) return null;
  const depth = Math.min(found.lane.rows.length, MAX_ROWS) - 1;
  const row = Math.min(depth, Math.floor((y - found.shape.y - FLAT.top) / FLAT.row));
  const bars = found.lane.rows[row];
  if (row < 0 || bars === undefined) return null;
  const bar = bars[firstEndingAt(bars, edges[pixel])];
  if (bar === undefined || bar.start >= Math.max(edges[pixel + 1], edges[pixel] + 0.5)) return null;
  return {
    bar, x: toX(bar.start), right: Number.isFinite(bar.end) ? toX(bar.end) : end,
    y: found.shape.y + FLAT.top + row * FLAT.row, height: FLAT.row - 1,
    openLeft: false, openRight: false, dashed: false, leaked: false, title: '', titleX: 0, pill: null, strip: null,
    marksY: 0, dim: false,
  };
}

/** @param {Flat} flat @param {number} x @param {number} y */
function problemAt({ problems }, x, y) {
  let nearest = FLAT.problemRoom + 2;
  let step = -1;
  for (const problem of problems) {
    const distance = Math.hypot(problem.x - x, problem.y - y);
    if (distance < nearest) [nearest, step] = [distance, problem.step];
  }
  return step;
}
