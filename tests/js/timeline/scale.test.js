import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Folds, LEAD, StepScale } from '../../../static/js/timeline/scale.js';

/** @param {...number} before */
function foldsBefore(...before) {
  const folds = new Folds();
  for (const step of before) folds.add({ before: step, kind: 'idle', text: '1 s', width: 40 });
  return folds;
}

test('each step has a column of the same width', () => {
  const scale = new StepScale(30, new Folds());

  assert.deepEqual([0, 1, 2].map((step) => scale.toX(step)), [LEAD, LEAD + 30, LEAD + 60]);
});

test('a fold moves what comes after it', () => {
  const scale = new StepScale(30, foldsBefore(2));

  assert.equal(scale.toX(2) - scale.toX(1), 70);
  assert.equal(scale.toX(3) - scale.toX(2), 30);
});

test('a fold lies between the columns on both sides', () => {
  const folds = foldsBefore(2);
  const scale = new StepScale(30, folds);

  const { from, to } = scale.foldSpan(folds.all[0]);

  assert.equal(from, scale.toX(1) + 15);
  assert.equal(to, scale.toX(2) - 15);
});

test('every step is found at its own x, with folds and without', () => {
  const scale = new StepScale(30, foldsBefore(3, 4, 50));

  for (let step = 0; step < 100; step += 1) assert.equal(scale.toStep(scale.toX(step), 100), step);
});

test('left of the recording is its first step, right of it the last', () => {
  const scale = new StepScale(30, new Folds());

  assert.equal(scale.toStep(-500, 10), 0);
  assert.equal(scale.toStep(9000, 10), 9);
  assert.equal(scale.toStep(0, 0), 0);
});
