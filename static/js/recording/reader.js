/**
 * Recordings as files: a first line that says what it is, and an event a line after it.
 *
 * @import { Row } from '../event-row.js'
 * @import { Hello, Message } from '../protocol.js'
 */

import { ProtocolError, decodeRow, fieldNames } from '../event-row.js';
import { readStretches } from '../stretches.js';

/** The version of the format that this page reads. */
export const VERSION = 1;

/** Characters of a line. A longer one is no event: a file with one is foreign. */
export const LONGEST_LINE = 1_000_000;

/** Events of a file that are read; it is refused if it has more. */
export const MOST_EVENTS = 5_000_000;

/** Events that are handed on together. */
const BATCH = 4_096;

/** A file that cannot be shown; its text says where and why. */
export class RecordingError extends Error {
  name = 'RecordingError';

  /** @param {number | null} line  From 1. @param {string} reason */
  constructor(line, reason) {
    super(line === null ? reason : `Line ${line}: ${reason}`);
  }
}

/**
 * The messages that a server would send of a recording.
 *
 * @param {AsyncIterable<string>} pieces  Of its text, cut anywhere.
 * @param {string} name  Of the file.
 * @returns {AsyncGenerator<Message>}
 * @throws {RecordingError} for one that is foreign, of another version or damaged. A last line without an end was being
 *   written when its process died, and is left out.
 */
export async function* readRecording(pieces, name) {
  const reader = new Reader(name);
  let number = 0;
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = /** @type {string} */ (lines.pop());
    for (const line of lines) yield* reader.take(line, (number += 1));
    if (rest.length > LONGEST_LINE) throw new RecordingError(number + 1, 'it is too long for an event. The file is damaged, or no recording.');
  }
  if (number === 0) throw new RecordingError(1, FOREIGN);
  yield* reader.end();
}

const FOREIGN = 'it is not the beginning of a recording. Was the file made by flaskscope record?';

class Reader {
  #name;
  #last = 0;
  #count = 0;
  #mayJump = true;
  /** @type {Row[]} */
  #rows = [];
  /** @type {Map<number, any>} */
  #lanes = new Map();
  /** @type {Map<number, any>} */
  #sites = new Map();
  /** What of them was handed on. */
  #told = { lanes: new Set(), sites: new Set() };

  /** @param {string} name */
  constructor(name) {
    this.#name = name;
  }

