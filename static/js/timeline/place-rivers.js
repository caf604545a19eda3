/**
 * The rivers at the bottom: one row for each browser of a process.
 *
 * @import { ScopeEvent } from '../events.js'
 * @import { Placement } from './place-boxes.js'
 * @import { River, RiverState, Rivers } from './rivers.js'
 * @import { Areas, RiverPart, RiverShape } from './scene.js'
 */

import { plural } from '../units.js';
import { fitting, shortened } from './labels.js';
import { FONT, MAX_RIVERS, RIVER } from './metrics.js';
import { clearOf, foldAfter, lastFrom } from './place-boxes.js';

/**
 * Rows that the rivers take, whether there is one yet or not.
 *
 * @param {Rivers} rivers
 */
export function riverRows(rivers) {
  return Math.max(1, Math.min(MAX_RIVERS, rivers.all.length));
}

/**
 * The rivers there is room for, in the order of their first sight: those that the events in view are about,
 * then those that were written last.
 *
 * @param {Rivers} rivers
 * @param {ScopeEvent[]} events  In view.
 * @param {number} to  The last step in view.
 * @returns {River[]}
 */
export function shownRivers(rivers, events, to) {
  if (rivers.all.length <= MAX_RIVERS) return rivers.all;
  /** @type {Set<River>} */
  const inView = new Set();
  for (const event of events) {
    const river = event.kind.startsWith('session.') ? rivers.ofContext(event.context) : undefined;
    if (river !== undefined) inView.add(river);
  }
  const inOrder = (/** @type {Iterable<River>} */ some) => [...some].sort((a, b) => a.place - b.place);
  // There may be thousands, and this is asked for in every frame: all of them are never looked at.
  const chosen = new Set([...inOrder(inView), ...rivers.latest(to, MAX_RIVERS), ...rivers.all.slice(0, MAX_RIVERS)]);
  return inOrder([...chosen].slice(0, MAX_RIVERS));
}

/**
 * The top of a river's row.
 *
 * @param {Areas} areas
 * @param {number} row
 * @param {number} rows
 */
function riverTop(areas, row, rows) {
  return areas.lanesBottom + RIVER.top + row * (rows > 1 ? RIVER.rowOfMany : RIVER.row);
}

/**
 * @param {River[]} shown
 * @param {Pick<Rivers, 'all' | 'areOfSeveral'>} rivers
 * @param {Placement} placement
 * @param {(process: number | null) => { name: string, pid: number }} processOf  By the base of its run; null: the server's.
 * @returns {RiverShape[]}
 */
export function placeRivers(shown, { all, areOfSeveral }, placement, processOf) {
  const total = all.length;
  const { areas } = placement;
  const rows = Math.max(1, shown.length);
  const height = rows > 1 ? RIVER.rowOfMany : RIVER.row;
  if (shown.length === 0) {
    const y = riverTop(areas, 0, 1);
    /** @type {RiverPart} */
    const part = {
      x: areas.left, right: areas.width, kind: 'none', height: RIVER.least,
      text: 'none yet', textX: areas.left + 4, saved: false,
    };
    const bottom = y + height - RIVER.gap;
    return [{ river: null, name: 'Session', sub: areas.narrow ? 'cookie' : 'browser cookie', y, bottom, parts: [part] }];
  }
  return shown.map((river, row) => {
    const y = riverTop(areas, row, rows);
    const bottom = y + height - RIVER.gap;
    const isLast = row === shown.length - 1;
    const hidden = isLast ? total - shown.length : 0;
    return {
      river,
      name: total > 1 ? `Session ${river.browser}` : 'Session',
      sub: areOfSeveral ? ofProcess(processOf(river.process), hidden, placement) : subtitle(areas, river.browser, total, hidden),
      y,
      bottom,
      parts: placeParts(river.states, bottom - y, placement),
    };
  });
}

/** @param {Areas} areas @param {number} browser @param {number} total @param {number} hidden  Rivers there is no room for. */
function subtitle(areas, browser, total, hidden) {
  if (hidden > 0) return areas.narrow ? `+${hidden} more` : `and ${plural(hidden, 'other')}`;
  if (total > 1) return `browser ${browser}`;
  return areas.narrow ? 'cookie' : 'browser cookie';
}

/**
 * Which process a river is of: two processes may each know a first browser.
 *
 * @param {{ name: string, pid: number }} process
 * @param {number} hidden  Rivers there is no room for.
 * @param {Placement} placement
 */
function ofProcess({ name, pid }, hidden, { areas, measure }) {
  const more = hidden === 0 ? '' : `, +${hidden}`;
  const room = areas.left - (areas.narrow ? 8 : 18);
  const font = areas.narrow ? FONT.subNarrow : FONT.sub;
  const texts = [`in ${name} ${pid}${more}`, `${name} ${pid}${more}`, `process ${pid}${more}`, `pid ${pid}${more}`, `${pid}${more}`];
  return fitting(texts, room, (text) => measure(text, font)) || String(pid);
}

/**
 * @param {RiverState[]} states
 * @param {number} rowHeight
 * @param {Placement} placement
 * @returns {RiverPart[]}
 */
function placeParts(states, rowHeight, { areas, toX, from, to, folds, measure }) {
  const first = lastFrom(states, from);
  let last = first;
  while (last + 1 < states.length && states[last + 1].from <= to) last += 1;
  const most = Math.min(RIVER.most, rowHeight - 4);
  const filled = states.slice(first, last + 1).filter((state) => state.kind === 'holds').length;
  const rise = filled > 1 ? Math.min(9, (most - RIVER.least) / (filled - 1)) : 0;
  /** @type {RiverPart[]} */
  const parts = [];
  let level = 0;
  for (let i = first; i <= last; i += 1) {
    const state = states[i];
    const x = i === first ? areas.left : Math.max(areas.left, toX(state.from));
    const right = i < last ? toX(states[i + 1].from) : areas.width;
    const height = RIVER.least + level * rise;
    if (state.kind === 'holds') level += 1;
    if (right <= areas.left) continue;
    const textX = clearOf(folds, x + (state.kind === 'holds' ? 12 : 4));
    const room = Math.min(right, areas.width, foldAfter(folds, textX)) - textX - 6;
    const text = textOf(state, room, i === 0, measure);
    parts.push({ x, right, kind: state.kind, height, text, textX, saved: state.saved });
  }
  return parts;
}

/**
 * @param {RiverState} state
 * @param {number} room
 * @param {boolean} isFirst
 * @param {Placement['measure']} measure
 */
function textOf(state, room, isFirst, measure) {
  if (state.kind === 'holds') {
    /** @param {string} text */
    const widthOf = (text) => measure(text, FONT.codeBold);
    const more = state.size - state.items.length;
    const all = state.items.join(', ') + (more > 0 ? `, ${more} more` : '');
    const [first = 'empty'] = state.items;
    return fitting([all, first, first.replace(/^.* = /, '')], room, widthOf) || shortened(first, room, widthOf);
  }
  const texts =
    state.kind === 'unknown' ? ['not known yet', 'unknown', '?'] : isFirst ? ['none yet', 'none'] : ['no cookie', 'none'];
  return fitting(texts, room, (text) => measure(text, FONT.sub));
}
