/** What the doctor found, on the timeline: it comes after its events. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProblemMarks } from '../../../static/js/problem-marks.js';
import { paintMarks } from '../../../static/js/timeline/glyphs.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Script } from '../recording.js';

test('a finding takes its place among the problems, wherever it lies', () => {
  const store = new Script().push(1, 1).add('exception', 1, 1, 'OSError', '').pop(1, 1).push(2, 2).store();
  const marks = new ProblemMarks();
  const model = new TimelineModel(store, marks);
  model.advance();
  assert.deepEqual([1, 1, Infinity], [model.problemsIn(0, 4), model.nextProblem(0), model.nextProblem(2)]);

  marks.add(3);
  marks.add(0);
  model.advance();
  model.advance();

  assert.deepEqual([3, 0, 3], [model.problemsIn(0, 4), model.nextProblem(0), model.nextProblem(2)]);
  assert.deepEqual([0, 1], model.bars.lane(1).problems);
  assert.deepEqual([true, false], [model.isFound(3), model.isFound(1)]);
});

test('a mark with a finding has a sign beside it', () => {
  /** @type {string[]} */
  const filled = [];
  const brush = /** @type {any} */ (new Proxy({}, {
    get: (_, name) => (name === 'fillRect' ? () => filled.push('bar') : name === 'fill' ? () => filled.push('shape') : () => {}),
    set: () => true,
  }));
  /** @param {boolean} found @returns {any} */
  const mark = (found) => ({ step: 1, kind: 'pushed', x: 5, y: 5, on: 'band', text: '', hit: false, dim: false, found });

  paintMarks(brush, [mark(false)], /** @type {any} */ ({}));
  assert.deepEqual([], filled);
  paintMarks(brush, [mark(true)], /** @type {any} */ ({}));
  assert.deepEqual(['shape', 'shape', 'bar', 'bar'], filled);
});
