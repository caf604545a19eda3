import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StepColumns } from '../../../static/js/timeline/step-columns.js';

/** @param {number[]} times @param {number} [first] */
function columnsOf(times, first = 0) {
  const columns = new StepColumns(first);
  columns.reserve(first + times.length);
  times.forEach((ns, i) => columns.add(ns, i));
  return columns;
}

test('time never runs backwards from step to step, and lies between two steps in between', () => {
  const columns = columnsOf([10, 30, 20, 50]);

  assert.deepEqual([10, 30, 30, 50], [0, 1, 2, 3].map((step) => columns.timeOf(step)));
  assert.equal(20, columns.timeOf(0.5));
  assert.deepEqual([10, 50], [columns.timeOf(-5), columns.timeOf(99)]);
});

test('the first step at a time is found, and none is one above the last', () => {
  const columns = columnsOf([10, 30, 30, 50]);

  assert.deepEqual([0, 1, 3, 4], [0, 11, 31, 51].map((ns) => columns.firstStepAt(ns)));
});

test('what stays keeps its number when older steps are let go, and more comes after it', () => {
  const columns = columnsOf([10, 30, 40, 50], 100);

  columns.letGo(102);
  columns.reserve(105);
  columns.add(60, 9);

  assert.deepEqual([40, 50, 60], [102, 103, 104].map((step) => columns.timeOf(step)));
  assert.deepEqual([2, 3, 9, 0], [102, 103, 104, 105].map((step) => columns.busyAt(step)));
  assert.equal(104, columns.firstStepAt(55));
});

test('thousands of steps are as right as the first ones', () => {
  const columns = columnsOf(Array.from({ length: 5000 }, (_, i) => i * 7));

  assert.equal(4999 * 7, columns.timeOf(4999));
  assert.equal(4000, columns.firstStepAt(28_000));
  assert.equal(4999, columns.busyAt(4999));
});
