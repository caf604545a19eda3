/**
 * The events that this page holds, in the server's order.
 *
 * @import { Lane, ScopeEvent, Site } from './events.js'
 * @import { Events, Lost, Message } from './protocol.js'
 */

import { BLOCK_ROWS, EventBlock } from './event-block.js';
import { decodeRow } from './event-row.js';
import { EventRuns } from './event-runs.js';

/**
 * Events that will never come.
 *
 * @typedef {object} Gap
 * @property {number} index  They would stand before the event of this index.
 * @property {number} count
 * @property {number} base  Of the run that lost them.
 * @property {string} where
 * @property {string} why
 */

/**
 * What changed: the events from index *from* up to, but without, index *to* are new.
 *
 * @typedef {{ type: 'hello' | 'process' | 'events' | 'lost', from: number, to: number }} StoreChange
 */

/** Events that are kept at least; beyond it the oldest BLOCK_ROWS are let go at once. */
export const CAPACITY = 1_000_000;

/** Events that are at hand as they came, or decoded: several parts of the page look at each new event in turn. */
const AT_HAND = 4_096;

/**
 * The latest events. An event is known here by its index: 0, 1, 2 … across restarts of the server, without
 * gaps; an index stays with its event, so that those below `firstIndex` are gone.
 *
 * Rows are kept packed and decoded when asked for: nobody keeps what `at` returns.
 */
export class EventStore extends EventRuns {
  /** The first one begins at `firstIndex`; all but the last are full. @type {EventBlock[]} */
  #blocks = [];
  #firstIndex = 0;
  #size = 0;
  #capacity;
  /** What is at hand. @type {(ScopeEvent | Events['rows'][number] | undefined)[]} */
  #hand = new Array(AT_HAND);
  /** The indexes of what is in #hand. */
  #handIndex = new Float64Array(AT_HAND).fill(-1);
  /** Which of it is decoded. */
  #isDecoded = new Uint8Array(AT_HAND);
  /** @type {Set<(change: StoreChange) => void>} */
  #listeners = new Set();
  /** @type {Set<(first: number) => void>} */
  #leavers = new Set();

  /** @type {Map<number, Lane>} In the order of their first appearance. */
  lanes = new Map();
  /** @type {Map<number, Site>} */
  sites = new Map();
  /** @type {Gap[]} Ordered by index. */
  gaps = [];

  /** @param {number} [capacity]  Events that are kept at least; in whole blocks, one more at most. */
  constructor(capacity = CAPACITY) {
    super();
    this.#capacity = capacity;
  }

  /** One above the index of the newest event. */
  get size() {
    return this.#size;
  }

  /** The index of the oldest event that is still here: as many were let go before it. */
  get firstIndex() {
    return this.#firstIndex;
  }

