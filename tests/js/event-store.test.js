import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RUN_STRIDE } from '../../static/js/events.js';
import { EventStore } from '../../static/js/event-store.js';
import { Script, aHello, aLoss, someEvents } from './recording.js';

/** @param {number} count */
function rowsOf(count) {
  const script = new Script();
  for (let i = 0; i < count; i += 1) script.set(1, 1, `n${i}`, '1');
  return script.rows;
}

test('events are found by index and by number', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rowsOf(5).slice(2)));

  assert.equal(3, store.size);
  assert.deepEqual([3, 5], [store.firstNumber, store.lastNumber]);
  assert.equal(4, store.at(1).number);
  assert.equal(1, store.indexOfNumber(4));
  assert.equal(-1, store.indexOfNumber(2));
  assert.throws(() => store.at(3), RangeError);
});

test('what came before the page is a gap that says so', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rowsOf(5).slice(2)));

  assert.equal(2, store.lostBefore(0));
  assert.match(store.gaps[0].why, /older than what the server keeps/);
});

test('a batch that overlaps what is here is not taken twice', () => {
  const rows = rowsOf(6);
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rows.slice(0, 4)));

  store.append(someEvents(rows.slice(2, 6)));

  assert.deepEqual([1, 2, 3, 4, 5, 6], Array.from({ length: store.size }, (_, i) => store.at(i).number));
  assert.equal(0, store.gaps.length);
});

test('a loss is counted where it happened, once, and reading goes on after it', () => {
  const rows = rowsOf(9);
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rows.slice(0, 2)));

  store.append(aLoss({ from: 3, to: 7, count: 5 }));
  store.append(aLoss({ from: 3, to: 7, count: 5 }));
  store.append(someEvents(rows.slice(7)));

  assert.deepEqual([[2, 5]], store.gaps.map(({ index, count }) => [index, count]));
  assert.equal(5, store.lostBefore(2));
  assert.equal(0, store.lostBefore(3));
  assert.equal(9, store.lastNumber);
});

test('events of processes that nobody has any more are counted where they are told of', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rowsOf(2)));

  store.append(aLoss({ from: 1, to: 0, count: 7, where: 'stream' }));

  assert.equal(2, store.lastNumber);
  assert.equal(7, store.lostBefore(2));
});

test('a loss before numbers were given moves no number', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rowsOf(2)));

  store.append(aLoss({ from: null, to: null, count: 4, where: 'recorder' }));

  assert.equal(2, store.lastNumber);
  assert.equal(4, store.lostBefore(2));
});

test('a hole that nobody announced is still a gap', () => {
  const rows = rowsOf(6);
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rows.slice(0, 2)));

  store.append(someEvents(rows.slice(4)));

  assert.equal(2, store.lostBefore(2));
});

test('a new run keeps the old events, begins its numbers again, and mixes up no context', () => {
  const script = new Script().push(1, 7);
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(script.rows));

  store.append(aHello({ run: 'bbbbbbbbbbbbbbbb', lanes: [[1, 'MainThread', 2]] }));
  store.append(someEvents(script.rows));

  assert.equal(2, store.size);
  assert.deepEqual([0, 1], store.runs.map(({ from }) => from));
  assert.equal('bbbbbbbbbbbbbbbb', store.runId);
  assert.deepEqual([7, RUN_STRIDE + 7], [store.at(0).context, store.at(1).context]);
  assert.deepEqual(['Thread-1', 'MainThread'], [store.lanes.get(1)?.name, store.lanes.get(RUN_STRIDE + 1)?.name]);
  assert.equal(1, store.indexOfNumber(1));
  assert.equal(1, store.lastNumber);
});

test('a reconnection to the same run is no restart', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(rowsOf(2)));

  store.append(aHello({ last: 2 }));

  assert.equal(1, store.runs.length);
  assert.equal(2, store.lastNumber);
});

test('listeners hear what is new until they leave', () => {
  const store = new EventStore();
  /** @type {unknown[]} */
  const heard = [];
  const leave = store.subscribe((change) => heard.push(change));

  store.append(aHello());
  store.append(someEvents(rowsOf(2)));
  leave();
  store.append(aLoss({ from: 3, to: 3, count: 1 }));

  assert.deepEqual([{ type: 'hello', from: 0, to: 0 }, { type: 'events', from: 0, to: 2 }], heard);
});

test('events without a greeting are refused, not guessed at', () => {
  assert.throws(() => new EventStore().append(someEvents(rowsOf(1))), /before the greeting/);
});
