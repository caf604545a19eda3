/**
 * How the playhead moves by itself: slowly through what was fired from this page, at once through the rest.
 *
 * @import { EventStore } from './event-store.js'
 * @import { Selection } from './selection.js'
 */

/** One step of the slow replay: two a second. */
export const STEP_MILLISECONDS = 500;

/** A slow replay that is further behind skips ahead, so that nobody waits longer than 45 seconds for now. */
export const LONGEST_BACKLOG = 90;

/** At real speed a longer pause of the recording counts as one of this length, so that an idle hour is not replayed. */
const LONGEST_PAUSE_MILLISECONDS = 1_000;

/** With reduced motion the picture changes twice a second at most, as it does in the slow replay. */
const STILL_MILLISECONDS = 500;

/** What is less apart than this is shown at once: a timer cannot fire a thousand times a second. */
const FRAME_MILLISECONDS = 16;

/** How many times faster than it happened a recording can be played. */
export const FACTORS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];

/** How long after the answer the last events of a fired request may still be on their way. */
const GRACE_MILLISECONDS = 400;

/** @typedef {'slow' | 'real'} Speed */

/**
 * @typedef {object} ReplayState
 * @property {Speed} speed
 * @property {number} factor  Of `real`: 2 plays twice as fast as it happened.
 * @property {'waiting' | 'replaying' | 'playing' | 'paused'} mode  `waiting` for new events at the newest one,
 *   `replaying` what is new, `playing` from a step that was chosen.
 * @property {number} behind  Recorded events after the playhead.
 * @property {string | null} note  What was skipped, for a moment.
 */

export class Replay {
  #store;
  #selection;
  #now;
  #after;
  #cancel;
  #onChange;
  /** @type {Speed} */
  #speed = 'slow';
  #factor = 1;
  #still;
  #playing = false;
  /** Firings that are not answered yet. */
  #awaited = 0;
  /** Whether what comes in now was fired from this page. */
  #expecting = false;
  #expectedUntil = 0;
  /** Whether what came last was not fired from this page, or not to be looked at slowly. */
  #atOnce = false;
  /** How many events had come when something came last. */
  #known = 0;
  #moving = false;
  /** @type {unknown} */
  #timer = null;
  /** @type {string | null} */
  #note = null;

