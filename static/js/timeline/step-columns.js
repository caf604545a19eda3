/**
 * Two numbers for each step, in columns that grow at one end and are let go of at the other.
 */

/** More contexts at once than this are counted as so many. */
const MOST_BUSY = 65_535;

export class StepColumns {
  /** The oldest step that is still here: the place of everything in the columns is counted from it. */
  first;
  #size = 0;
  /** When each step was, in nanoseconds from the start of the first run; never less than the one before. */
  #times = new Float64Array(1024);
  /** Contexts pushed after each step. */
  #busy = new Uint16Array(1024);

  /** @param {number} first */
  constructor(first) {
    this.first = first;
  }

  /** Make room up to a step. @param {number} end  One above it. */
  reserve(end) {
    const size = end - this.first;
    if (size <= this.#busy.length) return;
    const length = Math.max(size, this.#busy.length * 2);
    const busy = new Uint16Array(length);
    busy.set(this.#busy);
    this.#busy = busy;
    const times = new Float64Array(length);
    times.set(this.#times);
    this.#times = times;
  }

  /**
   * The next step; there is room for it.
   *
   * @param {number} ns
   * @param {number} busy
   */
  add(ns, busy) {
    const place = this.#size;
    this.#times[place] = place > 0 ? Math.max(this.#times[place - 1], ns) : ns;
    this.#busy[place] = Math.min(MOST_BUSY, busy);
    this.#size = place + 1;
  }

  /** @param {number} first  The oldest step that stays. */
  letGo(first) {
    const gone = first - this.first;
    this.#busy.copyWithin(0, gone);
    this.#times.copyWithin(0, gone);
    this.first = first;
    this.#size = Math.max(0, this.#size - gone);
  }

  /** @param {number} step */
  busyAt(step) {
    return this.#busy[step - this.first] ?? 0;
  }

  /** @param {number} step  A fraction between two steps is allowed; beyond an end, that end. @returns {number} Nanoseconds. */
  timeOf(step) {
    const last = this.#size - 1;
    if (last < 0) return 0;
    const place = step - this.first;
    // Nearly all steps that are asked for are whole, and here.
    if (place >= 0 && place <= last && Number.isInteger(place)) return this.#times[place];
    const at = Math.max(0, Math.min(last, place));
    const whole = Math.floor(at);
    const time = this.#times[whole];
    return whole === at ? time : time + (this.#times[whole + 1] - time) * (at - whole);
  }

  /** @param {number} ns @returns {number} The first step then or later; one above the last when all were before. */
  firstStepAt(ns) {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] < ns) low = middle + 1;
      else high = middle;
    }
    return low + this.first;
  }
}
