/**
 * The events that this page holds, in the server's order.
 *
 * @import { Lane, ScopeEvent, Site, About } from './events.js'
 * @import { Events, Hello, Lost, Message, Process } from './protocol.js'
 */

import { BLOCK_ROWS, EventBlock } from './event-block.js';
import { RUN_STRIDE, baseOf } from './events.js';
import { decodeAbout, decodeRow } from './protocol.js';

/**
 * What one process recorded, from its start to its end, or to now.
 *
 * @typedef {object} AnyRun
 * @property {string} id
 * @property {number} from  Index of its first event (the size of the store as long as it has none).
 * @property {number} base  What was added to its numbers of lanes, sites, contexts and browsers.
 * @property {number} lastNumber  The last number that came or is known to be lost.
 * @property {{ index: number, about: About }[]} open  Contexts that were pushed before what is kept, and the
 *   index before which they were.
 * @property {number} lastIndex  Of its newest event; -1 while there is none.
 * @property {number[]} spans  Indexes at which its events begin to follow each other, after those of another run.
 */
/** The server's own. @typedef {AnyRun & { hello: Hello }} Run  `hello`: the latest greeting. */
/** That of another process. @typedef {AnyRun & { told: Process }} ProcessRun  `told`: the latest that was said of it. */

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

/** Decoded events that are at hand: several parts of the page look at each new event in turn. */
const AT_HAND = 2_048;

/**
 * The latest events. An event is known here by its index: 0, 1, 2 … across restarts of the server, without
 * gaps; an index stays with its event, so that those below `firstIndex` are gone.
 *
 * Rows are kept packed and decoded when asked for: nobody keeps what `at` returns.
 */
export class EventStore {
  /** The first one begins at `firstIndex`; all but the last are full. @type {EventBlock[]} */
  #blocks = [];
  #firstIndex = 0;
  #size = 0;
  #capacity;
  /** @type {(ScopeEvent | undefined)[]} */
  #decoded = new Array(AT_HAND);
  /** The indexes of what is in #decoded. */
  #decodedIndex = new Float64Array(AT_HAND).fill(-1);
  /** @type {Set<(change: StoreChange) => void>} */
  #listeners = new Set();
  /** @type {Set<(first: number) => void>} */
  #leavers = new Set();

  /** @type {Map<number, Lane>} In the order of their first appearance. */
  lanes = new Map();
  /** @type {Map<number, Site>} */
  sites = new Map();
  /** @type {Run[]} Of the server, oldest first; a divider belongs before `from` of every run but the first. */
  runs = [];
  /** Other processes, by the id of their run, in the order of their first appearance. @type {Map<string, ProcessRun>} */
  processes = new Map();
  /** Whose events begin at which index: `#spanRuns[i]` from `#spanStarts[i]` on. @type {number[]} */
  #spanStarts = [];
  /** @type {AnyRun[]} */
  #spanRuns = [];
  /** @type {Gap[]} Ordered by index. */
  gaps = [];

