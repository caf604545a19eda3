/**
 * The one animation frame of the page.
 *
 * Whoever changes something says what is out of date; one frame later every painter of that part is called,
 * once. With nothing out of date nothing is scheduled.
 */

/** @typedef {'dom' | 'base' | 'overlay'} Part */

/** The order within a frame: the canvas measures what the document has laid out. @type {Part[]} */
const ORDER = ['dom', 'base', 'overlay'];

/**
 * Milliseconds between two paintings of a part while it is out of date only because more events come: nobody reads
 * text that changes sixty times a second, and every second frame of the canvas is enough.
 *
 * @type {Record<Part, number>}
 */
const PACE = { dom: 200, base: 24, overlay: 24 };

/** The same for a person who prefers reduced motion. */
const STILL_PACE = 500;

/** Text that is slow to write is written less often: it takes this share of the time at most while events pour in. */
const TEXT_SHARE = 1 / 30;

/** But not more seldom than this. Milliseconds. */
const LONGEST_PACE = 1_000;

/** After so many milliseconds of it the rest of such text is left to the next frame: the canvas must not wait for all of it. */
const SLICE = 4;

export class Frame {
  /** @type {(callback: (now: number) => void) => unknown} */
  #request;
  #scheduled = false;
  /** @type {Set<Part>} */
  #dirty = new Set();
  /** @type {Record<Part, Set<(now: number) => void>>} */
  #painters = { dom: new Set(), base: new Set(), overlay: new Set() };
  /** Parts that are painted when their time has come. @type {Set<Part>} */
  #stale = new Set();
  /** Parts that are painted only because their time has come. @type {Set<Part>} */
  #patient = new Set();
  /** Painters of text that are left to the next frame. @type {((now: number) => void)[]} */
  #rest = [];
  /** Milliseconds that the text took so far. */
  #spent = 0;
  /** When the next look at them is due; `Infinity` when none is. Milliseconds. */
  #lookAt = Infinity;
  /** @type {Record<Part, number>} */
  #paintedAt = { dom: -Infinity, base: -Infinity, overlay: -Infinity };
  /** As PACE, by what it takes on this machine. */
  #pace = { ...PACE };
  #now;
  #later;
  #still;

  /**
   * @param {(callback: (now: number) => void) => unknown} [request]
   * @param {object} [parts]
   * @param {() => number} [parts.now]
   * @param {(callback: () => void, milliseconds: number) => unknown} [parts.later]
   * @param {() => boolean} [parts.still]  Whether the person prefers reduced motion.
   */
  constructor(request = (callback) => requestAnimationFrame(callback), {
    now = () => performance.now(),
    later = (callback, milliseconds) => setTimeout(callback, milliseconds),
    still = () => false,
  } = {}) {
    this.#request = request;
    this.#now = now;
    this.#later = later;
    this.#still = still;
  }

  /**
   * Call *paint* in each frame in which *part* is out of date. A painter that marks its own part is called
   * again in the next frame: that is an animation.
   *
   * @param {Part} part
   * @param {(now: number) => void} paint  *now* in milliseconds, as `performance.now()`.
   * @returns {() => void} Takes the painter out.
   */
  on(part, paint) {
    this.#painters[part].add(paint);
    return () => this.#painters[part].delete(paint);
  }

  /** @param {Part} part */
  markDirty(part) {
    this.#patient.delete(part);
    this.#mark(part);
  }

  /** @param {Part} part */
  #mark(part) {
    this.#dirty.add(part);
    this.#stale.delete(part);
    this.#schedule();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#request((now) => this.#paint(now));
  }

  /**
   * More events came: paint *part* in the next frame, or a little later when it was painted a moment ago.
   *
   * @param {Part} part
   */
  markStale(part) {
    // What was written of the text so far does not tell of these yet.
    if (this.#dirty.has(part) && !(part === 'dom' && this.#rest.length > 0)) return;
    this.#stale.add(part);
    this.#wait();
  }

  #wait() {
    const now = this.#now();
    const slowest = this.#still() ? STILL_PACE : 0;
    let least = Infinity;
    for (const part of [...this.#stale]) {
      // Once the rest is written, it is looked at again.
      if (part === 'dom' && this.#rest.length > 0) continue;
      const rest = this.#paintedAt[part] + Math.max(slowest, this.#pace[part]) - now;
      if (rest <= 0) {
        this.#patient.add(part);
        this.#mark(part);
      } else least = Math.min(least, rest);
    }
    // One that is due sooner than what is waited for is not made to wait for it.
    const lookAt = now + least;
    if (least === Infinity || lookAt >= this.#lookAt) return;
    this.#lookAt = lookAt;
    this.#later(() => {
      if (this.#lookAt !== lookAt) return;
      this.#lookAt = Infinity;
      this.#wait();
    }, least);
  }

  /** @param {number} now */
  #paint(now) {
    this.#scheduled = false;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const mayWait = this.#patient.has('dom');
    this.#patient.clear();
    const goesOn = mayWait && this.#rest.length > 0;
    // The text never tells what the canvas does not show yet.
    if (dirty.has('dom') && !goesOn) for (const part of this.#stale) dirty.add(part);
    for (const part of dirty) {
      if (part === 'dom' && goesOn) continue;
      this.#stale.delete(part);
      this.#paintedAt[part] = this.#now();
    }
    for (const part of ORDER) {
      if (!dirty.has(part)) continue;
      if (part === 'dom') this.#paintText(now, mayWait);
      else for (const paint of [...this.#painters[part]]) paint(now);
    }
  }

  /** @param {number} now @param {boolean} mayWait  Whether some of it may be left to the next frame. */
  #paintText(now, mayWait) {
    const began = this.#now();
    const all = mayWait && this.#rest.length > 0 ? this.#rest : [...this.#painters.dom];
    if (all !== this.#rest) this.#spent = 0;
    let done = 0;
    while (done < all.length && !(mayWait && done > 0 && this.#now() - began >= SLICE)) {
      all[done](now);
      done += 1;
    }
    this.#rest = all.slice(done);
    this.#spent += this.#now() - began;
    if (this.#rest.length === 0) {
      this.#pace.dom = Math.min(LONGEST_PACE, Math.max(PACE.dom, this.#spent / TEXT_SHARE));
      this.#wait();
      return;
    }
    this.#patient.add('dom');
    this.#dirty.add('dom');
    this.#schedule();
  }
}