  /**
   * @param {number} index  firstIndex … size - 1.
   * @returns {ScopeEvent}
   * @throws {RangeError} also for an event that was let go.
   */
  at(index) {
    const slot = index % AT_HAND;
    const isHere = this.#handIndex[slot] === index && index >= this.#firstIndex;
    if (isHere && this.#isDecoded[slot] === 1) return /** @type {ScopeEvent} */ (this.#hand[slot]);
    const row = isHere ? /** @type {Events['rows'][number]} */ (this.#hand[slot]) : this.#blockOf(index).row((index - this.#firstIndex) % BLOCK_ROWS);
    const event = decodeRow(row, this.runAt(index)?.base);
    this.#hand[slot] = event;
    this.#handIndex[slot] = index;
    this.#isDecoded[slot] = 1;
    return event;
  }

  /**
   * The kind of an event, without decoding the rest of it.
   *
   * @param {number} index  firstIndex … size - 1.
   * @throws {RangeError}
   */
  kindAt(index) {
    return /** @type {ScopeEvent['kind']} */ (this.#blockOf(index).kind((index - this.#firstIndex) % BLOCK_ROWS));
  }

  /**
   * The lane of an event, without decoding the rest of it.
   *
   * @param {number} index  firstIndex … size - 1.
   * @throws {RangeError}
   */
  laneAt(index) {
    return this.#blockOf(index).lane((index - this.#firstIndex) % BLOCK_ROWS) + (this.runAt(index)?.base ?? 0);
  }

  /** @param {number} index @returns {EventBlock} */
  #blockOf(index) {
    if (!(index >= this.#firstIndex && index < this.#size)) {
      throw new RangeError(`No event ${index}: the store holds ${this.#firstIndex} to ${this.#size - 1}`);
    }
    return this.#blocks[Math.floor((index - this.#firstIndex) / BLOCK_ROWS)];
  }

  /** @param {number} index */
  #numberAt(index) {
    return this.#blockOf(index).number((index - this.#firstIndex) % BLOCK_ROWS);
  }

  /** The number of the current run's first event here; 1 above `lastNumber` while there is none. */
  get firstNumber() {
    const run = this.runs.at(-1);
    if (run === undefined) return 1;
    const first = Math.max(run.from, this.#firstIndex);
    return first < this.size ? this.#numberAt(first) : run.lastNumber + 1;
  }

  /**
   * @param {number} number
   * @param {string | null} [id]  Of the run it belongs to; null for the server's current one.
   * @returns {number} Its index; -1 when it is not here.
   */
  indexOfNumber(number, id = null) {
    const run = id === null ? this.runs.at(-1) : this.processes.get(id) ?? this.runs.findLast((one) => one.id === id);
    if (run === undefined) return -1;
    const span = this.lastSpan(run, (start) => start < this.#firstIndex || this.#numberAt(start) <= number);
    if (span === null) return -1;
    let low = Math.max(span.start, this.#firstIndex);
    let high = span.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numberAt(middle) < number) low = middle + 1;
      else high = middle;
    }
    return low < span.end && this.#numberAt(low) === number ? low : -1;
  }

  /**
   * The events lost right before an index.
   *
   * @param {number} index
   * @returns {number} 0 when none were.
   */
  lostBefore(index) {
    let count = 0;
    for (let i = this.gaps.length - 1; i >= 0 && this.gaps[i].index >= index; i -= 1) {
      if (this.gaps[i].index === index) count += this.gaps[i].count;
    }
    return count;
  }

  /**
   * Take a message in. What is already here is not taken twice.
   *
   * @param {Message} message
   */
  append(message) {
    const from = this.size;
    if (message.type === 'hello') this.#name(message, this.greet(message).base);
    else if (message.type === 'process') this.#name(message, this.introduce(message).base);
    else if (message.type === 'events') this.#add(message);
    else if (message.type === 'lost') this.#lose(message);
    else return;
    for (const listener of [...this.#listeners]) listener({ type: message.type, from, to: this.size });
  }

  /**
   * @param {(change: StoreChange) => void} listener
   * @returns {() => void} Ends the subscription.
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Hear that events are about to be let go, while they are still here.
   *
   * @param {(first: number) => void} listener  With what `firstIndex` will be.
   * @returns {() => void} Ends the subscription.
   */
  onLettingGo(listener) {
    this.#leavers.add(listener);
    return () => this.#leavers.delete(listener);
  }

  /** @param {Events} events */
  #add(events) {
    const run = this.runOf(events.run);
    if (run === undefined) return;
    this.#name(events, run.base);
    const shift = this.shiftOf(events.run);
    for (const row of events.rows) {
      const number = row[0];
      if (number <= run.lastNumber) continue;
      if (number > run.lastNumber + 1) {
        const isStart = run.from === this.size && run.lastNumber === 0;
        if (events.run == null || run.lastNumber > 0) this.#addGap(number - run.lastNumber - 1, run.base, 'journal', isStart
          ? 'They are older than what the server keeps.'
          : 'The server did not send them.');
      }
      run.lastNumber = number;
      this.claim(run);
      this.#push(shift === 0 ? row : shifted(row, shift));
    }
  }

  /** @param {Events['rows'][number]} row */
  #push(row) {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.isFull) {
      block = new EventBlock();
      this.#blocks.push(block);
    }
    block.add(row);
    const slot = this.#size % AT_HAND;
    this.#hand[slot] = row;
    this.#handIndex[slot] = this.#size;
    this.#isDecoded[slot] = 0;
    this.#size += 1;
    if (this.#size - this.#firstIndex < this.#capacity + BLOCK_ROWS) return;
    const first = this.#firstIndex + BLOCK_ROWS;
    for (const listener of [...this.#leavers]) listener(first);
    this.#blocks.shift();
    this.#firstIndex = first;
    this.forgetBefore(first);
  }

  /** @param {Lost} lost */
  #lose(lost) {
    const run = this.runOf(lost.run);
    if (run === undefined) return;
    if (lost.from === null || lost.to === null || lost.to < lost.from || lost.where === 'recorder') {
      this.#addGap(lost.count, run.base, lost.where, lost.why);
      return;
    }
    const count = lost.to - Math.max(lost.from, run.lastNumber + 1) + 1;
    if (count <= 0) return;
    this.#addGap(count, run.base, lost.where, lost.why);
    run.lastNumber = lost.to;
  }

  /** @param {number} count @param {number} base @param {string} where @param {string} why */
  #addGap(count, base, where, why) {
    if (count > 0) this.gaps.push({ index: this.size, count, base, where, why });
  }

  /** @param {{ lanes: Lane[], sites: Site[] }} names @param {number} base */
  #name({ lanes, sites }, base) {
    for (const lane of lanes) this.lanes.set(lane.id + base, { ...lane, id: lane.id + base });
    for (const site of sites) this.sites.set(site.id + base, { ...site, id: site.id + base });
  }
}

/** @param {Events['rows'][number]} row @param {number} ns @returns {Events['rows'][number]} */
function shifted([number, atNs, ...rest], ns) {
  return /** @type {Events['rows'][number]} */ ([number, atNs + ns, ...rest]);
}