  /** @param {number} [capacity]  Events that are kept at least; in whole blocks, one more at most. */
  constructor(capacity = CAPACITY) {
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
    if (this.#decodedIndex[slot] === index) return /** @type {ScopeEvent} */ (this.#decoded[slot]);
    const block = this.#blockOf(index);
    const event = decodeRow(block.row((index - this.#firstIndex) % BLOCK_ROWS), this.runAt(index)?.base);
    this.#decoded[slot] = event;
    this.#decodedIndex[slot] = index;
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

  /** The last number of the current run that came or is known to be lost; 0 while there is none. */
  get lastNumber() {
    return this.runs.at(-1)?.lastNumber ?? 0;
  }

  /** The id of the current run; null before the first greeting. */
  get runId() {
    return this.runs.at(-1)?.id ?? null;
  }

  /**
   * @param {number} number
   * @param {string | null} [id]  Of the run it belongs to; null for the server's current one.
   * @returns {number} Its index; -1 when it is not here.
   */
  indexOfNumber(number, id = null) {
    const run = id === null ? this.runs.at(-1) : this.processes.get(id) ?? this.runs.findLast((one) => one.id === id);
    if (run === undefined) return -1;
    const span = lastFitting(run.spans.length, (i) => run.spans[i] < this.#firstIndex || this.#numberAt(run.spans[i]) <= number);
    if (span < 0) return -1;
    const start = run.spans[span];
    const next = this.#spanStarts[lastFitting(this.#spanStarts.length, (i) => this.#spanStarts[i] <= start) + 1] ?? this.size;
    let low = Math.max(start, this.#firstIndex);
    let high = next;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numberAt(middle) < number) low = middle + 1;
      else high = middle;
    }
    return low < next && this.#numberAt(low) === number ? low : -1;
  }

  /**
   * The run that an event belongs to.
   *
   * @param {number} index  An index that has no event yet belongs to the server's run of that place.
   * @returns {AnyRun | undefined}
   */
  runAt(index) {
    if (this.processes.size === 0 || index < 0 || index >= this.#size) return this.serverRunAt(index);
    return this.#spanRuns[lastFitting(this.#spanStarts.length, (i) => this.#spanStarts[i] <= index)] ?? this.serverRunAt(index);
  }

  /**
   * The server's own run at a place.
   *
   * @param {number} index  An index before the first event belongs to the first run.
   * @returns {Run | undefined}
   */
  serverRunAt(index) {
    for (let i = this.runs.length - 1; i > 0; i -= 1) {
      if (this.runs[i].from <= index) return this.runs[i];
    }
    return this.runs[0];
  }

  /**
   * Whether the lanes and contexts of a run can be there at an index: those of an earlier start of the server are gone,
   * and those of another process when it has ended.
   *
   * @param {number} base
   * @param {number} index
   */
  isPresent(base, index) {
    const process = this.processOf(base);
    if (process === null) return this.serverRunAt(index)?.base === base;
    return index <= process.lastIndex || !this.isOver(process);
  }

  /** Whether a base is that of another process than the server. @param {number} base */
  isOfOther(base) {
    return this.processOf(base) !== null;
  }

  /** Whether a process has ended or is away, and all that it sent is here. @param {ProcessRun} process */
  isOver({ told, lastNumber }) {
    return told.state !== 'live' && lastNumber >= told.last;
  }

  /** The other process that a lane, site or context belongs to; null for the server's own. @param {number} id */
  processOf(id) {
    if (this.processes.size === 0) return null;
    const base = baseOf(id);
    for (const run of this.processes.values()) if (run.base === base) return run;
    return null;
  }

  /** The last number that is here of each other process. @returns {Record<string, number>} */
  positions() {
    return Object.fromEntries([...this.processes.values()].map(({ id, lastNumber }) => [id, lastNumber]));
  }

  /**
   * What has to be added to the times of a run to compare them with those of the server's current one.
   *
   * @param {string | null} id  Of a process; null for the server.
   * @returns {number} Whole nanoseconds.
   */
  shiftOf(id) {
    const process = id == null ? undefined : this.processes.get(id);
    const server = this.runs.at(-1);
    if (process === undefined || server === undefined) return 0;
    return Math.round((process.told.clock.unixMs - server.hello.clock.unixMs) * 1e6);
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
    if (message.type === 'hello') this.#greet(message);
    else if (message.type === 'process') this.#introduce(message);
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

  /** @param {Hello} hello */
  #greet(hello) {
    let run = this.runs.at(-1);
    if (run === undefined || run.id !== hello.run) {
      run = { ...this.#newRun(hello.run), hello };
      this.runs.push(run);
    }
    run.hello = hello;
    this.#name(hello, run.base);
    this.#open(run, hello.contexts);
  }

  /** @param {Process} told */
  #introduce(told) {
    let run = this.processes.get(told.run);
    if (run === undefined) {
      run = { ...this.#newRun(told.run), told };
      this.processes.set(told.run, run);
    }
    run.told = told;
    this.#name(told, run.base);
    this.#open(run, told.contexts);
  }

  /** @param {string} id @returns {AnyRun} */
  #newRun(id) {
    const base = (this.runs.length + this.processes.size) * RUN_STRIDE;
    return { id, from: this.size, base, lastNumber: 0, lastIndex: -1, open: [], spans: [] };
  }

  /** @param {AnyRun} run @param {any[]} contexts  Raw. */
  #open(run, contexts) {
    for (const wire of contexts) {
      const about = decodeAbout(wire, run.base);
      if (!run.open.some((known) => known.about.id === about.id)) run.open.push({ index: this.size, about });
    }
  }

  /** @param {Events} events */
  #add(events) {
    const run = this.#runOf(events.run);
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
      if (run.spans.length === 0) run.from = this.#size;
      if (this.#spanRuns.at(-1) !== run) this.#beginSpan(run);
      run.lastIndex = this.#size;
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
    this.#size += 1;
    if (this.#size - this.#firstIndex < this.#capacity + BLOCK_ROWS) return;
    const first = this.#firstIndex + BLOCK_ROWS;
    for (const listener of [...this.#leavers]) listener(first);
    this.#blocks.shift();
    this.#firstIndex = first;
    this.#forgetSpans(first);
  }

  /** @param {number} first */
  #forgetSpans(first) {
    const gone = Math.max(0, lastFitting(this.#spanStarts.length, (i) => this.#spanStarts[i] <= first));
    this.#spanStarts.splice(0, gone);
    this.#spanRuns.splice(0, gone);
    for (const run of [...this.runs, ...this.processes.values()]) {
      run.spans.splice(0, Math.max(0, lastFitting(run.spans.length, (i) => run.spans[i] <= first)));
    }
  }

  /** @param {Lost} lost */
  #lose(lost) {
    const run = this.#runOf(lost.run);
    if (run === undefined) return;
    if (lost.from === null || lost.to === null || lost.where === 'recorder') {
      this.#addGap(lost.count, run.base, lost.where, lost.why);
      return;
    }
    const count = lost.to - Math.max(lost.from, run.lastNumber + 1) + 1;
    if (count <= 0) return;
    this.#addGap(count, run.base, lost.where, lost.why);
    run.lastNumber = lost.to;
  }

  /** @param {string | null | undefined} id @returns {AnyRun | undefined} undefined for a process that was not introduced. */
  #runOf(id) {
    const run = this.runs.at(-1);
    if (id != null && id !== run?.id) return this.processes.get(id);
    if (run === undefined) throw new Error('Events came before the greeting. Reload the page.');
    return run;
  }

  /** @param {AnyRun} run */
  #beginSpan(run) {
    run.spans.push(this.#size);
    this.#spanStarts.push(this.#size);
    this.#spanRuns.push(run);
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

/**
 * The last of *count* places that fits, where those that do not fit come after those that do.
 *
 * @param {number} count
 * @param {(i: number) => boolean} fits
 * @returns {number} -1 when none does.
 */
function lastFitting(count, fits) {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fits(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** @param {Events['rows'][number]} row @param {number} ns @returns {Events['rows'][number]} */
function shifted([number, atNs, ...rest], ns) {
  return /** @type {Events['rows'][number]} */ ([number, atNs + ns, ...rest]);
}