  /** @param {string} text @param {number} number @returns {Generator<Message>} */
  * take(text, number) {
    if (number === 1) {
      yield helloOf(text, this.#name);
      return;
    }
    if (text.length > LONGEST_LINE) throw new RecordingError(number, 'it is too long for an event. The file is damaged.');
    const line = objectIn(text);
    if (line === null) throw new RecordingError(number, 'this is no JSON object. The file is damaged there.');
    if (line.type === 'lost') {
      yield* this.#handOn();
      yield this.#lost(line, number);
      return;
    }
    this.#event(line, number);
    if (this.#rows.length >= BATCH) yield* this.#handOn();
  }

  /** @returns {Generator<Message>} */
  * end() {
    if (this.#count === 0) throw new RecordingError(null, 'The file has no events.');
    yield* this.#handOn();
  }

  /** @param {any} line @param {number} number */
  #event(line, number) {
    const names = typeof line.kind === 'string' ? fieldNames(line.kind) : null;
    if (names === null) throw new RecordingError(number, `this is no event that this page knows. It may come from a newer FlaskScope.`);
    if (line.run != null) throw new RecordingError(number, 'this event is of another process than those before. Record one process a file.');
    const { number: own, at_ns: atNs, lane, context, site } = line;
    if (!isNumber(own) || !isNumber(atNs) || !isNumber(lane?.id) || !(context === null || isNumber(context)) || !(site === null || isNumber(site?.id))) {
      throw new RecordingError(number, 'the event is not whole. The file is damaged there.');
    }
    if (own !== this.#last + 1 && !(this.#mayJump && own > this.#last)) {
      throw new RecordingError(number, `event ${own} does not follow ${this.#last}. Lines are missing or in another order.`);
    }
    if ((this.#count += 1) > MOST_EVENTS) throw new RecordingError(number, `there are more than ${MOST_EVENTS.toLocaleString('en')} events. Record less.`);
    this.#lanes.set(lane.id, [lane.id, String(lane.name), lane.process]);
    for (const each of [site, line.unhandled?.site]) {
      if (isNumber(each?.id)) this.#sites.set(each.id, [each.id, String(each.path), each.line, String(each.function)]);
    }
    /** @type {Row} */
    const row = [own, atNs, line.kind, lane.id, context, site === null ? null : site.id, ...names.map((name) => packed(line[name]))];
    try {
      decodeRow(row);
    } catch (error) {
      throw new RecordingError(number, error instanceof ProtocolError ? error.message : 'the event is not whole. The file is damaged there.');
    }
    this.#last = own;
    this.#mayJump = false;
    this.#rows.push(row);
  }

  /** @param {any} line @param {number} number @returns {Message} */
  #lost({ from, to, count, where, why }, number) {
    if (![from, to, count].every(isNumber)) throw new RecordingError(number, 'what was lost is not told whole. The file is damaged there.');
    this.#mayJump = true;
    return { type: 'lost', run: null, from, to, count, where: String(where), why: String(why) };
  }

  /** @returns {Generator<Message>} */
  * #handOn() {
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    yield {
      type: 'events', run: null, from: rows[0][0], to: rows[rows.length - 1][0], rows,
      lanes: untold(this.#lanes, this.#told.lanes).map(([id, name, process]) => ({ id, name, process })),
      sites: untold(this.#sites, this.#told.sites).map(([id, path, line, name]) => ({ id, path, line, function: name })),
    };
  }
}

/** @param {Map<number, any>} names @param {Set<any>} told @returns {any[]} */
function untold(names, told) {
  const fresh = [...names].filter(([id]) => !told.has(id));
  for (const [id] of fresh) told.add(id);
  return fresh.map(([, entry]) => entry);
}

/** @param {string} text @param {string} name @returns {Hello} */
function helloOf(text, name) {
  const found = text.length > LONGEST_LINE ? null : objectIn(text);
  const version = found?.flaskscope_recording;
  if (found === null || version === undefined) throw new RecordingError(1, FOREIGN);
  if (version !== VERSION) throw new RecordingError(1, `it is of version ${String(version).slice(0, 20)}, and this page reads ${VERSION}. Open it with the FlaskScope that made it.`);
  const unixMs = isNumber(found.clock?.unix_ms) ? found.clock.unix_ms : null;
  return {
    type: 'hello', run: typeof found.run === 'string' ? found.run : 'recording',
    app: { name: typeof found.app === 'string' ? found.app : '', root: '', mount: '' },
    process: { pid: 0, name: typeof found.process === 'string' ? found.process : '', host: null, siblings: null },
    versions: {}, clock: { monotonicNs: 0n, unixMs: unixMs ?? 0 }, first: 1, last: 0,
    settings: { maxEvents: 0, stack: found.stack === 'merged' ? 'merged' : 'separate', gReads: false, redact: [], editor: null, record: 'always' },
    lanes: [], sites: [], contexts: [], scenarios: [], routes: [], counts: { dropped: 0, failures: 0 },
    recording: { name, unixMs, ...readStretches(found.stretches) },
  };
}

/** @param {string} text @returns {any} null when it is no JSON object. */
function objectIn(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Values with names, as lines have them, as the arrays that rows have. @param {any} value @returns {any} */
function packed(value) {
  if (Array.isArray(value)) return value.map(packed);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).join(' ');
  const shape = SHAPES.get(keys);
  if (shape === SITE) return value.id;
  if (shape !== undefined) return shape.map((name) => packed(value[name]));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, packed(inner)]));
}

/** What is a number in a row. */
const SITE = ['id', 'path', 'line', 'function'];

/** What has names in a line and only places in a row, or is a number there. */
const SHAPES = new Map([
  ...['text type size flags', 'type message', 'type message site', 'g request'].map((keys) => keys.split(' ')), SITE,
].map((names) => [names.join(' '), names]));

/** @param {unknown} value @returns {value is number} */
function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value);
}
