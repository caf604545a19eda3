/** Which context has its card open. */
export class Inspection {
  /** @type {number | null} */
  #context = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @returns {number | null} */
  get context() {
    return this.#context;
  }

  /** @param {number} context */
  open(context) {
    this.#change(context);
  }

  /** @returns {boolean} Whether one was open. */
  close() {
    const was = this.#context !== null;
    this.#change(null);
    return was;
  }

  /** @param {() => void} listener @returns {() => void} Ends the subscription. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {number | null} context */
  #change(context) {
    if (context === this.#context) return;
    this.#context = context;
    for (const listener of [...this.#listeners]) listener();
  }
}
