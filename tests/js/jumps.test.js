import assert from 'node:assert/strict';
import { test } from 'node:test';

import { countBelow, nearest, onSameLane, toContext } from '../../static/js/jumps.js';
import { Notice } from '../../static/js/notice.js';
import { steering } from '../../static/js/steering.js';
import { Selection } from '../../static/js/selection.js';
import { Script } from './recording.js';

test('the nearest index beyond the step, in both directions', () => {
  assert.deepEqual({ index: 7, position: 1, wrapped: false }, nearest([2, 7, 9], 2, 1));
  assert.deepEqual({ index: 2, position: 0, wrapped: false }, nearest([2, 7, 9], 7, -1));
});

test('at the end it goes on at the other end, and says so', () => {
  assert.deepEqual({ index: 2, position: 0, wrapped: true }, nearest([2, 7, 9], 9, 1));
  assert.deepEqual({ index: 9, position: 2, wrapped: true }, nearest([2, 7, 9], 2, -1));
  assert.equal(null, nearest([], 3, 1));
});

test('how many lie below a limit', () => {
  assert.deepEqual([0, 1, 1, 3], [0, 3, 7, 99].map((limit) => countBelow([2, 7, 9], limit)));
});

test('the next event of a lane passes over the events of the others', () => {
  const store = new Script().push(1, 1).push(2, 2).pop(2, 2).pop(1, 1).store();

  assert.equal(3, onSameLane(store, 0, 1));
  assert.equal(0, onSameLane(store, 3, -1));
  assert.equal(null, onSameLane(store, 3, 1));
  assert.equal(0, onSameLane(store, -1, 1));
});

test('the next context is the next push, of whatever lane', () => {
  const store = new Script().push(1, 1).set(1, 1, 'user', "'ada'").push(2, 2).pop(2, 2).store();

  assert.equal(2, toContext(store, 0, 1));
  assert.equal(0, toContext(store, 2, -1));
  assert.equal(null, toContext(store, 2, 1));
});

/** @param {number[]} indexes */
function steered(indexes) {
  const store = new Script().push(1, 1).push(2, 2).pop(2, 2).pop(1, 1).store();
  const selection = new Selection();
  const notice = new Notice({ onChange: () => {}, after: () => 0, cancel: () => {} });
  const actions = steering({
    store, selection, notice, replay: { follow: () => {}, toggle: () => {} },
    problems: { steps: indexes },
  });
  return { actions, selection, notice, store };
}

test('going round the problems is told', () => {
  const { actions, selection, notice } = steered([1, 3]);

  actions.problem();
  assert.deepEqual([1, 'Problem 1 of 2'], [selection.step, notice.text]);
  actions.problem();
  actions.problem();
  assert.deepEqual([1, 'Problem 1 of 2: went on from the first'], [selection.step, notice.text]);
  actions.problemBack();
  assert.deepEqual([3, 'Problem 2 of 2: went on from the last'], [selection.step, notice.text]);
});

test('where there is nowhere to go, the playhead stays and a word is said', () => {
  const { actions, selection, notice } = steered([]);
  selection.moveTo(3);

  actions.problem();
  assert.deepEqual([3, 'No problem so far'], [selection.step, notice.text]);
  actions.laneNext();
  assert.deepEqual([3, 'Nothing newer on Thread-1'], [selection.step, notice.text]);
});

test('the Page keys pass fifteen steps and stop at the ends', () => {
  const { actions, selection } = steered([]);

  actions.pageNext();
  assert.equal(3, selection.step);
  actions.pageBack();
  assert.equal(-1, selection.step);
});

test('the first step is the oldest that is left', () => {
  const { actions, selection, store } = steered([]);
  Object.defineProperty(store, 'firstIndex', { value: 2 });

  actions.first();
  assert.equal(2, selection.step);
  actions.back();
  actions.pageBack();
  assert.equal(2, selection.step);
});

test('a remark goes after a while, and a newer one takes its place', () => {
  /** @type {(() => void)[]} */
  const timers = [];
  const notice = new Notice({ onChange: () => {}, after: (callback) => timers.push(callback), cancel: () => {} });

  notice.say('one');
  notice.say('two');
  assert.equal('two', notice.text);
  timers[1]();
  assert.equal(null, notice.text);
});
