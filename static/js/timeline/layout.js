/**
 * From what happened to shapes on the canvas: only what is in view is placed.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { ScopeEvent } from '../events.js'
 * @import { Bar } from './bar.js'
 * @import { LaneBars } from './bars.js'
 * @import { TimelineModel } from './model.js'
 * @import { Measure } from './metrics.js'
 * @import { Placement } from './place-boxes.js'
 * @import { StepScale } from './scale.js'
 * @import { Areas, AxisShape, Box, GroupShape, LaneShape, Scene, Tick } from './scene.js'
 * @import { TimeScale } from './time-scale.js'
 */

import { laneName, processOf, threadName } from '../naming.js';
import { stretchesOf } from '../stretches.js';
import { countText, plural } from '../units.js';
import { fitting, laneTitles, shortDuration, shortened } from './labels.js';
import {
  AXIS, FONT, GUTTER, LANE, MAX_IDLE_LANES, MAX_LEAKED_LANES, NARROW, OVERVIEW, RIVER, STRETCH,
} from './metrics.js';
import { Emphasis, ticksOf } from './emphasis.js';
import { LaneGroups } from './lane-groups.js';
import { LaneOrder } from './lane-order.js';
import { placeBoxes } from './place-boxes.js';
import { placeFolds } from './place-folds.js';
import { placeMarks } from './place-marks.js';
import { placeRivers, riverRows, shownRivers } from './place-rivers.js';
import { isLeftOut, placeRows } from './rows.js';
import { LEAD } from './scale.js';
import { placeStretches } from './stretches.js';
import { timeTicks } from './time-scale.js';

/**
 * @typedef {object} View
 * @property {number} width  Of the canvas, CSS pixels.
 * @property {number} height
 * @property {number} scrollX  CSS pixels of the recording left of the plot.
 * @property {number} scrollY  CSS pixels of the lanes above what is shown of them.
 */

/** How many steps beyond the edges are placed: a mark reaches into the next column. */
const OVERHANG = 1;

/** With more steps in view than this lanes are flat rows of bars: nobody can read so many marks. */
export const MAX_DETAILED_STEPS = 320;

/** @typedef {StepScale | TimeScale} Scale */

/**
 * The areas of the canvas.
 *
 * @param {{ width: number, height: number }} size
 * @param {boolean} hasOverview
 * @param {number} rivers  How many are drawn.
 * @param {boolean} [hasStretches]
 * @returns {Areas}
 */
export function divide({ width, height }, hasOverview, rivers, hasStretches = false) {
  const narrow = width < NARROW;
  const overview = narrow ? OVERVIEW.narrow : OVERVIEW.wide;
  const overviewBottom = overview.top + overview.height;
  const axisTop = hasOverview ? overviewBottom + overview.bottom : AXIS.top;
  const axis = axisTop + AXIS.steps;
  const stretchesTop = axis + AXIS.deltas;
  const lanesTop = stretchesTop + (hasStretches ? STRETCH.height + STRETCH.bottom : 0);
  const row = rivers > 1 ? RIVER.rowOfMany : RIVER.row;
  return {
    width,
    height,
    narrow,
    left: narrow ? GUTTER.narrow : GUTTER.wide,
    overview: hasOverview ? { top: overview.top, bottom: overviewBottom } : null,
    axis,
    stretches: hasStretches ? { top: stretchesTop, bottom: stretchesTop + STRETCH.height } : null,
    lanesTop,
    lanesBottom: Math.max(lanesTop + LANE.least, height - RIVER.top - rivers * row - RIVER.bottom),
  };
}

/**
 * @param {object} parts
 * @param {Pick<EventStore, 'at' | 'size' | 'lanes'> & Partial<Pick<EventStore, 'processOf' | 'runs'>>} parts.store
 * @param {TimelineModel} parts.model
 * @param {Scale} parts.scale
 * @param {View} parts.view
 * @param {boolean} parts.hasOverview
 * @param {Measure} parts.measure
 * @param {LaneOrder} [parts.order]
 * @param {Emphasis} [parts.emphasis]
 * @returns {Scene}
 */
