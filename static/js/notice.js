/** How long a remark stays. Long enough to be read twice; it is also spoken, and spoken once. */
const SHOWN_MILLISECONDS = 6_000;

/** One short remark about what the person just did, shown for a moment in the bar at the top. */
export class Notice {
  #onChange;
  #after;
  #cancel;
  /** @type {unknown} */
  #timer = null;
  /** @type {string | null} */
  #text = null;

  /**
   * @param {object} parts
   * @param {() => void} parts.onChange  After every change of `text`.
   * @param {(callback: () => void, milliseconds: number) => unknown} [parts.after]
   * @param {(timer: any) => void} [parts.cancel]
   */
  constructor({
    onChange,
    after = (callback, milliseconds) => setTimeout(callback, milliseconds),
    cancel = (timer) => clearTimeout(timer),
  }) {
    this.#onChange = onChange;
    this.#after = after;
    this.#cancel = cancel;
  }

  /** @returns {string | null} null while there is nothing to say. */
  get text() {
    return this.#text;
  }

  /** @param {string} text */
  say(text) {
    this.#cancel(this.#timer);
    this.#text = text;
    this.#timer = this.#after(() => this.clear(), SHOWN_MILLISECONDS);
    this.#onChange();
  }

  clear() {
    this.#cancel(this.#timer);
    this.#timer = null;
    if (this.#text === null) return;
    this.#text = null;
    this.#onChange();
  }
}
