import assert from 'node:assert/strict';
import { test } from 'node:test';
import { narrowed, valueIn } from '../../static/js/column.js';

/** @param {number[]} numbers */
function bytesOf(numbers) {
  const column = narrowed(numbers);
  assert.deepEqual(numbers.map((_, i) => valueIn(column, i)), numbers);
  return column.values === null ? 0 : column.values.BYTES_PER_ELEMENT;
}

test('numbers come back as they were, in as few bytes as their range allows', () => {
  assert.equal(0, bytesOf([7, 7, 7]));
  assert.equal(1, bytesOf([1_000_000_500, 1_000_000_507]));
  assert.equal(1, bytesOf([-1, 254]));
  assert.equal(2, bytesOf([-1, 255]));
  assert.equal(2, bytesOf([0, 65_535]));
  assert.equal(4, bytesOf([2 ** 50, 2 ** 50 + 2 ** 32 - 1]));
  assert.equal(8, bytesOf([0, 2 ** 32]));
  assert.equal(8, bytesOf([0.5, 1]));
});
