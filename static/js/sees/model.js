/**
 * What code in each thread would get, from what the server saw the proxies reach.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { ContextState, LaneState } from '../history.js'
 */

import { contextAt } from '../history.js';
import { assignment, requestName, valueText } from '../naming.js';

/** Names of `g` that have a row of their own. */
const G_ROWS = 6;

/** Entries of a session that a cell has room for. */
const SESSION_ENTRIES = 3;

/**
 * @typedef {object} Cell
 * @property {string} text
 * @property {'value' | 'error' | 'empty' | 'unknown'} kind  `error`: the name of the exception it would raise.
 * @property {string | null} note
 */
/** @typedef {{ name: string, cells: Cell[] }} SeenRow */

/**
 * @param {Pick<EventStore, 'size' | 'at' | 'runs' | 'gaps' | 'lanes' | 'runAt'>} store
 * @param {LaneState[]} lanes
 * @param {number} step
 * @returns {SeenRow[]}
 */
export function whatCodeSees(store, lanes, step) {
  const reached = lanes.map((lane) => ({
    lane,
    g: lane.sees.g === null ? null : contextAt(store, lane.sees.g, step),
    request: lane.sees.request === null ? null : contextAt(store, lane.sees.request, step),
  }));
  const names = [...new Set(reached.flatMap(({ g }) => (g === null ? [] : [...g.g.keys()])))].slice(0, G_ROWS);
  /** @type {SeenRow[]} */
  const rows = names.length === 0
    ? [{ name: 'g', cells: reached.map(({ lane, g }) => cell(lane, lane.sees.g, () => (g === null ? dots() : { text: '{ }', kind: 'empty', note: null }))) }]
    : names.map((name) => ({
      name: `g.${name}`,
      cells: reached.map(({ lane, g }) => cell(lane, lane.sees.g, () => (g === null ? dots() : nameIn(g, name)))),
    }));
  rows.push({
    name: 'request',
    cells: reached.map(({ lane, request }) => cell(lane, lane.sees.request, () => (request === null ? dots() : { text: requestName(request.about) ?? 'a request', kind: 'value', note: null }))),
  });
  rows.push({
    name: 'session',
    cells: reached.map(({ lane, request }) => cell(lane, lane.sees.request, () => (request === null ? dots() : sessionIn(request)))),
  });
  rows.push({
    name: 'current_app',
    cells: reached.map(({ lane, g }) => cell(lane, lane.sees.g, () => (g === null ? dots() : { text: g.about.app, kind: 'value', note: null }))),
  });
  return rows;
}

/** The state of a thread that has never had a context. @returns {SeenRow[]} */
export function whatNobodySees() {
  return ['g', 'request', 'session', 'current_app'].map((name) => ({ name, cells: [raises('RuntimeError')] }));
}

/** @param {LaneState} lane @param {number | null} reached @param {() => Cell} value @returns {Cell} */
function cell(lane, reached, value) {
  if (!lane.known) return { text: 'not known', kind: 'unknown', note: null };
  return reached === null ? raises('RuntimeError') : value();
}

/** A context is there, but its push was lost. @returns {Cell} */
function dots() {
  return { text: '…', kind: 'unknown', note: null };
}

/** @param {string} name @returns {Cell} */
function raises(name) {
  return { text: name, kind: 'error', note: null };
}

/** @param {ContextState} context @param {string} name @returns {Cell} */
function nameIn(context, name) {
  const value = context.g.get(name);
  return value === undefined ? raises('AttributeError') : { text: valueText(value), kind: 'value', note: null };
}

/** @param {ContextState} context @returns {Cell} */
function sessionIn(context) {
  const { session } = context;
  if (session === null) return { text: 'not opened yet', kind: 'empty', note: null };
  if (session.opened?.origin === 'null') return { text: 'no secret key', kind: 'empty', note: null };
  const entries = [...session.items].map(([key, value]) => assignment(key, value));
  const rest = entries.length - SESSION_ENTRIES;
  const text = entries.length === 0 ? '{ }' : entries.slice(0, SESSION_ENTRIES).join('\n') + (rest > 0 ? `\nand ${rest} more` : '');
  return { text, kind: entries.length === 0 ? 'empty' : 'value', note: session.pending ? 'not saved yet' : null };
}
