import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BLOCK_ROWS, EventBlock } from '../../static/js/event-block.js';
import { EventStore } from '../../static/js/event-store.js';
import { contextAt, stateAt } from '../../static/js/history.js';
import { Script, aHello, someEvents } from './recording.js';

/** @typedef {import('../../static/js/event-row.js').Row} Row */

test('a row comes back as it was, whatever its fields are', () => {
  /** @type {Row[]} */
  const rows = [
    [1, 10, 'g.set', 1, 7, 3, 'user', ["'ada'", 'str', 3, 0]],
    [2, 2 ** 52, 'context.pushed', 4_000, null, null, { id: 7, sees: [7, null], g: [['a', ['1', 'int', null, 0]]], implicit: true }],
    [3, 12, 'x', 0, 0, 0, -1, -1_000_000, 1.5, -0.25, 2 ** 53 - 1, 127, 128, 2 ** 40, true, false, null, '', 'ä€😀', [], {}, [[]]],
    [4, 13, 'x', 1, 2, 3],
  ];
  const block = new EventBlock();
  for (const row of rows) block.add(row);

  assert.deepEqual(rows.map((_, i) => block.row(i)), rows);
  assert.deepEqual(['g.set', 12], [block.kind(0), block.time(2)]);
});

test('a block that is full still tells its rows', () => {
  const block = new EventBlock();
  for (let i = 0; i < BLOCK_ROWS; i += 1) block.add([i + 1, i, 'g.set', 1, i, null, `name${i % 50}`, [String(i), 'int', null, 0]]);

  assert.ok(block.isFull);
  assert.deepEqual(block.row(BLOCK_ROWS - 1), [BLOCK_ROWS, BLOCK_ROWS - 1, 'g.set', 1, BLOCK_ROWS - 1, null,
    `name${(BLOCK_ROWS - 1) % 50}`, [String(BLOCK_ROWS - 1), 'int', null, 0]]);
});

/** @param {EventStore} store @param {Script} script */
function fill(store, script) {
  store.append(aHello());
  store.append(someEvents(script.rows));
}

test('the latest events are kept, whole blocks of older ones are let go, and an index stays with its event', () => {
  const store = new EventStore(BLOCK_ROWS);
  const script = new Script();
  for (let i = 0; i < BLOCK_ROWS * 3 + 5; i += 1) script.set(1, 1, `n${i % 9}`, String(i));

  fill(store, script);

  assert.equal(store.size, BLOCK_ROWS * 3 + 5);
  assert.equal(store.firstIndex, BLOCK_ROWS * 2);
  assert.equal(store.at(store.firstIndex).number, BLOCK_ROWS * 2 + 1);
  assert.equal(store.at(store.size - 1).number, BLOCK_ROWS * 3 + 5);
  assert.equal(store.firstNumber, BLOCK_ROWS * 2 + 1);
  assert.equal(store.indexOfNumber(BLOCK_ROWS * 2 + 3), BLOCK_ROWS * 2 + 2);
  assert.equal(store.indexOfNumber(5), -1);
  assert.throws(() => store.at(store.firstIndex - 1), RangeError);
  assert.equal(store.kindAt(store.firstIndex), 'g.set');
});

test('a context that is older than what is kept still has its g, and those that ended are forgotten', () => {
  const store = new EventStore(BLOCK_ROWS);
  const script = new Script().push(1, 1).set(1, 1, 'user', "'ada'").push(1, 2).pop(1, 2);
  for (let i = 0; i < BLOCK_ROWS * 3; i += 1) script.push(2, i + 10).pop(2, i + 10);

  store.append(aHello());
  store.append(someEvents(script.rows.slice(0, 10)));
  stateAt(store, 5);
  store.append(someEvents(script.rows.slice(10)));

  const { contexts } = stateAt(store, store.size - 1);
  assert.deepEqual([...contexts.keys()], [1]);
  assert.equal(contexts.get(1)?.g.get('user')?.text, "'ada'");
  assert.equal(contextAt(store, 2, store.size - 1), null);
});
