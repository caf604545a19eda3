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
  /** When the next look at them is due; `Infinity` when none is. Milliseconds. */
  #lookAt = Infinity;
  /** @type {Record<Part, number>} */
  #paintedAt = { dom: -Infinity, base: -Infinity, overlay: -Infinity };
  #now;
  #later;

  /**
   * @param {(callback: (now: number) => void) => unknown} [request]
   * @param {{ now?: () => number, later?: (callback: () => void, milliseconds: number) => unknown }} [clock]
   */
  constructor(request = (callback) => requestAnimationFrame(callback), {
    now = () => performance.now(),
    later = (callback, milliseconds) => setTimeout(callback, milliseconds),
  } = {}) {
    this.#request = request;
    this.#now = now;
    this.#later = later;
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
    this.#dirty.add(part);
    this.#stale.delete(part);
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
    if (this.#dirty.has(part)) return;
    this.#stale.add(part);
    this.#wait();
  }

  #wait() {
    const now = this.#now();
    let least = Infinity;
    for (const part of [...this.#stale]) {
      const rest = this.#paintedAt[part] + PACE[part] - now;
      if (rest <= 0) this.markDirty(part);
      else least = Math.min(least, rest);
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
    // The text never tells what the canvas does not show yet.
    if (dirty.has('dom')) for (const part of this.#stale) dirty.add(part);
    for (const part of dirty) {
      this.#stale.delete(part);
      this.#paintedAt[part] = this.#now();
    }
    for (const part of ORDER) {
      if (dirty.has(part)) for (const paint of [...this.#painters[part]]) paint(now);
    }
  }
}
