/**
 * Looks through all events for those that fit, a slice at a time, so that no frame waits for it.
 *
 * @import { EventStore } from './event-store.js'
 * @import { ScopeEvent } from './events.js'
 */

/** How long a slice may take: less than half a frame. */
const SLICE_MILLISECONDS = 6;

/** Events between two looks at the clock. */
const EVENTS_PER_LOOK = 256;

const FIRST_CAPACITY = 256;

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at'>} Store */
/** @typedef {(event: ScopeEvent, index: number) => boolean} Test */

export class Scan {
  #store;
  #onChange;
  #now;
  #later;
  /** @type {Test | null} */
  #test = null;
  #found = new Uint32Array(FIRST_CAPACITY);
  #count = 0;
  #done = 0;
  #firstFound = 0;
  /** Slices of an earlier question stop when they see another number. */
  #question = 0;
  #running = false;

  /**
   * @param {object} parts
   * @param {Store} parts.store
   * @param {() => void} parts.onChange  After every slice.
   * @param {() => number} [parts.now]  Milliseconds.
   * @param {(callback: () => void) => unknown} [parts.later]  Calls back when the page had a moment for itself.
   */
  constructor({ store, onChange, now = () => performance.now(), later = (callback) => setTimeout(callback, 0) }) {
    this.#store = store;
    this.#onChange = onChange;
    this.#now = now;
    this.#later = later;
  }

  /** Indexes of the events that fit, ascending, as far as it has looked. A view: it holds until the next slice. */
  get found() {
    return this.#found.subarray(this.#firstFound, this.#count);
  }

  /** A number that changes with the question. */
  get asked() {
    return this.#question;
  }

  /** The first index it has not looked at yet. */
  get done() {
    return this.#done;
  }

  get isDone() {
    return this.#test === null || this.#done >= this.#store.size;
  }

  /** Begin again with another question; null finds nothing and looks at nothing. @param {Test | null} test */
  ask(test) {
    this.#question += 1;
    this.#test = test;
    this.#running = false;
    this.#count = 0;
    this.#firstFound = 0;
    this.#done = this.#store.firstIndex;
    if (test === null) this.#onChange();
    else this.more();
  }

  /** Look at what has come since. Cheap when there is nothing. */
  more() {
    if (this.#test === null || this.#running) return;
    this.#slice(this.#question);
  }

  /** @param {number} question */
  #slice(question) {
    if (question !== this.#question || this.#test === null) return;
    this.#forget();
    const end = this.#now() + SLICE_MILLISECONDS;
    const { size } = this.#store;
    do {
      const to = Math.min(size, this.#done + EVENTS_PER_LOOK);
      for (; this.#done < to; this.#done += 1) {
        if (this.#test(this.#store.at(this.#done), this.#done)) this.#add(this.#done);
      }
    } while (this.#done < size && this.#now() < end);
    this.#running = this.#done < this.#store.size;
    if (this.#running) this.#later(() => this.#slice(question));
    this.#onChange();
  }

  /** Leave out what the store has let go. */
  #forget() {
    const { firstIndex } = this.#store;
    this.#done = Math.max(this.#done, firstIndex);
    while (this.#firstFound < this.#count && this.#found[this.#firstFound] < firstIndex) this.#firstFound += 1;
  }

  /** @param {number} index */
  #add(index) {
    if (this.#count === this.#found.length) {
      const kept = this.found;
      const larger = new Uint32Array(Math.max(FIRST_CAPACITY, kept.length * 2));
      larger.set(kept);
      this.#found = larger;
      this.#count = kept.length;
      this.#firstFound = 0;
    }
    this.#found[this.#count] = index;
    this.#count += 1;
  }
}
