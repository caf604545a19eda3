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