export function layOut({ store, model, scale, view, hasOverview, measure, order = new LaneOrder(), emphasis = new Emphasis() }) {
  const spans = stretchesOf(store);
  const areas = divide(view, hasOverview, riverRows(model.rivers), spans.length > 0);
  const count = model.size;
  const from = Math.max(scale.first, scale.toStep(view.scrollX, count) - OVERHANG);
  const to = Math.min(count - 1, scale.toStep(view.scrollX + view.width - areas.left, count) + OVERHANG);
  const shift = areas.left - view.scrollX;
  /** @param {number} step */
  const toX = (step) => scale.toX(step) + shift;
  const end = count === 0 ? areas.left : toX(count - 1) + scale.column * 0.75;

  /** @param {number} x */
  const stepAt = (x) => scale.toStep(x - shift, count);
  const isDetailed = to - from <= MAX_DETAILED_STEPS;
  /** @type {ScopeEvent[]} */
  const events = [];
  if (isDetailed) for (let step = from; step <= to; step += 1) events.push(store.at(step));

  const rivers = shownRivers(model.rivers, events, to);
  /** @param {number | null} process */
  const ownerOf = (process) => processOf(store, process);
  const folds = placeFolds(scale, model.breaks, { from, to, shift, count });
  const placement = { areas, toX, end, from, to, events, folds, measure, emphasis };
  /** @param {number} id */
  const nameOf = (id) => laneTitle(groups.areShown && !order.isPinned(id) ? threadName(store, id) : laneName(store, id), areas, measure);
  const top = areas.lanesTop - view.scrollY;
  const axis = placeAxis(scale, view.scrollX, areas, shift);
  const ticks = axis.kind === 'time' || !isDetailed
    ? placeNumbers(scale, from, to, toX)
    : placeTicks(store, model, from, events, toX);
  /** @param {number} x */
  const firstFrom = (x) => scale.firstFrom(x - shift, count);
  const hits = ticksOf(emphasis.hits, from, to, toX, firstFrom);
  const problems = ticksOf(model.problems, from, to, toX, firstFrom);
  const stretches = placeStretches(spans, { areas, from, to, toX, column: scale.column, count, measure });
  const common = { areas, from, to, end, axis, stepAt, folds, stretches, hits, problems, letGo: model.first };
  const all = order.apply(model.bars.lanes.values(), store.lanes);
  const groups = new LaneGroups(all, store, order);
  if (!isDetailed) {
    const placed = placeRows(all, { ...placement, order, groups, count, top, nameOf, firstFrom });
    return {
      ...common, ...placed, boxes: [], marks: [], connectors: [], ticks: axis.kind === 'time' ? [] : ticks,
      rivers: placeRivers(rivers, model.rivers, placement, ownerOf),
    };
  }
  const shown = shownLanes(all, order, emphasis, from, to);
  let placed = placeLanes(shown, groups, top, placement, nameOf, false);
  if (placed.bottom - top > areas.lanesBottom - areas.lanesTop) {
    placed = placeLanes(shown, new LaneGroups(all, store, order), top, placement, nameOf, true);
  }
  const { lanes, boxes } = placed;
  const riverShapes = placeRivers(rivers, model.rivers, placement, ownerOf);
  const parts = { lanes, boxes, rivers: model.rivers, shown: rivers, riverShapes };
  const { marks, connectors } = placeMarks({ ...placement, ...parts, isFound: (step) => model.isFound(step) });
  return {
    ...common,
    ticks: axis.kind === 'time' ? [] : ticks,
    lanes,
    groups: placed.groups,
    idleLanes: placed.idleLanes,
    boxes,
    marks,
    connectors,
    rivers: riverShapes,
    flat: null,
    contentHeight: placed.bottom - top,
  };
}

/**
 * @param {Scale} scale
 * @param {number} scrollX
 * @param {Areas} areas
 * @param {number} shift
 * @returns {AxisShape}
 */
function placeAxis(scale, scrollX, areas, shift) {
  if (scale.kind === 'steps') return { kind: 'steps', ticks: [], from: '' };
  const [from, to] = [scale.toTime(scrollX), scale.toTime(scrollX + areas.width - areas.left)];
  const { ticks, anchor } = timeTicks(Math.max(0, from), to, scale.perNs);
  return {
    kind: 'time',
    ticks: ticks.map(({ at, text }) => ({ x: LEAD + (at - scale.startNs) * scale.perNs + shift, text })),
    from: anchor,
  };
}

/** CSS pixels between the numbers of steps where steps are narrow. */
const NUMBER_ROOM = 64;

/**
 * Numbers of steps that are narrow, every 1, 2, 5, 10 … of them.
 *
 * @param {Scale} scale
 * @param {number} from
 * @param {number} to
 * @param {(step: number) => number} toX
 * @returns {Tick[]}
 */
function placeNumbers(scale, from, to, toX) {
  if (scale.kind === 'time') return [];
  const least = NUMBER_ROOM / scale.column;
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  const every = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= least) ?? 10 * power;
  /** @type {Tick[]} */
  const ticks = [];
  for (let number = Math.ceil((from + 1) / every) * every; number <= to + 1; number += every) {
    ticks.push({ step: number - 1, x: toX(number - 1), name: countText(number), delta: null });
  }
  return ticks;
}

/** @typedef {{ lanes: { lane: LaneBars, bars: Bar[], idle: boolean, quiet: boolean,
 *   folded: boolean }[], hidden: number, leaked: number }} ShownLanes  *leaked*: contexts never popped on hidden lanes. */

/**
 * @param {ShownLanes} shown
 * @param {LaneGroups} groups
 * @param {number} top  Of the first lane.
 * @param {Placement} placement
 * @param {(id: number) => string} nameOf
 * @param {boolean} scarce  Whether room is saved where nothing happens.
 */