  /**
   * @param {object} parts
   * @param {Pick<EventStore, 'size' | 'at' | 'runAt' | 'subscribe'>} parts.store
   * @param {Selection} parts.selection
   * @param {() => void} parts.onChange  After every change of `state`.
   * @param {() => boolean} [parts.still]  Whether the person prefers reduced motion.
   * @param {() => number} [parts.now]  Milliseconds.
   * @param {(callback: () => void, milliseconds: number) => unknown} [parts.after]
   * @param {(timer: any) => void} [parts.cancel]
   */
  constructor({
    store, selection, onChange,
    still = () => false,
    now = () => performance.now(),
    after = (callback, milliseconds) => setTimeout(callback, milliseconds),
    cancel = (timer) => clearTimeout(timer),
  }) {
    this.#store = store;
    this.#selection = selection;
    this.#onChange = onChange;
    this.#still = still;
    this.#now = now;
    this.#after = after;
    this.#cancel = cancel;
    store.subscribe(() => this.#arrived());
    selection.subscribe(() => {
      if (!this.#moving) this.#movedByHand();
    });
  }

  /** @returns {ReplayState} */
  get state() {
    const behind = this.#behind;
    const mode = this.#playing ? 'playing'
      : !this.#selection.following ? 'paused'
      : behind > 0 ? 'replaying' : 'waiting';
    return { speed: this.#speed, factor: this.#factor, mode, behind, note: this.#note };
  }

  /** Whether the playhead goes with events that run through, instead of step by step. */
  get isRunning() {
    return this.#selection.following && (this.#speed === 'real' || this.#atOnce);
  }

  /** @param {Speed} speed @param {number} [factor]  One of `FACTORS`; for `real` only. */
  setSpeed(speed, factor = this.#factor) {
    this.#speed = speed;
    this.#factor = factor;
    this.#restart();
  }

  /** The page fires something: what comes in now is worth a slow look. @returns {() => void} Call it when it is answered. */
  expect() {
    const behind = this.#behind;
    if (this.#selection.following && behind > 0) {
      this.#moveTo(this.#newest);
      this.#stop();
      this.#note = `Skipped ${behind === 1 ? '1 step' : `${behind} steps`} to what you fired last`;
    } else this.#note = null;
    if (!this.#selection.following) this.follow();
    this.#awaited += 1;
    this.#expecting = true;
    return () => {
      this.#awaited -= 1;
      this.#expectedUntil = this.#now() + GRACE_MILLISECONDS;
    };
  }

  /** Play on from the playhead; at the newest event, follow. */
  play() {
    if (this.#behind === 0) this.follow();
    else {
      this.#playing = true;
      this.#note = null;
      this.#restart();
    }
  }

  /** Let the playhead stay where it is. Recording goes on. */
  pause() {
    this.#playing = false;
    this.#selection.pause();
    this.#stop();
  }

  toggle() {
    if (this.#playing || this.#selection.following) this.pause();
    else this.play();
  }

  /** Go to the newest event, at once, and stay with what is new. */
  follow() {
    this.#playing = false;
    this.#expecting = this.#awaited > 0;
    this.#note = null;
    this.#moving = true;
    this.#selection.follow();
    this.#moving = false;
    this.#moveTo(this.#newest);
    this.#restart();
  }

  get #newest() {
    return this.#store.size - 1;
  }

  get #behind() {
    return Math.max(0, this.#newest - this.#selection.step);
  }

  #movedByHand() {
    if (this.#selection.following) {
      this.follow();
      return;
    }
    this.#playing = false;
    this.#stop();
  }

  #arrived() {
    const slow = this.#speed === 'slow' && this.#isExpected;
    // What comes may be something else than events.
    if (this.#store.size > this.#known) this.#atOnce = !slow;
    this.#known = this.#store.size;
    if (!this.#selection.following) {
      this.#onChange();
      return;
    }
    if (!slow) {
      this.#moveTo(this.#newest);
      this.#note = null;
      this.#stop();
      return;
    }
    if (this.#behind > LONGEST_BACKLOG) {
      const skipped = this.#behind - LONGEST_BACKLOG;
      this.#note = `Catching up: skipped ${skipped.toLocaleString('en')} steps`;
      this.#moveTo(this.#newest - LONGEST_BACKLOG);
    }
    if (this.#timer === null && this.#behind > 0) this.#step();
    else this.#onChange();
  }

  get #isExpected() {
    if (!this.#expecting) return false;
    if (this.#awaited > 0 || this.#now() < this.#expectedUntil || this.#timer !== null) return true;
    this.#expecting = false;
    return false;
  }

  #restart() {
    this.#stop();
    if (!this.#playing && !this.#selection.following) return;
    if (this.#behind === 0) return;
    if (this.#selection.following && !this.#playing && this.#speed === 'real') {
      this.#moveTo(this.#newest);
      this.#onChange();
      return;
    }
    this.#schedule();
  }

  #stop() {
    this.#cancel(this.#timer);
    this.#timer = null;
    this.#onChange();
  }

  #schedule() {
    this.#cancel(this.#timer);
    const pause = this.#pauseBeforeNext();
    this.#timer = this.#after(() => this.#step(), this.#still() ? Math.max(pause, STILL_MILLISECONDS) : pause);
  }

  /** Milliseconds until the next step is due. */
  #pauseBeforeNext() {
    const next = this.#selection.step + 1;
    if (this.#speed === 'slow' || next < 1 || next > this.#newest) return STEP_MILLISECONDS;
    if (this.#store.runAt(next)?.from === next) return LONGEST_PAUSE_MILLISECONDS;
    const milliseconds = (this.#store.at(next).atNs - this.#store.at(next - 1).atNs) / 1e6;
    return Math.min(Math.max(milliseconds, 0), LONGEST_PAUSE_MILLISECONDS) / this.#factor;
  }

  #step() {
    this.#timer = null;
    if (this.#behind > 0) this.#moveTo(this.#selection.step + 1);
    if (this.#speed === 'real' && this.#playing) this.#skipWhatIsDue();
    if (this.#behind > 0) this.#schedule();
    else if (this.#playing) this.follow();
    else this.#note = null;
    this.#onChange();
  }

  /** Take along what is less than a frame apart. */
  #skipWhatIsDue() {
    let budget = this.#still() ? STILL_MILLISECONDS : FRAME_MILLISECONDS;
    while (this.#behind > 0) {
      budget -= this.#pauseBeforeNext();
      if (budget < 0) return;
      this.#moveTo(this.#selection.step + 1);
    }
  }

  /** @param {number} step */
  #moveTo(step) {
    this.#moving = true;
    this.#selection.advanceTo(step);
    this.#moving = false;
  }
}
