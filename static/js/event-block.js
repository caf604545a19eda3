/**
 * A block of rows in little memory: columns of numbers for what every row has, bytes for the rest.
 *
 * @import { Column } from './column.js'
 * @import { Row } from './event-row.js'
 */

import { narrowed, valueIn } from './column.js';

/** Rows of a block. The store lets go of whole blocks. */
export const BLOCK_ROWS = 16_384;

/** The fields every row has; what follows is packed. */
const HEAD_LENGTH = 6;

/** Stands for null in a column of ids, which are never negative. */
const NONE = -1;

/** What a packed value is: the lowest three bits of its first number. */
const PLAIN = 0;
const INTEGER = 1;
const NEGATIVE = 2;
const FLOAT = 3;
const STRING = 4;
const ARRAY = 5;
const OBJECT = 6;

/** With three bits more an integer must still be exact. */
const MOST_INTEGER = 2 ** 49;

const PLAINS = [null, false, true, undefined];

/** Bytes that a block begins with; it grows by doubling. */
const FIRST_BYTES = 4_096;

/** The kinds of all blocks, by their number. @type {string[]} */
const kinds = [];
/** @type {Map<string, number>} */
const kindIds = new Map();

/** The columns of a block that is being filled. */
class Columns {
  numbers = new Float64Array(BLOCK_ROWS);
  times = new Float64Array(BLOCK_ROWS);
  lanes = new Int32Array(BLOCK_ROWS);
  contexts = new Int32Array(BLOCK_ROWS);
  sites = new Int32Array(BLOCK_ROWS);
  places = new Uint32Array(BLOCK_ROWS);
}

/**
 * At most BLOCK_ROWS rows. A text that comes again in the block is kept once, and the columns of a full block are as
 * narrow as their numbers allow.
 */
export class EventBlock {
  size = 0;
  /** null once the block is full. @type {Columns | null} */
  #filling = new Columns();
  #kinds = new Uint8Array(BLOCK_ROWS);
  /** What #filling was, once the block is full. @type {Record<keyof Columns, Column> | null} */
  #full = null;
  #bytes = new Uint8Array(FIRST_BYTES);
  #end = 0;
  /** @type {string[]} */
  #texts = [];
  /** Where each text is; null once the block is full. @type {Map<string, number> | null} */
  #textIds = new Map();

  get isFull() {
    return this.size === BLOCK_ROWS;
  }