function placeLanes(shown, groups, top, placement, nameOf, scarce) {
  /** @type {GroupShape[]} */
  const headings = [];
  /** @type {LaneShape[]} */
  const lanes = [];
  /** @type {Box[]} */
  const boxes = [];
  let y = top;
  let { hidden } = shown;
  for (const { lane, bars, idle, quiet, folded } of shown.lanes) {
    if (idle && scarce) {
      hidden += 1;
      continue;
    }
    const heading = groups.headingAbove(lane.id, y, placement);
    if (heading !== null) {
      headings.push(heading);
      y += heading.height;
    }
    if (groups.hides(lane.id)) continue;
    const laneBoxes = idle ? [] : placeBoxes(bars, y + LANE.padding, placement, folded || (scarce && quiet));
    const bottom = laneBoxes.reduce((most, box) => Math.max(most, box.y + box.height), y);
    const height = idle ? LANE.idle : Math.max(LANE.least, bottom - y + LANE.padding);
    lanes.push({ id: lane.id, name: nameOf(lane.id), y, height, idle, folded, contexts: null });
    boxes.push(...laneBoxes);
    y += height + LANE.gap;
  }
  let idleLanes = null;
  if (hidden > 0) {
    idleLanes = { y, text: `${plural(hidden, 'other thread')}, nothing new in view`, leaked: shown.leaked };
    y += LANE.idle;
  }
  return { lanes, groups: headings, boxes, idleLanes, bottom: y - LANE.gap };
}

/**
 * The lanes to show, and how many are left out.
 *
 * @param {LaneBars[]} all  In the order in which they are shown.
 * @param {LaneOrder} order
 * @param {Emphasis} emphasis
 * @param {number} from
 * @param {number} to
 * @returns {ShownLanes}
 */
function shownLanes(all, order, emphasis, from, to) {
  /** @type {ShownLanes['lanes']} */
  const lanes = [];
  const showIdle = all.length <= MAX_IDLE_LANES;
  let hidden = 0;
  for (const lane of all) {
    if (isLeftOut(lane, emphasis, from, to)) continue;
    const inView = lane.first <= to && lane.last >= from;
    const bars = inView ? lane.barsIn(from, to) : [];
    const quiet = !(inView && lane.isActiveIn(from, to));
    const idle = bars.length === 0 && quiet;
    const folded = order.isFolded(lane.id);
    if (!idle || showIdle || order.isPinned(lane.id)) lanes.push({ lane, bars, idle, quiet, folded });
    else hidden += 1;
  }
  const leaked = lanes.filter(({ quiet, bars }) => quiet && bars.length > 0 && bars.every(isLeaked));
  const left = new Set(leaked.slice(0, Math.max(0, leaked.length - MAX_LEAKED_LANES)));
  const leaks = [...left].reduce((sum, { bars }) => sum + bars.length, 0);
  return { lanes: lanes.filter((lane) => !left.has(lane)), hidden: hidden + left.size, leaked: leaks };
}

/** @param {Bar} bar */
function isLeaked(bar) {
  return bar.fate === 'abandoned';
}

/**
 * @param {string} name
 * @param {Areas} areas
 * @param {Measure} measure
 */
function laneTitle(name, areas, measure) {
  const key = `${areas.left} ${areas.narrow} ${name}`;
  let titles = lanesTitled.get(measure);
  if (titles === undefined) lanesTitled.set(measure, (titles = new Map()));
  let title = titles.get(key);
  if (title === undefined) {
    title = newLaneTitle(name, areas, measure);
    if (titles.size >= MOST_TITLES) titles.clear();
    titles.set(key, title);
  }
  return title;
}

/** Titles of lanes that are remembered. */
const MOST_TITLES = 1_000;

/** The same lanes are in view in every frame. @type {WeakMap<Measure, Map<string, string>>} */
const lanesTitled = new WeakMap();

/**
 * @param {string} name
 * @param {Areas} areas
 * @param {Measure} measure
 */
function newLaneTitle(name, areas, measure) {
  const font = areas.narrow ? FONT.laneNameNarrow : FONT.laneName;
  const room = areas.left - (areas.narrow ? 10 : 20);
  /** @param {string} text */
  const widthOf = (text) => measure(text, font);
  return fitting(laneTitles(name), room, widthOf) || shortened(name, room, widthOf);
}

/**
 * @param {Pick<EventStore, 'at'>} store
 * @param {TimelineModel} model
 * @param {number} from
 * @param {ScopeEvent[]} events
 * @param {(step: number) => number} toX
 * @returns {Tick[]}
 */
function placeTicks(store, model, from, events, toX) {
  const { folds } = model;
  return events.map((event, i) => {
    const step = from + i;
    const before = i > 0 ? events[i - 1] : step > model.first ? store.at(step - 1) : null;
    const isFirst = before === null || folds.all[folds.countBefore(step) - 1]?.before === step;
    return { step, x: toX(step), name: countText(step + 1), delta: isFirst || before === null ? null : delta(event.atNs - before.atNs) };
  });
}

/**
 * The bar is logarithmic: 1 µs is 1 px, a tenth of a second 15 px.
 *
 * @param {number} ns
 */
function delta(ns) {
  const us = Math.max(0, ns) / 1000;
  const height = Math.max(1, Math.min(15, 1 + Math.log10(1 + us) * 2.8));
  return { text: shortDuration(ns), isLong: us >= 999.5, height };
}
