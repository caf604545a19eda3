/**
 * What was left out between two steps, and where the recording broke off: in view, from left to right.
 *
 * @import { Fold, Folds, StepScale } from './scale.js'
 * @import { FoldShape } from './scene.js'
 * @import { TimeScale } from './time-scale.js'
 */

/** Folds drawn at once; of more, idle ones are too narrow to be seen. Restarts and losses always are. */
const MAX_FOLDS = 60;

/** Room for each of them then: of two that lie closer the first is drawn. CSS pixels. */
const BREAK_ROOM = 6;

/**
 * @param {StepScale | TimeScale} scale
 * @param {Folds} breaks  Restarts and losses alone.
 * @param {{ from: number, to: number, shift: number, count: number }} view  *shift*: of the plot, CSS pixels.
 * @returns {FoldShape[]}
 */
export function placeFolds(scale, breaks, { from, to, shift, count }) {
  const last = Math.min(to + 1, count - 1);
  const [first, end] = [scale.folds.countBefore(from - 1), scale.folds.countBefore(last)];
  /** @param {Fold} fold */
  const shapeOf = (fold) => {
    const span = scale.foldSpan(fold);
    return { x: span.from + shift, width: span.to - span.from, kind: fold.kind, text: fold.text };
  };
  if (end - first <= MAX_FOLDS) return scale.folds.all.slice(first, end).map(shapeOf);
  /** @type {FoldShape[]} */
  const shapes = [];
  const stop = breaks.countBefore(last);
  for (let i = breaks.countBefore(from - 1); i < stop;) {
    const shape = shapeOf(breaks.all[i]);
    shapes.push(shape);
    // However many there are, a pixel is looked at once.
    i = Math.max(i + 1, breaks.countBefore(scale.firstFrom(shape.x + shape.width - shift + BREAK_ROOM, count) - 1));
  }
  return shapes;
}
