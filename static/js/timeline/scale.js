/**
 * The steps axis: which x belongs to which step, with room left where something was folded away.
 *
 * A *step* here is the position of an event in the store, from 0. An *x* is in CSS pixels from the left end of
 * the recording, before scrolling.
 */

/** @typedef {'idle' | 'restart' | 'lost'} FoldKind */

/**
 * A place between two steps where something is not drawn.
 *
 * @typedef {object} Fold
 * @property {number} before  The step to the right of it.
 * @property {FoldKind} kind
 * @property {string} text  What was left out, for a person.
 * @property {number} width  CSS pixels.
 */

/** Room left of the first step, so that the edge of a box there is whole. CSS pixels. */
export const LEAD = 18;

/** Folds in the order of their steps; only appended to. */
export class Folds {
  /** @type {Fold[]} */
  #all = [];
  /** Width of all folds up to and with this one. @type {number[]} */
  #widths = [];

  /** @returns {readonly Fold[]} */
  get all() {
    return this.#all;
  }

  /**
   * @param {Fold} fold  Not before the last one added.
   */
  add(fold) {
    this.#all.push(fold);
    this.#widths.push((this.#widths.at(-1) ?? 0) + fold.width);
  }

  /**
   * Forget the folds before a step and right before it.
   *
   * @param {number} step
   */
  letGo(step) {
    const rest = this.#all.slice(this.countBefore(step));
    this.#all = [];
    this.#widths = [];
    for (const fold of rest) this.add(fold);
  }

  /**
   * How many folds lie left of *step*.
   *
   * @param {number} step
   */
  countBefore(step) {
    let low = 0;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#all[middle].before <= step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * CSS pixels taken by the folds left of *step*.
   *
   * @param {number} step
   */
  widthBefore(step) {
    const count = this.countBefore(step);
    return count === 0 ? 0 : this.#widths[count - 1];
  }
}

/** Columns at which folds are as wide as they say. CSS pixels. */
const WHOLE_FOLDS_FROM = 14;

/** One column for each step. */
export class StepScale {
  kind = /** @type {const} */ ('steps');

  /**
   * @param {number} column  Width of one step in CSS pixels, above 0.
   * @param {Folds} folds
   * @param {number} [first]  The oldest step there is.
   */
  constructor(column, folds, first = 0) {
    this.column = column;
    this.folds = folds;
    this.first = first;
    /** Folds get narrower with narrow steps: a thousand of them would hide what they are between. */
    this.foldShare = Math.min(1, column / WHOLE_FOLDS_FROM);
  }

  /** @param {number} factor  Above 1 to see less, larger. @param {number} first @returns {StepScale} */
  zoomed(factor, first) {
    return new StepScale(this.column * factor, this.folds, first);
  }

  /**
   * The first step at *x* or right of it.
   *
   * @param {number} x  CSS pixels.
   * @param {number} count
   * @returns {number} *count* when all are left of it.
   */
  firstFrom(x, count) {
    let low = this.first;
    let high = count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.toX(middle) < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The middle of the column of *step*. A fraction between two steps is allowed.
   *
   * @param {number} step
   * @returns {number} CSS pixels.
   */
  toX(step) {
    return LEAD + (step - this.first) * this.column + this.folds.widthBefore(step) * this.foldShare;
  }

  /**
   * The step whose column is nearest to *x*; never below 0.
   *
   * @param {number} x  CSS pixels.
   * @param {number} count  Steps there are.
   */
  toStep(x, count) {
    let low = this.first;
    let high = Math.max(low, count - 1);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.toX(middle) + this.toX(middle + 1)) / 2 < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Where the fold is drawn: halfway between the columns on both sides of it.
   *
   * @param {Fold} fold
   * @returns {{ from: number, to: number }} CSS pixels.
   */
  foldSpan(fold) {
    const right = this.toX(fold.before);
    const width = fold.width * this.foldShare;
    const from = right - this.column / 2 - width;
    return { from, to: from + width };
  }

  /**
   * CSS pixels that *count* steps take, with room after the last.
   *
   * @param {number} count
   */
  width(count) {
    return count === 0 ? 0 : this.toX(count - 1) + this.column;
  }
}
