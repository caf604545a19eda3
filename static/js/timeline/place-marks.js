/**
 * A mark for each step in view, and the lines between requests and rivers.
 *
 * @import { ScopeEvent } from '../events.js'
 * @import { Placement } from './place-boxes.js'
 * @import { River, Rivers } from './rivers.js'
 * @import { Box, Connector, LaneShape, Mark, MarkKind, RiverShape } from './scene.js'
 */

import { BOX, RIVER } from './metrics.js';

/**
 * @param {Placement & { lanes: LaneShape[], boxes: Box[], rivers: Rivers, shown: River[],
 *   riverShapes: RiverShape[], isFound?: (step: number) => boolean }} placement
 */
export function placeMarks({ toX, from, events, lanes, boxes, rivers, shown, riverShapes, emphasis, isFound = () => false }) {
  /** @type {Map<number, Box[]>} */
  const byContext = new Map();
  for (const box of boxes) {
    const same = byContext.get(box.bar.context);
    if (same === undefined) byContext.set(box.bar.context, [box]);
    else same.push(box);
  }
  const laneOf = new Map(lanes.map((lane) => [lane.id, lane]));

  /** @type {Mark[]} */
  const marks = [];
  /** @type {Connector[]} */
  const connectors = [];
  events.forEach((event, i) => {
    const step = from + i;
    const x = toX(step);
    const lane = laneOf.get(event.lane);
    if (lane === undefined) return;
    const known = event.context === null ? undefined : byContext.get(event.context);
    const box = known?.find((one) => one.bar.lane === event.lane && covers(one, step)) ?? known?.[0] ??
      topmostAt(boxes, event.lane, step);
    const kind = kindOf(event, box, step);
    const found = isFound(step);
    if (lane.folded && !found && !LOUD.has(kind)) return;
    const dim = !found && !WRONG.has(kind) && emphasis.dimsStep(step);
    marks.push({
      step,
      kind,
      x,
      y: box === undefined ? lane.y + lane.height / 2 : rowOf(kind, box),
      on: box === undefined ? 'band' : box.bar.about.type === 'app' ? 'appFill' : 'requestFill',
      text: event.kind === 'request.finished' ? String(event.status) : '',
      hit: emphasis.isHit(step),
      dim,
      found,
    });
    if (dim) return;
    if (kind === 'session-read' || kind === 'session-saved') {
      const river = rivers.ofContext(event.context);
      const row = river === undefined ? (shown.length === 0 ? 0 : -1) : shown.indexOf(river);
      if (row >= 0) {
        connectors.push({
          kind: kind === 'session-read' ? 'read' : 'save',
          x,
          from: bottomOf(boxes, event.lane, step, lane.y + lane.height / 2),
          to: surfaceAt(riverShapes[row], x),
        });
      }
    } else if (event.kind === 'thread.started' && event.child !== null) {
      const child = laneOf.get(event.child);
      const y = marks[marks.length - 1].y;
      if (child !== undefined) {
        connectors.push({ kind: 'thread', x, from: y, to: child.y < y ? child.y + child.height - 6 : child.y + 6 });
      }
    }
  });
  return { marks: thinned(marks), connectors };
}

/** CSS pixels that a mark needs beside another one. */
const MARK_ROOM = 9;

/** What went wrong: it is neither left out for want of room nor dimmed. @type {Set<MarkKind>} */
const WRONG = new Set(['exception', 'outside', 'recorder', 'abandoned', 'teardown-failed', 'unmatched']);

/** Marks that need no room, or are drawn without it. @type {Set<MarkKind>} */
const LOUD = new Set([...WRONG, 'pushed', 'popped']);

