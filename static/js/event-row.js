/**
 * The row of an event, the half of the wire that comes a thousand times as often; protocol.js is the other.
 *
 * @import { About, Failure, ScopeEvent, Sees, Snapshot, Unhandled } from './events.js'
 */

/**
 * A row as it came: number, nanoseconds, kind, lane, context, site, and the fields of its kind.
 *
 * @typedef {[number, number, string, number, number | null, number | null, ...any[]]} Row
 */

/** A message that this page cannot take; its text tells the person what to do. */
export class ProtocolError extends Error {
  name = 'ProtocolError';
}

/**
 * The event in a row.
 *
 * @param {Row} row
 * @param {number} [base]  Is added to the numbers of lanes, sites, contexts and browsers.
 * @returns {ScopeEvent}
 * @throws {ProtocolError} when the kind is unknown.
 */
export function decodeRow(row, base = 0) {
  // By their places: to take an array apart by name costs more than the rest, and this is done for every event.
  const kind = row[2];
  const fields = FIELDS[kind];
  if (fields === undefined) {
    throw new ProtocolError(`The server sent an event of kind ${shortened(kind)}, unknown here. Reload the page.`);
  }
  /** @type {any} */
  const event = {
    number: row[0],
    atNs: row[1],
    kind,
    lane: row[3] + base,
    context: moved(row[4], base),
    site: moved(row[5], base),
  };
  for (let i = 0; i < fields.length; i += 1) {
    const field = fields[i];
    const decode = field[1];
    const value = row[HEAD_LENGTH + i];
    event[field[0]] = decode === undefined ? value : decode(value, base);
  }
  return event;
}

/**
 * @param {any} wire
 * @param {number} [base]
 * @returns {About}
 */
export function decodeAbout(wire, base = 0) {
  /** @type {About} */
  const about = {
    id: wire.id + base,
    type: wire.type,
    how: wire.how,
    app: wire.app,
    thread: wire.thread,
    pushes: wire.pushes,
    sees: decodeSees(wire.sees, base),
  };
  if (wire.reused != null) about.reused = wire.reused + base;
  if (wire.implicit) about.implicit = true;
  if (wire.method != null) about.method = wire.method;
  if (wire.path != null) about.path = wire.path;
  if (wire.fired != null) about.fired = String(wire.fired);
  if (wire.copied != null) about.copied = wire.copied + base;
  if (wire.g_unseen != null) about.gUnseen = wire.g_unseen;
  if (wire.g != null) {
    about.g = new Map(wire.g.map((/** @type {[string, any]} */ [name, value]) => [name, decodeSnapshot(value)]));
  }
  return about;
}

/** Where the fields of a kind begin in its row. */
const HEAD_LENGTH = 6;

/** @type {Record<string, [name: string, decode?: (value: any, base: number) => any][]>} */
const FIELDS = {
  __proto__: /** @type {any} */ (null),
  'context.pushed': [['about', decodeAbout]],
  'context.popped': [
    ['durationNs'],
    ['unhandled', decodeUnhandled],
    ['failure', decodeFailure],
    ['pushes'],
    ['sees', decodeSees],
    ['how', orNull],
  ],
  'context.abandoned': [],
  'g.set': [['name'], ['value', decodeSnapshot]],
  'g.deleted': [['name']],
  'g.missed': [['name'], ['how']],
  'g.read': [['name']],
  'session.opened': [['interface'], ['origin'], ['items', decodeItems], ['browser', moved], ['size'], ['refusal', orNull]],
  'session.read': [['key'], ['found']],
  'session.changed': [['key'], ['value', decodeSnapshot], ['late', flag]],
  'session.deleted': [['key'], ['late', flag]],
  'session.saved': [['written'], ['why'], ['changed'], ['cookieBytes'], ['late'], ['browser', moved], ['nested', decodeItems],
    ['lost', orNull]],
  'request.started': [['method'], ['path']],
  'request.matched': [['endpoint'], ['rule'], ['failure', decodeFailure]],
  'request.finished': [['status'], ['durationNs']],
  exception: [['type'], ['message'], ['handled', (wire) => wire === true]],
  teardown: [['name'], ['level'], ['durationNs'], ['failure', decodeFailure]],
  'access.failed': [['proxy'], ['message'], ['importing'], ['needs'], ['via', orNull], ['runner', orNull]],
  'thread.started': [['thread'], ['child', moved]],
  'recorder.failed': [['hook'], ['traceback'], ['count'], ['off']],
  'recorder.resumed': [['pausedNs']],
};

/** Every kind of event this page understands. */
export const EVENT_KINDS = Object.keys(FIELDS);

/**
 * What lines for programs call the fields of a kind, in the order of a row.
 *
 * @param {string} kind
 * @returns {string[] | null} null for a kind this page does not know.
 */
export function fieldNames(kind) {
  const fields = FIELDS[kind];
  if (fields === undefined) return null;
  // The only name that is not that of the row: a count of Python's tuples is a method.
  return fields.map(([name]) => (name === 'count' ? 'occurrences' : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
}

/** @param {number | null | undefined} id @param {number} base */
function moved(id, base) {
  return id == null ? null : id + base;
}

/** @param {any} wire @returns {Snapshot} */
function decodeSnapshot(wire) {
  const [text, type, size, flags] = wire;
  return { text, type, size, flags };
}

/** @param {any} wire @returns {Failure | null} */
function decodeFailure(wire) {
  return wire == null ? null : { type: wire[0], message: wire[1] };
}

/** @param {any} wire @param {number} base @returns {Unhandled | null} */
function decodeUnhandled(wire, base) {
  return wire == null ? null : { type: wire[0], message: wire[1], site: moved(wire[2] ?? null, base) };
}

/** @param {any} wire @param {number} base @returns {Sees} */
function decodeSees(wire, base) {
  return { g: moved(wire[0], base), request: moved(wire[1], base) };
}

/** Older servers leave the newer fields out. @param {boolean | undefined} value */
function flag(value) {
  return value ?? false;
}

/** @param {any} value */
function orNull(value) {
  return value ?? null;
}

/** @param {any[] | undefined} wire */
function decodeItems(wire) {
  return (wire ?? []).map(([key, value]) => ({ key, value: decodeSnapshot(value) }));
}

/** The beginning of what came, for an error. @param {string} text */
export function shortened(text) {
  const shown = String(text);
  return shown.length > 60 ? `'${shown.slice(0, 60)}…'` : `'${shown}'`;
}
