/**
 * Whose events they are: the runs of the server and of other processes, and which stretch of the events each has.
 *
 * @import { About } from './events.js'
 * @import { Hello, Process } from './protocol.js'
 */

import { decodeAbout } from './event-row.js';
import { RUN_STRIDE, baseOf } from './events.js';

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

/** Every run keeps numbers of its own; here each has a base that tells them apart. An *index* is that of the event store. */
export class EventRuns {
  /** @type {Run[]} Of the server, oldest first; a divider belongs before `from` of every run but the first. */
  runs = [];
  /** Other processes, by the id of their run, in the order of their first appearance. @type {Map<string, ProcessRun>} */
  processes = new Map();
  /** Whose events begin at which index: `#spanRuns[i]` from `#spanStarts[i]` on. @type {number[]} */
  #spanStarts = [];
  /** @type {AnyRun[]} */
  #spanRuns = [];
  /** One above the index of the newest event. */
  #end = 0;

  /** The last number of the current run that came or is known to be lost; 0 while there is none. */
  get lastNumber() {
    return this.runs.at(-1)?.lastNumber ?? 0;
  }

  /** The id of the current run; null before the first greeting. */
  get runId() {
    return this.runs.at(-1)?.id ?? null;
  }

  /**
   * The run that an event belongs to.
   *
   * @param {number} index  An index that has no event yet belongs to the server's run of that place.
   * @returns {AnyRun | undefined}
   */
  runAt(index) {
    if (this.processes.size === 0 || index < 0 || index >= this.#end) return this.serverRunAt(index);
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

  /** @param {Hello} hello @returns {Run} A new one, or the one that was greeted before. */
  greet(hello) {
    let run = this.runs.at(-1);
    if (run === undefined || run.id !== hello.run) {
      run = { ...this.#newRun(hello.run), hello };
      this.runs.push(run);
    }
    run.hello = hello;
    this.#open(run, hello.contexts);
    return run;
  }

  /** @param {Process} told @returns {ProcessRun} */
  introduce(told) {
    let run = this.processes.get(told.run);
    if (run === undefined) {
      run = { ...this.#newRun(told.run), told };
      this.processes.set(told.run, run);
    }
    run.told = told;
    this.#open(run, told.contexts);
    return run;
  }

  /** @param {string | null | undefined} id @returns {AnyRun | undefined} undefined for a process that was not introduced. */
  runOf(id) {
    const run = this.runs.at(-1);
    if (id != null && id !== run?.id) return this.processes.get(id);
    if (run === undefined) throw new Error('Events came before the greeting. Reload the page.');
    return run;
  }

  /**
   * The next event is one of this run.
   *
   * @param {AnyRun} run
   */
  claim(run) {
    const index = this.#end;
    if (run.spans.length === 0) run.from = index;
    if (this.#spanRuns.at(-1) !== run) {
      run.spans.push(index);
      this.#spanStarts.push(index);
      this.#spanRuns.push(run);
    }
    run.lastIndex = index;
    this.#end = index + 1;
  }

  /**
   * The last stretch of a run whose first event fits.
   *
   * @param {AnyRun} run
   * @param {(start: number) => boolean} fits  Of the index of the first event; those that fit come before those that do not.
   * @returns {{ start: number, end: number } | null} *end* is one above the last index.
   */
  lastSpan({ spans }, fits) {
    const span = lastFitting(spans.length, (i) => fits(spans[i]));
    if (span < 0) return null;
    const start = spans[span];
    const next = lastFitting(this.#spanStarts.length, (i) => this.#spanStarts[i] <= start) + 1;
    return { start, end: this.#spanStarts[next] ?? this.#end };
  }

  /** Events below an index are let go. @param {number} first */
  forgetBefore(first) {
    const gone = Math.max(0, lastFitting(this.#spanStarts.length, (i) => this.#spanStarts[i] <= first));
    this.#spanStarts.splice(0, gone);
    this.#spanRuns.splice(0, gone);
    for (const run of [...this.runs, ...this.processes.values()]) {
      run.spans.splice(0, Math.max(0, lastFitting(run.spans.length, (i) => run.spans[i] <= first)));
    }
  }

  /** @param {string} id @returns {AnyRun} */
  #newRun(id) {
    const base = (this.runs.length + this.processes.size) * RUN_STRIDE;
    return { id, from: this.#end, base, lastNumber: 0, lastIndex: -1, open: [], spans: [] };
  }

  /** @param {AnyRun} run @param {any[]} contexts  Raw. */
  #open(run, contexts) {
    for (const wire of contexts) {
      const about = decodeAbout(wire, run.base);
      if (!run.open.some((known) => known.about.id === about.id)) run.open.push({ index: this.#end, about });
    }
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