/** @param {Mark[]} marks  Ordered by step, and so from left to right. */
function thinned(marks) {
  /** @type {Map<number, number>} */
  const right = new Map();
  return marks.filter(({ kind, x, y, hit, found }) => {
    // The status of a response is text, and twice as wide.
    const half = kind === 'finished' ? MARK_ROOM : 0;
    if (!LOUD.has(kind) && !hit && !found && x - half < (right.get(y) ?? -Infinity)) return false;
    if (kind !== 'pushed' && kind !== 'popped') right.set(y, x + half + MARK_ROOM);
    return true;
  });
}

/**
 * @param {ScopeEvent} event
 * @param {Box | undefined} box
 * @param {number} step
 * @returns {MarkKind}
 */
function kindOf(event, box, step) {
  switch (event.kind) {
    case 'context.pushed':
      return box !== undefined && box.bar.start < step ? 'again' : 'pushed';
    case 'context.popped':
      return event.pushes > 0 ? 'again' : 'popped';
    case 'context.abandoned':
      return 'abandoned';
    case 'g.set':
      return 'g-set';
    case 'g.read':
      return 'g-read';
    case 'g.missed':
      return 'g-missed';
    case 'g.deleted':
      return 'g-deleted';
    case 'session.opened':
      return 'session-opened';
    case 'session.read':
      return 'session-read';
    case 'session.changed':
      return 'session-changed';
    case 'session.deleted':
      return 'session-deleted';
    case 'session.saved':
      return event.written ? 'session-saved' : 'session-unsaved';
    case 'request.started':
      return 'started';
    case 'request.matched':
      return event.failure === null ? 'matched' : 'unmatched';
    case 'request.finished':
      return 'finished';
    case 'exception':
      return event.handled ? 'handled' : 'exception';
    case 'teardown':
      return event.failure === null ? 'teardown' : 'teardown-failed';
    case 'access.failed':
      return 'outside';
    case 'thread.started':
      return 'thread';
    case 'recorder.failed':
      return 'recorder';
    case 'recorder.resumed':
      return 'again';
  }
}

/**
 * The y of a mark in its box.
 *
 * @param {MarkKind} kind
 * @param {Box} box
 */
function rowOf(kind, box) {
  switch (kind) {
    case 'pushed':
    case 'popped':
    case 'again':
      return box.y;
    case 'teardown':
    case 'teardown-failed':
    case 'abandoned':
      return box.y + box.height;
    case 'g-set':
    case 'g-read':
    case 'g-missed':
    case 'g-deleted':
      return box.strip === null ? box.y + BOX.title / 2 : box.strip.y + box.strip.height / 2;
    default:
      return box.bar.hasMarks ? box.marksY : box.y + BOX.title / 2;
  }
}

/**
 * The y at which a line meets a river; with a step at x it is the height after it.
 *
 * @param {RiverShape} river
 * @param {number} x
 */
function surfaceAt(river, x) {
  const part = river.parts.findLast((one) => one.x <= x + 0.5) ?? river.parts[0];
  if (part === undefined || part.kind !== 'holds') return river.bottom - RIVER.least / 2;
  return river.bottom - part.height;
}

/** @param {Box} box @param {number} step */
function covers(box, step) {
  return box.bar.start <= step && step <= box.bar.end;
}

/**
 * The innermost box on a lane at a step.
 *
 * @param {Box[]} boxes
 * @param {number} lane
 * @param {number} step
 */
function topmostAt(boxes, lane, step) {
  let found;
  for (const box of boxes) {
    if (box.bar.lane === lane && box.bar.fate !== 'abandoned' && covers(box, step)) found = box;
  }
  return found;
}

/**
 * Where a line down to a river leaves the boxes of a lane.
 *
 * @param {Box[]} boxes
 * @param {number} lane
 * @param {number} step
 * @param {number} otherwise
 */
function bottomOf(boxes, lane, step, otherwise) {
  let bottom = -1;
  for (const box of boxes) {
    if (box.bar.lane === lane && covers(box, step)) bottom = Math.max(bottom, box.y + box.height);
  }
  return bottom < 0 ? otherwise : bottom;
}
