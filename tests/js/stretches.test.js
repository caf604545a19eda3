/** Labelled stretches of a recording, as steps and as words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LONGEST_LABEL, readStretches, spanFrom, stretchText, stretchesOf } from '../../static/js/stretches.js';

/**
 * A store of a recording whose events have these numbers.
 *
 * @param {number[]} numbers
 * @param {[string, number, number][] | null} told
 * @param {string} [process]
 * @returns {any}
 */
function aStore(numbers, told, process = 'pytest tests/test_cart.py::test_total') {
  const recording = told === null ? null : { name: 'a', unixMs: null, ...readStretches(told) };
  return {
    size: numbers.length, firstIndex: 0, at: (/** @type {number} */ step) => ({ number: numbers[step] }),
    runs: [{ id: 'a', from: 0, hello: { recording, process: { name: process } } }],
  };
}

test('numbers of events become steps, also where events are missing', () => {
  const told = /** @type {[string, number, number][]} */ ([['teardown', 8, 9], ['setup', 1, 2], ['call', 3, 7]]);

  assert.deepEqual(stretchesOf(aStore([1, 2, 3, 4, 5, 6, 7, 8, 9], told)), [
    { label: 'setup', from: 0, to: 1 }, { label: 'call', from: 2, to: 6 }, { label: 'teardown', from: 7, to: 8 },
  ]);
  assert.deepEqual(stretchesOf(aStore([2, 7, 20], told)), [{ label: 'setup', from: 0, to: 0 }, { label: 'call', from: 1, to: 1 }]);
});

test('of two stretches that share steps the earlier has them', () => {
  assert.deepEqual(stretchesOf(aStore([1, 2, 3, 4], [['a', 1, 3], ['b', 2, 2], ['c', 3, 4]])), [
    { label: 'a', from: 0, to: 2 }, { label: 'c', from: 3, to: 3 },
  ]);
});

test('what was let go is in no stretch any more, and what comes later is', () => {
  const store = aStore([1, 2, 3, 4], [['a', 1, 2], ['b', 3, 9]]);
  store.firstIndex = 2;
  assert.deepEqual(stretchesOf(store), [{ label: 'b', from: 2, to: 3 }]);

  store.at = (/** @type {number} */ step) => ({ number: step + 1 });
  store.size = 6;

  assert.deepEqual(stretchesOf(store), [{ label: 'b', from: 2, to: 5 }]);
});

test('without stretches no event is looked at, and with them not twice', () => {
  const without = aStore([1, 2], null);
  without.at = () => assert.fail('looked at');
  assert.equal(0, stretchesOf(without).length);
  const store = aStore([1, 2], [['a', 1, 2]]);
  const spans = stretchesOf(store);
  store.at = () => assert.fail('looked at again');

  assert.equal(spans, stretchesOf(store));
});

test('the stretch of a step is told with its test', () => {
  const store = aStore([1, 2, 3], [['setup', 1, 1], ['call', 3, 3]]);

  assert.deepEqual([-1, 0, 1, 2, 3].map((step) => stretchText(store, step)), ['', 'test_cart.py::test_total · setup', '', 'test_cart.py::test_total · call', '']);
  assert.equal('test_a.py::TestB::test[x/y::z] · a', stretchText(aStore([1], [['a', 1, 1]], 'pytest a/test_a.py::TestB::test[x/y::z]'), 0));
  assert.equal('a', stretchText(aStore([1], [['a', 1, 1]], 'flask run'), 0));
});

test('what is no stretch is left out, and a label has an end', () => {
  assert.deepEqual({}, readStretches(null));
  assert.deepEqual({}, readStretches([['a', 2, 1], ['a', 1], [1, 1, 1], ['a', 1.5, 2], 'abc', null]));
  assert.equal(LONGEST_LABEL, readStretches([['x'.repeat(1_000), 1, 1]]).stretches?.[0].label.length);
});

test('the first span that ends at a step or later is found', () => {
  const spans = [{ label: 'a', from: 0, to: 1 }, { label: 'b', from: 4, to: 6 }];

  assert.deepEqual([0, 1, 2, 6, 7].map((step) => spanFrom(spans, step)), [0, 0, 1, 1, 2]);
});
