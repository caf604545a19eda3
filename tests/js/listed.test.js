import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Filter } from '../../static/js/filter.js';
import { listed } from '../../static/js/listed.js';
import { Script } from './recording.js';

const NUMBERS = Array.from({ length: 60 }, (_, i) => i + 1);

/** @param {Partial<Parameters<typeof listed<number>>[1]>} how */
function someOf(how) {
  return listed(NUMBERS, { most: 5, from: 'last', always: () => false, sought: '', name: (one) => `Worker-${one}`, ...how });
}

test('of many entries the first or the last are listed, in their order', () => {
  assert.deepEqual([56, 57, 58, 59, 60], someOf({}));
  assert.deepEqual([1, 2, 3, 4, 5], someOf({ from: 'first' }));
  assert.deepEqual(NUMBERS, someOf({ most: 60 }));
});

test('what a person decided about is listed in any case, however much it is', () => {
  assert.deepEqual([7, 50, 58, 59, 60], someOf({ always: (one) => one === 7 || one === 50 }));
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7], someOf({ always: (one) => one < 8 }));
});

test('a part of its name finds any of them', () => {
  assert.deepEqual([7, 17, 27, 37, 47, 57], someOf({ sought: ' 7', most: 9 }));
  assert.deepEqual([3, 30, 31, 32, 33], someOf({ sought: 'WORKER-3', from: 'first' }));
  assert.deepEqual([], someOf({ sought: 'queue', always: () => true }));
});

test('what is hidden is told, also when its events are gone', () => {
  const filter = new Filter(new Script().store());
  filter.toggle('path', '/orders/3');
  filter.toggle('path', '/orders/9');

  assert.deepEqual([['/orders/3', '/orders/9'], []], [filter.hiddenIn('path'), filter.hiddenIn('lane')]);
  filter.toggle('path', '/orders/3');
  assert.deepEqual(['/orders/9'], filter.hiddenIn('path'));
});