  /** @param {Row} row */
  add(row) {
    const i = this.size;
    const columns = /** @type {Columns} */ (this.#filling);
    // Numbers follow each other: what is left of them in a full block is one.
    columns.numbers[i] = row[0] - i;
    columns.times[i] = row[1];
    this.#kinds[i] = kindId(row[2]);
    columns.lanes[i] = row[3];
    columns.contexts[i] = row[4] ?? NONE;
    columns.sites[i] = row[5] ?? NONE;
    columns.places[i] = this.#end;
    for (let k = HEAD_LENGTH; k < row.length; k += 1) this.#pack(row[k]);
    this.size += 1;
    if (this.isFull) this.#close(columns);
  }

  /** @param {Columns} columns */
  #close(columns) {
    this.#full = {
      numbers: narrowed(columns.numbers),
      times: narrowed(columns.times),
      lanes: narrowed(columns.lanes),
      contexts: narrowed(columns.contexts),
      sites: narrowed(columns.sites),
      places: narrowed(columns.places),
    };
    this.#filling = null;
    this.#textIds = null;
    this.#bytes = this.#bytes.slice(0, this.#end);
  }

  /** @param {keyof Columns} name @param {number} i */
  #value(name, i) {
    return this.#full === null ? /** @type {Columns} */ (this.#filling)[name][i] : valueIn(this.#full[name], i);
  }

  /** @param {number} i @returns {Row} */
  row(i) {
    const context = this.#value('contexts', i);
    const site = this.#value('sites', i);
    /** @type {Row} */
    const row = [
      this.number(i), this.time(i), kinds[this.#kinds[i]], this.lane(i),
      context === NONE ? null : context, site === NONE ? null : site,
    ];
    const reader = { bytes: this.#bytes, at: this.#value('places', i), texts: this.#texts };
    const end = i + 1 < this.size ? this.#value('places', i + 1) : this.#end;
    while (reader.at < end) row.push(unpack(reader));
    return row;
  }

  /** @param {number} i */
  number(i) {
    return this.#value('numbers', i) + i;
  }

  /** @param {number} i @returns {number} Nanoseconds. */
  time(i) {
    return this.#value('times', i);
  }

  /** @param {number} i */
  lane(i) {
    return this.#value('lanes', i);
  }

  /** @param {number} i */
  kind(i) {
    return kinds[this.#kinds[i]];
  }

  /** @param {any} value */
  #pack(value) {
    switch (typeof value) {
      case 'number':
        this.#packNumber(value);
        return;
      case 'string':
        this.#write(this.#textId(value) * 8 + STRING);
        return;
      case 'object':
        if (value === null) break;
        if (Array.isArray(value)) {
          this.#write(value.length * 8 + ARRAY);
          for (const item of value) this.#pack(item);
          return;
        }
        {
          const keys = Object.keys(value);
          this.#write(keys.length * 8 + OBJECT);
          for (const key of keys) {
            this.#write(this.#textId(key));
            this.#pack(value[key]);
          }
        }
        return;
      default:
    }
    this.#write(Math.max(0, PLAINS.indexOf(value)) * 8 + PLAIN);
  }

  /** @param {number} value */
  #packNumber(value) {
    if (Number.isInteger(value) && Math.abs(value) < MOST_INTEGER && !Object.is(value, -0)) {
      this.#write(Math.abs(value) * 8 + (value < 0 ? NEGATIVE : INTEGER));
      return;
    }
    this.#write(FLOAT);
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#end, value);
    this.#end += 8;
  }

  /** @param {string} text */
  #textId(text) {
    const ids = /** @type {Map<string, number>} */ (this.#textIds);
    let id = ids.get(text);
    if (id === undefined) {
      id = this.#texts.length;
      this.#texts.push(text);
      ids.set(text, id);
    }
    return id;
  }

  /** Seven bits a byte, the lowest first; the eighth says that more follow. @param {number} value */
  #write(value) {
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#end] = (rest % 128) + 128;
      this.#end += 1;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#end] = rest;
    this.#end += 1;
  }

  /** @param {number} more */
  #reserve(more) {
    if (this.#end + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** @param {string} kind */
function kindId(kind) {
  let id = kindIds.get(kind);
  if (id === undefined) {
    // A column has a byte for it. Kinds are a closed list, so this is a server gone mad.
    if (kinds.length === 256) throw new RangeError('More than 256 kinds of events came. Reload the page.');
    id = kinds.length;
    kinds.push(kind);
    kindIds.set(kind, id);
  }
  return id;
}

/** @typedef {{ bytes: Uint8Array, at: number, texts: string[] }} Reader */

/** @param {Reader} reader @returns {any} */
function unpack(reader) {
  const head = read(reader);
  const value = Math.floor(head / 8);
  switch (head % 8) {
    case INTEGER:
      return value;
    case NEGATIVE:
      return -value;
    case STRING:
      return reader.texts[value];
    case FLOAT:
      reader.at += 8;
      return new DataView(reader.bytes.buffer).getFloat64(reader.at - 8);
    case ARRAY: {
      const items = [];
      for (let i = 0; i < value; i += 1) items.push(unpack(reader));
      return items;
    }
    case OBJECT: {
      /** @type {Record<string, any>} */
      const object = {};
      for (let i = 0; i < value; i += 1) {
        const key = reader.texts[read(reader)];
        object[key] = unpack(reader);
      }
      return object;
    }
    default:
      return PLAINS[value];
  }
}

/** @param {Reader} reader */
function read(reader) {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = reader.bytes[reader.at];
    reader.at += 1;
    if (byte < 128) return value + byte * scale;
    value += (byte - 128) * scale;
    scale *= 128;
  }
}
