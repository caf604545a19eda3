/**
 * Puts what several processes sent into one order: by time across processes, by number within each.
 *
 * @import { EventStore } from './event-store.js'
 * @import { Events, Lost, Message, Problem } from './protocol.js'
 */

/** What came in is held so long where there are several processes: their batches arrive this far apart. */
export const HOLD_MILLISECONDS = 60;

/** The history of all processes is put in order as a whole; a page waits no longer for the rest of it. */
export const LONGEST_CATCH_UP_MILLISECONDS = 3_000;

/** @typedef {Events | Lost | Problem} Held */

/** Hands messages on as they come while there is one process, and in order of time where there are more. */
export class Merger {
  #store;
  #release;
  #after;
  #cancel;
  #now;
  /** By run; the server's own is ''. @type {Map<string, Held[]>} */
  #queues = new Map();
  /** Numbers up to which the history of each run goes. @type {Map<string, number>} */
  #awaited = new Map();
  #catchUpUntil = 0;
  /** @type {unknown} */
  #timer = null;

  /**
   * @param {object} parts
   * @param {Pick<EventStore, 'shiftOf' | 'processes' | 'runId' | 'lastNumber'>} parts.store
   * @param {(message: Message) => void} parts.release
   * @param {(callback: () => void, milliseconds: number) => unknown} [parts.after]
   * @param {(timer: any) => void} [parts.cancel]
   * @param {() => number} [parts.now]  Milliseconds.
   */
  constructor({
    store, release,
    after = (callback, milliseconds) => setTimeout(callback, milliseconds),
    cancel = (timer) => clearTimeout(timer),
    now = () => performance.now(),
  }) {
    this.#store = store;
    this.#release = release;
    this.#after = after;
    this.#cancel = cancel;
    this.#now = now;
  }

  /** @param {Message} message */
  take(message) {
    switch (message.type) {
      case 'hello':
        this.flush();
        this.#awaited.clear();
        this.#awaited.set('', message.last);
        this.#catchUpUntil = this.#now() + LONGEST_CATCH_UP_MILLISECONDS;
        this.#release(message);
        return;
      case 'process':
        if (!this.#store.processes.has(message.run)) this.#awaited.set(message.run, message.last);
        this.#release(message);
        return;
      case 'events':
      case 'lost':
      case 'problem':
        if (this.#store.processes.size === 0) this.#release(message);
        else this.#hold(message);
        return;
      default:
        this.#release(message);
    }
  }

  /** Hand on all that is held. */
  flush() {
    this.#cancel(this.#timer);
    this.#timer = null;
    for (;;) {
      const [key, next] = this.#earliest();
      if (key === null) break;
      this.#releaseUntil(key, next);
    }
  }

  /** @param {Held} message */
  #hold(message) {
    const key = message.run == null || message.run === this.#store.runId ? '' : message.run;
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [message]);
    else queue.push(message);
    const isWhole = this.#isWhole(key, message);
    if (this.#timer !== null && !isWhole) return;
    this.#cancel(this.#timer);
    const wait = this.#awaited.size > 0 ? Math.max(0, this.#catchUpUntil - this.#now()) : 0;
    this.#timer = this.#after(() => {
      this.#awaited.clear();
      this.flush();
    }, Math.max(HOLD_MILLISECONDS, wait));
  }

  /** Whether the last of the histories is here with this message. @param {string} key @param {Held} message */
  #isWhole(key, message) {
    if (this.#awaited.size === 0) return false;
    for (const [run, last] of this.#awaited) {
      const here = run === '' ? this.#store.lastNumber : this.#store.processes.get(run)?.lastNumber ?? 0;
      const end = run === key && message.type !== 'problem' ? message.to ?? 0 : 0;
      if (Math.max(here, end, lastIn(this.#queues.get(run))) >= last) this.#awaited.delete(run);
    }
    return this.#awaited.size === 0;
  }

  /** The queue whose first event is the earliest, and the time at which another one is next. @returns {[string | null, number]} */
  #earliest() {
    /** @type {string | null} */
    let earliest = null;
    let at = Infinity;
    let next = Infinity;
    for (const [key, queue] of this.#queues) {
      if (queue.length === 0) continue;
      const time = this.#timeOf(key, queue[0]);
      if (earliest === null || time < at) {
        next = earliest === null ? Infinity : at;
        [earliest, at] = [key, time];
      } else next = Math.min(next, time);
    }
    return [earliest, next];
  }

  /** What tells no time is told at once, after what came before it in its run. @param {string} key @param {Held} message */
  #timeOf(key, message) {
    return message.type === 'events' ? message.rows[0][1] + this.#store.shiftOf(key === '' ? null : key) : -Infinity;
  }

  /** @param {string} key @param {number} until */
  #releaseUntil(key, until) {
    const queue = /** @type {Held[]} */ (this.#queues.get(key));
    const message = /** @type {Held} */ (queue.shift());
    if (message.type !== 'events') {
      this.#release(message);
      return;
    }
    const shift = this.#store.shiftOf(key === '' ? null : key);
    const { rows } = message;
    let count = 1;
    while (count < rows.length && rows[count][1] + shift <= until) count += 1;
    if (count === rows.length) {
      this.#release(message);
      return;
    }
    this.#release({ ...message, rows: rows.slice(0, count), to: rows[count - 1][0] });
    queue.unshift({ ...message, rows: rows.slice(count), from: rows[count][0], lanes: [], sites: [] });
  }
}

/** @param {Held[] | undefined} queue @returns {number} The highest number in it; 0 for none. */
function lastIn(queue) {
  for (let i = (queue?.length ?? 0) - 1; i >= 0; i -= 1) {
    const message = /** @type {Held[]} */ (queue)[i];
    if (message.type !== 'problem') return message.to ?? 0;
  }
  return 0;
}
