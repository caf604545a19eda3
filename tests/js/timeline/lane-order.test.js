import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneOrder } from '../../../static/js/timeline/lane-order.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Recording } from './recording.js';

/** Lanes 1, 2, 3 with one, three and two requests; lane 3 is of another process. */
function threeLanes() {
  const recording = new Recording();
  for (const lane of [1, 2, 2, 2, 3, 3]) recording.visit(lane, 1);
  const store = recording.send();
  store.lanes.set(3, { id: 3, name: 'Thread-3', process: 9 });
  store.lanes.set(4, { id: 4, name: 'Thread-4', process: 1 });
  recording.visit(4, 1);
  recording.send();
  store.lanes.set(3, { id: 3, name: 'Thread-3', process: 9 });
  const model = new TimelineModel(store);
  model.advance();
  return { lanes: () => model.bars.lanes.values(), names: store.lanes };
}

test('lanes of a process stand together, in the order of their first event', () => {
  const { lanes, names } = threeLanes();

  assert.deepEqual(new LaneOrder().apply(lanes(), names).map(({ id }) => id), [1, 2, 4, 3]);
});

test('the busiest lanes of a process can come first', () => {
  const { lanes, names } = threeLanes();
  const order = new LaneOrder();

  order.sortBy('activity');

  assert.deepEqual(order.apply(lanes(), names).map(({ id }) => id), [2, 1, 4, 3]);
});

test('a pinned lane comes before all others until it is let go, and every change is told', () => {
  const { lanes, names } = threeLanes();
  let changes = 0;
  const order = new LaneOrder(() => (changes += 1));

  order.togglePin(3);
  assert.deepEqual(order.apply(lanes(), names).map(({ id }) => id), [3, 1, 2, 4]);
  order.togglePin(3);
  assert.deepEqual(order.apply(lanes(), names).map(({ id }) => id), [1, 2, 4, 3]);
  order.toggleFold(1);

  assert.ok(order.isFolded(1) && !order.isFolded(2));
  assert.equal(changes, 3);
});

test('what was decided is remembered by the names of the lanes, and nonsense is not', () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const memory = { read: (/** @type {string} */ key) => kept.get(key) ?? null, keep: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value) };
  const before = new LaneOrder(() => {}, { nameOf: (lane) => `Thread-${lane}`, memory });
  before.sortBy('activity');
  before.togglePin(3);
  before.toggleFold(2);

  const after = new LaneOrder(() => {}, { nameOf: (lane) => `Thread-${lane - 100}`, memory });
  assert.deepEqual(['activity', true, false, true], [after.sort, after.isPinned(103), after.isPinned(102), after.isFolded(102)]);

  for (const nonsense of ['', '{', '[]', '{"sort":7,"pinned":"x","folded":[1,null,"Thread-1"]}']) {
    for (const key of kept.keys()) kept.set(key, nonsense);
    const order = new LaneOrder(() => {}, { nameOf: (lane) => `Thread-${lane}`, memory });
    assert.deepEqual(['first', false], [order.sort, order.isPinned(1)]);
  }
});
