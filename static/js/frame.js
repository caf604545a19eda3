/**
 * The one animation frame of the page.
 *
 * Whoever changes something says what is out of date; one frame later every painter of that part is called,
 * once. With nothing out of date nothing is scheduled.
 */

/** @typedef {'dom' | 'base' | 'overlay'} Part */

/** The order within a frame: the canvas measures what the document has laid out. @type {Part[]} */
const ORDER = ['dom', 'base', 'overlay'];

export class Frame {
  /** @type {(callback: (now: number) => void) => unknown} */
  #request;
  #scheduled = false;
  /** @type {Set<Part>} */
  #dirty = new Set();
  /** @type {Record<Part, Set<(now: number) => void>>} */
  #painters = { dom: new Set(), base: new Set(), overlay: new Set() };

  /** @param {(callback: (now: number) => void) => unknown} [request] */
  constructor(request = (callback) => requestAnimationFrame(callback)) {
    this.#request = request;
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
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#request((now) => this.#paint(now));
  }

  /** @param {number} now */
  #paint(now) {
    this.#scheduled = false;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const part of ORDER) {
      if (dirty.has(part)) for (const paint of [...this.#painters[part]]) paint(now);
    }
  }
}
