/** Where the playhead stands, and whether it goes with what is new. */
export class Selection {
  #step = -1;
  #following = true;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** Index of the event at the playhead; -1 stands before the first. */
  get step() {
    return this.#step;
  }

  /** Whether the playhead goes on by itself towards the newest event. */
  get following() {
    return this.#following;
  }

  /**
   * Put the playhead on an event and let it stay there.
   *
   * @param {number} step
   */
  moveTo(step) {
    this.#change(step, false);
  }

  /** Let the playhead go with what is new again. It moves when there is something to move to. */
  follow() {
    this.#change(this.#step, true);
  }

  /** Let the playhead stay where it is. */
  pause() {
    this.#change(this.#step, false);
  }

  /**
   * Put the playhead on an event without a change of `following`: the step of a replay.
   *
   * @param {number} step
   */
  advanceTo(step) {
    this.#change(step, this.#following);
  }

  /**
   * @param {() => void} listener
   * @returns {() => void} Ends the subscription.
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {number} step @param {boolean} following */
  #change(step, following) {
    const next = Math.max(-1, Math.trunc(step));
    if (next === this.#step && following === this.#following) return;
    this.#step = next;
    this.#following = following;
    for (const listener of [...this.#listeners]) listener();
  }
}
