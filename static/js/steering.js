/**
 * What moves the playhead on a key or a press of a button.
 *
 * @import { EventStore } from './event-store.js'
 * @import { Direction } from './jumps.js'
 * @import { Notice } from './notice.js'
 * @import { ProblemsModel } from './problems/model.js'
 * @import { Replay } from './replay.js'
 * @import { Selection } from './selection.js'
 */

import { PAGE_STEPS, nearest, onSameLane, toContext } from './jumps.js';
import { shortLaneName } from './naming.js';
import { countText } from './units.js';

/**
 * @param {object} parts
 * @param {EventStore} parts.store
 * @param {Selection} parts.selection
 * @param {Pick<Replay, 'follow' | 'toggle'>} parts.replay
 * @param {Pick<ProblemsModel, 'steps'>} parts.problems
 * @param {Pick<Notice, 'say' | 'clear'>} parts.notice
 * @param {(step: number) => void} [parts.onProblem]  The playhead was put on a problem.
 */
export function steering({ store, selection, replay, problems, notice, onProblem = () => {} }) {
  /** Before the first event of all there is a step more; before the first that is left there is none. */
  const least = () => (store.firstIndex > 0 ? store.firstIndex : -1);

  /** @param {number} by */
  const moveBy = (by) => selection.moveTo(Math.max(least(), Math.min(store.size - 1, selection.step + by)));

  /** @param {Direction} direction */
  const toProblem = (direction) => {
    const all = problems.steps;
    const found = nearest(all, selection.step, direction);
    if (found === null) {
      notice.say('No problem so far');
      return;
    }
    selection.moveTo(found.index);
    onProblem(found.index);
    const place = `Problem ${countText(found.position + 1)} of ${countText(all.length)}`;
    const around = direction > 0 ? 'went on from the first' : 'went on from the last';
    notice.say(found.wrapped && all.length > 1 ? `${place}: ${around}` : place);
  };

  /** @param {number | null} index @param {string} otherwise  What to say when there is nowhere to go. */
  const moveOrSay = (index, otherwise) => {
    if (index === null) notice.say(otherwise);
    else {
      notice.clear();
      selection.moveTo(index);
    }
  };

  /** @param {Direction} direction */
  const alongLane = (direction) => {
    const { step } = selection;
    const lane = step >= 0 && step < store.size ? shortLaneName(store, store.at(step).lane) : 'this lane';
    moveOrSay(onSameLane(store, step, direction), direction > 0 ? `Nothing newer on ${lane}` : `Nothing older on ${lane}`);
  };

  return {
    first: () => selection.moveTo(Math.min(store.firstIndex, store.size - 1)),
    back: () => moveBy(-1),
    next: () => moveBy(1),
    pageBack: () => moveBy(-PAGE_STEPS),
    pageNext: () => moveBy(PAGE_STEPS),
    follow: () => replay.follow(),
    play: () => replay.toggle(),
    problem: () => toProblem(1),
    problemBack: () => toProblem(-1),
    laneBack: () => alongLane(-1),
    laneNext: () => alongLane(1),
    contextBack: () => moveOrSay(toContext(store, selection.step, -1), 'No context was pushed before'),
    contextNext: () => moveOrSay(toContext(store, selection.step, 1), 'No context was pushed after'),
  };
}
